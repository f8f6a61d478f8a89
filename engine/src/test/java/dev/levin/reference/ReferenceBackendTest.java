package dev.levin.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReferenceBackendTest {
    private static Variable variable(DType dtype, int n) {
        return new Variable("v", Variable.Kind.PARAMETER, dtype, Shape.of(n), Device.CPU);
    }

    private static double[] read(Variable v) {
        return Values.doubles(v.buffer().toHost());
    }

    @Test
    void aVariableThatWasNeverStoredReadsAsZeros() {
        Trace trace = new Trace("step", true);
        assertArrayEquals(new double[] {1, 1, 1}, Run.doubles(Nodes.add(trace.read(variable(DType.F32, 3)), 1)));
    }

    @Test
    void assignmentsSeeTheOldValuesOfOneAnother() {
        Variable a = variable(DType.F64, 2);
        Variable b = variable(DType.F64, 2);
        a.store(new Buffer.Host(HostArray.wrap(DType.F64, new double[] {1, 2})));
        b.store(new Buffer.Host(HostArray.wrap(DType.F64, new double[] {10, 20})));
        Trace trace = new Trace("step", true);
        Node x = trace.read(a);
        Node y = trace.read(b);
        Node sum = Nodes.add(x, y);
        var swap = Canonicalizer.canonicalize(List.of(sum), Map.of(a, y, b, x));
        var plan = new ReferenceBackend().compile(swap.program());
        assertArrayEquals(new double[] {11, 22}, Values.doubles(plan.run(Run.leaves(swap))[0].toHost()));
        assertArrayEquals(new double[] {10, 20}, read(a));
        assertArrayEquals(new double[] {1, 2}, read(b));
        assertEquals(2, a.version());
        plan.run(Run.leaves(swap));
        assertArrayEquals(new double[] {1, 2}, read(a));
    }

    @Test
    void aScalarArgumentIsReadAtEachRunAndRoundedToItsType() {
        ScalarArg rate = new ScalarArg("lr", 0.1);
        var r = Canonicalizer.canonicalize(List.of(Nodes.cast(Nodes.scalar(rate, DType.F32), DType.F64)), Map.of());
        var plan = new ReferenceBackend().compile(r.program());
        assertEquals(0.1f, plan.run(Run.leaves(r))[0].toHost().getDouble(0));
        rate.set(0.7);
        assertEquals(0.7f, plan.run(Run.leaves(r))[0].toHost().getDouble(0));
    }

    @Test
    void oneValueMayComeBackTwiceAndBeStored() {
        Variable v = variable(DType.F64, 2);
        Node x = Nodes.unary(Op.NEG, Run.f64(3, 4));
        var r = Canonicalizer.canonicalize(List.of(x, x), Map.of(v, x));
        Buffer[] out = new ReferenceBackend().compile(r.program()).run(Run.leaves(r));
        assertArrayEquals(new double[] {-3, -4}, Values.doubles(out[0].toHost()));
        assertArrayEquals(new double[] {-3, -4}, Values.doubles(out[1].toHost()));
        assertArrayEquals(new double[] {-3, -4}, read(v));
    }

    @Test
    void aWrongLeafIsNamed() {
        var r = Canonicalizer.canonicalize(List.of(Nodes.add(Run.f64(1, 2), 1)), Map.of());
        var plan = new ReferenceBackend().compile(r.program());
        var wrong = new Object[] {new Buffer.Host(HostArray.wrap(DType.F64, new double[3]))};
        var e = assertThrows(IllegalArgumentException.class, () -> plan.run(wrong));
        assertTrue(e.getMessage().contains("slot 0 takes F64[2], not 3 elements of F64"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> plan.run(new Object[0]));
    }

    @Test
    void evaluatingAllStoresNothing() {
        Variable v = variable(DType.F64, 1);
        Node x = Nodes.add(new Trace("step", true).read(v), 1);
        var r = Canonicalizer.canonicalize(List.of(), Map.of(v, x));
        HostArray[] all = ReferenceBackend.evaluateAll(r.program(), Run.leaves(r));
        assertEquals(r.program().size(), all.length);
        assertEquals(0, v.version());
    }
}
