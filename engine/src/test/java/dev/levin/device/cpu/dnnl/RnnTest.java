package dev.levin.device.cpu.dnnl;

import static dev.levin.device.cpu.dnnl.Close.assertClose;
import static dev.levin.device.cpu.dnnl.Close.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.RnnSpec.Cell;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Recurrent layers against a step-by-step loop in double; gradients against its central differences. */
class RnnTest {
    private static Team team;
    private static Dnnl dnnl;

    @BeforeAll
    static void open() {
        assumeTrue(Dnnl.availability().available(), Dnnl.availability().reason());
        team = new Team(2);
        dnnl = Dnnl.open(team);
    }

    @AfterAll
    static void close() {
        if (dnnl != null) {
            dnnl.close();
            team.close();
        }
    }

    /** x, h0, c0, W_ih, W_hh, b_ih, b_hh. */
    private static List<NativeArray> inputs(RnnSpec s, int seed) {
        var random = new Random(seed);
        long g = s.cell().gates() * s.hidden();
        var all = new ArrayList<NativeArray>();
        for (long n : new long[] {s.time() * s.batch() * s.input(), s.batch() * s.hidden(), s.batch() * s.hidden(),
            g * s.input(), g * s.hidden(), g, g}) {
            all.add(NativeArray.random(DType.F32, n, random));
        }
        return all;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** y, hN, cN by the formulas of torch.nn. */
    private static double[][] reference(RnnSpec s, double[][] in) {
        int hidden = (int) s.hidden();
        int input = (int) s.input();
        int batch = (int) s.batch();
        double[] y = new double[(int) s.time() * batch * hidden];
        double[] h = in[1].clone();
        double[] c = in[2].clone();
        for (int step = 0; step < s.time(); step++) {
            int t = s.reverse() ? (int) s.time() - 1 - step : step;
            for (int n = 0; n < batch; n++) {
                double[][] a = new double[s.cell().gates()][hidden];
                double[][] b = new double[s.cell().gates()][hidden];
                for (int row = 0; row < s.cell().gates() * hidden; row++) {
                    double sumA = in[5][row];
                    for (int i = 0; i < input; i++) {
                        sumA += in[3][row * input + i] * in[0][(t * batch + n) * input + i];
                    }
                    double sumB = in[6][row];
                    for (int i = 0; i < hidden; i++) {
                        sumB += in[4][row * hidden + i] * h[n * hidden + i];
                    }
                    a[row / hidden][row % hidden] = sumA;
                    b[row / hidden][row % hidden] = sumB;
                }
                for (int j = 0; j < hidden; j++) {
                    int at = n * hidden + j;
                    switch (s.cell()) {
                        case RNN_TANH -> h[at] = Math.tanh(a[0][j] + b[0][j]);
                        case RNN_RELU -> h[at] = Math.max(0, a[0][j] + b[0][j]);
                        case LSTM -> {
                            c[at] = sigmoid(a[1][j] + b[1][j]) * c[at]
                                    + sigmoid(a[0][j] + b[0][j]) * Math.tanh(a[2][j] + b[2][j]);
                            h[at] = sigmoid(a[3][j] + b[3][j]) * Math.tanh(c[at]);
                        }
                        case GRU -> {
                            double z = sigmoid(a[1][j] + b[1][j]);
                            h[at] = (1 - z) * Math.tanh(a[2][j] + sigmoid(a[0][j] + b[0][j]) * b[2][j]) + z * h[at];
                        }
                    }
                    y[(t * batch + n) * hidden + j] = h[at];
                }
            }
        }
        return new double[][] {y, h, c};
    }

    private static double[][] doubles(List<NativeArray> arrays) {
        return arrays.stream().map(NativeArray::doubles).toArray(double[][]::new);
    }

    /** Runs forward and backward; returns y, hN, cN and the gradients in the order of {@link #inputs}. */
    private static List<NativeArray> run(Dnnl dnnl, RnnSpec s, List<NativeArray> in, List<NativeArray> gradients) {
        Rnn op = dnnl.rnn(s, true);
        var workspace = new NativeArray(DType.U8, op.workspaceBytes());
        var out = new ArrayList<NativeArray>();
        for (NativeArray g : gradients) {
            out.add(new NativeArray(DType.F32, g.length));
        }
        for (NativeArray i : in) {
            out.add(new NativeArray(DType.F32, i.length));
        }
        long[] i = in.stream().mapToLong(NativeArray::address).toArray();
        long[] o = out.stream().mapToLong(NativeArray::address).toArray();
        var parameters = new Rnn.Parameters(i[3], i[4], i[5], i[6]);
        var initial = new Rnn.State(i[1], i[2]);
        var last = new Rnn.State(o[1], o[2]);
        op.forward(i[0], initial, parameters, o[0], last, workspace.address());
        op.backward(i[0], initial, parameters, o[0], last, workspace.address(), gradients.get(0).address(),
                new Rnn.State(gradients.get(1).address(), gradients.get(2).address()), o[3], new Rnn.State(o[4], o[5]),
                new Rnn.Parameters(o[6], o[7], o[8], o[9]));
        return out;
    }

    /** Gradients of y, hN and cN to start from; none for the cell state of what has none. */
    private static List<NativeArray> seeds(RnnSpec s) {
        var random = new Random(8);
        var gy = NativeArray.random(DType.F32, s.time() * s.batch() * s.hidden(), random);
        var gh = NativeArray.random(DType.F32, s.batch() * s.hidden(), random);
        var gc = s.cell() == Cell.LSTM ? NativeArray.random(DType.F32, s.batch() * s.hidden(), random)
                : new NativeArray(DType.F32, s.batch() * s.hidden());
        return List.of(gy, gh, gc);
    }

    private static double loss(RnnSpec s, double[][] in, double[][] seeds) {
        double sum = 0;
        double[][] out = reference(s, in);
        for (int k = 0; k < 3; k++) {
            for (int i = 0; i < out[k].length; i++) {
                sum += out[k][i] * seeds[k][i];
            }
        }
        return sum;
    }

    @ParameterizedTest
    @EnumSource(Cell.class)
    void outputsStatesAndAllGradients(Cell cell) {
        for (boolean reverse : new boolean[] {false, true}) {
            // 19 sequences are three tasks, the last one smaller.
            RnnSpec s = new RnnSpec(cell, 4, 19, 5, 7, reverse);
            List<NativeArray> in = inputs(s, 1);
            List<NativeArray> seeds = seeds(s);
            List<NativeArray> out = run(dnnl, s, in, seeds);
            double[][] values = doubles(in);
            double[][] want = reference(s, values);
            assertClose(want[0], out.get(0).doubles(), 1e-5, cell + " y");
            assertClose(want[1], out.get(1).doubles(), 1e-5, cell + " hN");
            if (cell == Cell.LSTM) {
                assertClose(want[2], out.get(2).doubles(), 1e-5, "cN");
            }
            double[][] start = doubles(seeds);
            for (int k = 0; k < in.size(); k++) {
                if (k == 2 && cell != Cell.LSTM) {
                    continue;
                }
                double[] got = out.get(3 + k).doubles();
                var random = new Random(k);
                for (int probe = 0; probe < 25; probe++) {
                    int at = random.nextInt(got.length);
                    double keep = values[k][at];
                    double step = 1e-5;
                    values[k][at] = keep + step;
                    double up = loss(s, values, start);
                    values[k][at] = keep - step;
                    double down = loss(s, values, start);
                    values[k][at] = keep;
                    double slope = (up - down) / (2 * step);
                    assertEquals(slope, got[at], 2e-4 * (1 + Math.abs(slope)),
                            cell + (reverse ? " reversed" : "") + ": gradient of input " + k + " at " + at);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Cell.class)
    void theSameBitsWithOneTwoAndFourThreads(Cell cell) {
        RnnSpec s = new RnnSpec(cell, 6, 50, 33, 40, false);
        List<NativeArray> in = inputs(s, 2);
        List<NativeArray> first = null;
        for (int threads : new int[] {1, 2, 4}) {
            try (var t = new Team(threads); var d = Dnnl.open(t)) {
                List<NativeArray> got = run(d, s, in, seeds(s));
                first = first == null ? got : first;
                for (int i = 0; i < got.size(); i++) {
                    assertSameBits(first.get(i), got.get(i), cell + " result " + i + " on " + threads + " threads");
                }
            }
        }
    }

    @Test
    void inferenceGivesTheSameOutputsAndHasNoBackward() {
        RnnSpec s = new RnnSpec(Cell.LSTM, 5, 20, 6, 16, false);
        List<NativeArray> in = inputs(s, 3);
        double[][] want = reference(s, doubles(in));
        Rnn op = dnnl.rnn(s, false);
        assertEquals(0, op.workspaceBytes());
        var y = new NativeArray(DType.F32, want[0].length);
        var h = new NativeArray(DType.F32, want[1].length);
        var c = new NativeArray(DType.F32, want[2].length);
        long[] i = in.stream().mapToLong(NativeArray::address).toArray();
        op.forward(i[0], new Rnn.State(i[1], i[2]), new Rnn.Parameters(i[3], i[4], i[5], i[6]), y.address(),
                new Rnn.State(h.address(), c.address()), 0);
        assertClose(want[0], y.doubles(), 1e-5, "y");
        assertClose(want[2], c.doubles(), 1e-5, "cN");
        assertThrows(IllegalStateException.class, () -> op.backward(0, null, null, 0, null, 0, 0, null, 0, null, null));
    }
}
