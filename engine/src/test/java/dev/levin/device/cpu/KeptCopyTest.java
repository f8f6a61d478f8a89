package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Variable;
import dev.levin.nn.Conv2d;
import dev.levin.nn.Linear;
import dev.levin.optim.SGD;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptCopyTest {
    /** Counts; a copy is 8 bytes. */
    private static final class Counting implements CopyingRoutine {
        final List<String> calls = new ArrayList<>();

        @Override
        public long copyBytes() {
            return 8;
        }

        @Override
        public void copy(long weight, long to) {
            calls.add("copy " + weight);
        }

        @Override
        public void runCopied(long[] operands, long copy, long result) {
            calls.add("from copy");
        }

        @Override
        public void run(long[] operands, long result) {
            calls.add("run");
        }
    }

    private static CpuBuffer memory() {
        Variable v = new Variable("w", Variable.Kind.PARAMETER, DType.F32, Shape.of(2), Device.CPU);
        return new VariableMemory().allocate(v, Agreement.FUSED);
    }

    @Test
    void aCopyIsMadeOfAValueThatIsSeenTwice() {
        var routine = new Counting();
        var kept = (KeptCopy) KeptCopy.of(routine, 3);
        CpuBuffer a = memory();
        CpuBuffer b = memory();
        Object[][] reads = {{a, 0}, {a, 0}, {a, 0}, {a, 1}, {a, 2}, {a, 2}, {b, 2}, {b, 2}, {b, 2}};
        for (Object[] r : reads) {
            kept.reads((CpuBuffer) r[0], (int) r[1]);
            kept.run(new long[] {1, 77}, 0);
        }
        assertEquals(List.of("run", "copy 77", "from copy", "from copy", "run", "run", "copy 77", "from copy", "run", "copy 77", "from copy", "from copy"),
                routine.calls);
        assertEquals(3, kept.slot());
        assertTrue(kept.isCopied());
        kept.reads(a, 2);
        assertFalse(kept.isCopied());
    }

    @Test
    void whatHasNoConstantWeightStaysAsItIs() {
        var routine = new Counting();
        assertSame(routine, KeptCopy.of(routine, -1));
        Routine plain = (x, y) -> { };
        assertSame(plain, KeptCopy.of(plain, 0));
    }

    private static float[] ramp(int n, int period) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = i * 7 % period - period / 2;
        }
        return v;
    }

    private static void fill(Parameter p, int period) {
        int n = Math.toIntExact(p.shape().numel());
        p.set(Tensor.of(ramp(n, period), p.shape().dims()));
    }

    /** x W^T of whole numbers, exact in F32. */
    private static float[] product(float[] x, float[] w, int rows, int in, int out) {
        float[] y = new float[rows * out];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < out; j++) {
                for (int k = 0; k < in; k++) {
                    y[i * out + j] += x[i * in + k] * w[j * in + k];
                }
            }
        }
        return y;
    }

    @Test
    void aChangedWeightIsReadWhetherAStepOrTheHostChangedIt() {
        var layer = new Linear(40, 56, false);
        var other = new Linear(40, 56, false);
        float[] data = ramp(8 * 40, 11);
        for (int period = 3; period < 9; period++) {
            fill(layer.weight, period);
            fill(other.weight, period + 7);
            for (int run = 0; run < 4; run++) {
                assertArrayEquals(product(data, ramp(40 * 56, period), 8, 40, 56), infer(layer, data));
            }
            // the same plan with another layer's weight
            assertArrayEquals(product(data, ramp(40 * 56, period + 7), 8, 40, 56), infer(other, data));
            assertArrayEquals(product(data, ramp(40 * 56, period), 8, 40, 56), infer(layer, data));
        }
        var sgd = new SGD(List.of(layer.weight), 1.0);
        for (int step = 0; step < 3; step++) {
            float[] before = layer.weight.toFloats();
            Step.run("train", () -> {
                layer.forward(Tensor.of(data, 8, 40)).sum().backward();
                sgd.step();
                sgd.zeroGrad();
                return null;
            });
            // d sum(x W^T) / dW: every row is the sum of x's rows
            for (int j = 0; j < 56; j++) {
                for (int k = 0; k < 40; k++) {
                    for (int i = 0; i < 8; i++) {
                        before[j * 40 + k] -= data[i * 40 + k];
                    }
                }
            }
            for (int run = 0; run < 3; run++) {
                assertArrayEquals(product(data, before, 8, 40, 56), infer(layer, data));
            }
        }
    }

    private static float[] infer(dev.levin.nn.Layer layer, float[] data) {
        try (var _ = Grad.off()) {
            return Step.run("infer", () -> layer.forward(Tensor.of(data, 8, 40))).toFloats();
        }
    }

    @Test
    void convolutions() {
        int channels = 32;
        int size = 5;
        var layer = new Conv2d(channels, channels, 3);
        fill(layer.bias, 1);
        float[] image = ramp(channels * size * size, 9);
        for (int period = 3; period < 6; period++) {
            fill(layer.weight, period);
            float[] w = ramp(channels * channels * 9, period);
            float[] want = new float[channels * 9];
            for (int f = 0; f < channels; f++) {
                for (int y = 0; y < 3; y++) {
                    for (int x = 0; x < 3; x++) {
                        for (int c = 0; c < channels; c++) {
                            for (int t = 0; t < 9; t++) {
                                want[(f * 3 + y) * 3 + x] += w[(f * channels + c) * 9 + t] * image[(c * size + y + t / 3) * size + x + t % 3];
                            }
                        }
                    }
                }
            }
            for (int run = 0; run < 4; run++) {
                try (var _ = Grad.off()) {
                    assertArrayEquals(want, Step.run("infer", () -> layer.forward(Tensor.of(image, 1, channels, size, size))).toFloats());
                }
            }
        }
    }
}
