package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.reference.Run;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MatmulRoutineTest {
    private static final float[] RAMP = {0.5f, 2, -1, 3, 0.25f, -4, 7, 1.5f, 6, -0.5f, 8, 10};

    private static Node leaf(int... dims) {
        return Run.leaf(DType.F32, dims, IntStream.range(0, RAMP.length).mapToDouble(i -> RAMP[i]).toArray());
    }

    private static Routine routine(Products products, Node product) {
        Program p = Canonicalizer.canonicalize(List.of(product), Map.of()).program();
        int main = p.size() - 1;
        assertEquals(Op.MATMUL, p.instr(main).op());
        return MatmulRoutine.of(products, p, new Call(main, main, -1, Call.Activation.NONE, false, -1));
    }

    @ParameterizedTest
    @EnumSource(Products.Mode.class)
    void outerProductsOfMatricesThatAreNotSideBySide(Products.Mode mode) {
        assumeTrue(Dnnl.availability().available());
        // rows 0 and 2 of four: oneDNN mixes up the strides of such a product
        Node x = Nodes.reshape(Nodes.slice(leaf(2, 2, 3, 1), 1, 0, 1, 1), Shape.of(2, 3, 1));
        Node product = Nodes.matmul(x, Nodes.permute(x, 0, 2, 1));
        try (Arena arena = Arena.ofShared(); var team = new Team(1)) {
            Routine r = routine(new Products(Dnnl.open(team), team, mode), product);
            var in = arena.allocateFrom(ValueLayout.JAVA_FLOAT, RAMP);
            var out = arena.allocate(4 * 18, 64);
            r.run(new long[] {in.address(), in.address()}, out.address());
            var want = new float[18];
            for (int i = 0; i < 18; i++) {
                want[i] = RAMP[i / 9 * 6 + i % 9 / 3] * RAMP[i / 9 * 6 + i % 3];
            }
            assertArrayEquals(want, out.toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void productsThatReadOneWeightShareItsCopy() {
        // three time steps: [4, 3] of the sequence times the transposed weight [5, 3]
        float[] w = new float[15];
        for (int i = 0; i < 15; i++) {
            w[i] = i - 6;
        }
        try (Arena arena = Arena.ofShared(); var team = new Team(2)) {
            var products = new Products(null, team, Products.Mode.MACHINE);
            Node weight = Run.leaf(DType.F32, new int[] {5, 3}, IntStream.range(0, 15).mapToDouble(i -> w[i]).toArray());
            Node transposed = Nodes.reshape(Nodes.permute(weight, 1, 0), Shape.of(1, 3, 5));
            var outputs = new ArrayList<Node>();
            for (int t = 0; t < 3; t++) {
                outputs.add(Nodes.matmul(Nodes.reshape(leaf(4, 3), Shape.of(1, 4, 3)), transposed));
            }
            Program p = Canonicalizer.canonicalize(outputs, Map.of()).program();
            var routines = new ArrayList<Routine>();
            for (int i = 0; i < p.size(); i++) {
                if (p.instr(i).op() == Op.MATMUL) {
                    routines.add(MatmulRoutine.of(products, p, new Call(i, i, -1, Call.Activation.NONE, false, -1)));
                }
            }
            MachineProduct.share(routines);
            var in = arena.allocateFrom(ValueLayout.JAVA_FLOAT, RAMP);
            var at = arena.allocateFrom(ValueLayout.JAVA_FLOAT, w);
            for (int run = 0; run < 2; run++) {
                // a new run sees new weights
                at.setAtIndex(ValueLayout.JAVA_FLOAT, 7, 100 * run);
                for (Routine r : routines) {
                    var out = arena.allocate(4 * 20, 64);
                    r.run(new long[] {in.address(), at.address()}, out.address());
                    for (int m = 0; m < 4; m++) {
                        for (int n = 0; n < 5; n++) {
                            float want = 0;
                            for (int k = 0; k < 3; k++) {
                                want += RAMP[3 * m + k] * at.getAtIndex(ValueLayout.JAVA_FLOAT, 3 * n + k);
                            }
                            assertEquals(want, out.getAtIndex(ValueLayout.JAVA_FLOAT, 5 * m + n), 1e-4f);
                        }
                    }
                }
            }
        }
    }
}
