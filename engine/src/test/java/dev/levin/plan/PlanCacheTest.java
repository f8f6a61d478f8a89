package dev.levin.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PlanCacheTest {
    private final PlanCache cache = new PlanCache(new ReferenceBackend(), 16);

    private float run(int n, Function<Node, Node> f) {
        float[] ones = new float[n];
        java.util.Arrays.fill(ones, 3);
        Node x = Nodes.input(new Buffer.Host(HostArray.wrap(DType.F32, ones)), Shape.of(n));
        Canonicalizer.Result r = Canonicalizer.canonicalize(List.of(f.apply(x)), Map.of());
        Object[] leaves = r.leaves().clone();
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = leaves[i] instanceof Node node ? node.value() : leaves[i];
        }
        return (float) cache.get(r.program(), "step").run(leaves)[0].toHost().getDouble(0);
    }

    @Test
    void equalProgramsShareAPlan() {
        run(4, x -> Nodes.mul(x, 2));
        assertEquals(6f, run(4, x -> Nodes.mul(x, 2)));
        assertEquals(1, cache.misses());
        assertEquals(1, cache.hits());
    }

    @Test
    void aNumberThatVariesIsCompiledTwiceAndNoMore() {
        for (int i = 1; i <= 50; i++) {
            float scale = i * 0.5f;
            assertEquals(3 * scale + 1, run(4, x -> Nodes.add(Nodes.mul(x, scale), 1)), 1e-6);
        }
        assertEquals(2, cache.misses());
        assertEquals(48, cache.hits());
    }

    @Test
    void aSecondNumberThatVariesIsCompiledOnceMore() {
        for (int i = 1; i <= 10; i++) {
            int k = i;
            run(4, x -> Nodes.add(Nodes.mul(x, k), 1));
        }
        for (int i = 1; i <= 10; i++) {
            int k = i;
            assertEquals(3 * k + k, run(4, x -> Nodes.add(Nodes.mul(x, k), k)), 1e-5);
        }
        assertEquals(3, cache.misses());
    }

    @Test
    void exponentsMayVary() {
        for (int i = 1; i <= 6; i++) {
            int k = i;
            assertEquals((float) Math.pow(3, k), run(4, x -> Nodes.binary(Op.POW, x, Nodes.constant(DType.F32, (double) k))), 1e-2);
        }
        assertEquals(2, cache.misses());
    }

    @Test
    void aMissNamesTheFirstDifference() {
        run(64, x -> Nodes.mul(x, 2));
        run(37, x -> Nodes.mul(x, 2));
        String reason = cache.missReason("step");
        assertTrue(reason.contains("[64]") && reason.contains("[37]") && reason.contains("INPUT"), reason);
    }
}
