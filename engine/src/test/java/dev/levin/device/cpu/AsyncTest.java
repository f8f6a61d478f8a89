package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Variable;
import dev.levin.plan.PlanOptions;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AsyncTest {
    private final CpuBackend backend = new CpuBackend(PlanOptions.DEFAULT, new Team(1));

    @Test
    void runsSeeTheVariablesOfEarlierRuns() {
        Agreement a = new Agreement(1);
        Variable v = a.variable("v", 3);
        v.store(new Buffer.Host(HostArray.allocate(DType.F32, 3)));
        Node next = Nodes.add(Context.current().trace().read(v), 1);
        Canonicalizer.Result r = Canonicalizer.canonicalize(List.of(Nodes.mul(next, 10)), Map.of(v, next));
        Executable e = backend.compile(r.program());
        List<Buffer> results = new ArrayList<>();
        long version = v.version();
        for (int i = 0; i < 500; i++) {
            results.add(e.run(Agreement.leaves(r))[0]);
        }
        assertEquals(version + 500, v.version());
        for (int i = 0; i < 500; i++) {
            assertEquals(10 * (i + 1), results.get(i).toHost().getDouble(0));
        }
        assertEquals(500, v.buffer().toHost().getDouble(2));
    }

    @Test
    void aFailedRunIsReportedOnceByTheNextCall() {
        HostArray h = HostArray.allocate(DType.I64, 1);
        h.setLong(0, 7);
        Node x = new Agreement(1).input(DType.F32, 4, 3);
        Node bad = Nodes.take(x, Nodes.input(new Buffer.Host(h), Shape.of(1)), 0);
        Canonicalizer.Result r = Canonicalizer.canonicalize(List.of(bad), Map.of());
        Executable e = backend.compile(r.program());
        e.run(Agreement.leaves(r));
        var error = assertThrows(IndexOutOfBoundsException.class, backend::await);
        assertTrue(error.getMessage().contains("TAKE"), error.getMessage());
        assertDoesNotThrow(backend::await);
        Buffer again = e.run(Agreement.leaves(r))[0];
        assertThrows(IndexOutOfBoundsException.class, again::toHost);
        assertDoesNotThrow(backend::await);
    }

    @Test
    void resultsCanBeTheInputsOfRunsThatAreStillToCome() {
        Node x = new Agreement(1).input(Shape.of(2), 1, 2);
        Canonicalizer.Result first = Canonicalizer.canonicalize(List.of(Nodes.mul(x, 2)), Map.of());
        Buffer y = backend.compile(first.program()).run(Agreement.leaves(first))[0];
        Canonicalizer.Result second = Canonicalizer.canonicalize(List.of(Nodes.add(Nodes.input(y, Shape.of(2)), 1)), Map.of());
        assertEquals(5, backend.compile(second.program()).run(Agreement.leaves(second))[0].toHost().getDouble(1));
    }

    @Test
    void aRunAfterAFailureUsesTheMemoryVariablesHaveNow() {
        Agreement a = new Agreement(1);
        Variable v = a.variable("v", 3);
        Node next = Nodes.add(Context.current().trace().read(v), 1);
        Canonicalizer.Result good = Canonicalizer.canonicalize(List.of(), Map.of(v, next));
        Executable e = backend.compile(good.program());
        e.run(Agreement.leaves(good));
        HostArray h = HostArray.allocate(DType.I64, 1);
        h.setLong(0, 7);
        Node bad = Nodes.take(a.input(DType.F32, 4, 3), Nodes.input(new Buffer.Host(h), Shape.of(1)), 0);
        Canonicalizer.Result failing = Canonicalizer.canonicalize(List.of(bad), Map.of());
        backend.compile(failing.program()).run(Agreement.leaves(failing));
        v.store(new Buffer.Host(HostArray.allocate(DType.F32, 3)));
        assertThrows(IndexOutOfBoundsException.class, () -> e.run(Agreement.leaves(good)));
        e.run(Agreement.leaves(good));
        assertEquals(1, v.buffer().toHost().getDouble(0));
    }
}
