package dev.levin.device.cpu.dnnl;

import static dev.levin.device.cpu.dnnl.Close.assertClose;
import static dev.levin.device.cpu.dnnl.Close.assertSameBits;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.type.DType;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Softmax and layer normalisation against their definitions. */
class RowOpsTest {
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

    private static NativeArray random(long n, int seed) {
        return NativeArray.random(DType.F32, n, new Random(seed));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,7", "64,1000", "777,33", "5,4097"})
    void softmaxAndItsLogarithmBothWays(int rows, int cols) {
        for (boolean log : new boolean[] {false, true}) {
            var x = random((long) rows * cols, 1);
            var gy = random((long) rows * cols, 2);
            double[] xv = x.doubles();
            double[] gv = gy.doubles();
            double[] wantY = new double[rows * cols];
            double[] wantGx = new double[rows * cols];
            for (int r = 0; r < rows; r++) {
                double sum = 0;
                for (int c = 0; c < cols; c++) {
                    sum += Math.exp(xv[r * cols + c]);
                }
                double dot = 0;
                for (int c = 0; c < cols; c++) {
                    double p = Math.exp(xv[r * cols + c]) / sum;
                    wantY[r * cols + c] = log ? Math.log(p) : p;
                    dot += gv[r * cols + c] * (log ? 1 : p);
                }
                for (int c = 0; c < cols; c++) {
                    double p = Math.exp(xv[r * cols + c]) / sum;
                    wantGx[r * cols + c] = log ? gv[r * cols + c] - p * dot : p * (gv[r * cols + c] - dot);
                }
            }
            Softmax op = dnnl.softmax(DType.F32, rows, cols, log);
            var y = new NativeArray(DType.F32, rows * cols);
            op.forward(x.address(), y.address());
            assertClose(wantY, y.doubles(), 2e-6, "softmax");
            op.backward(y.address(), gy.address(), gy.address());
            assertClose(wantGx, gy.doubles(), 1e-5, "softmax backward");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,4", "3,7", "64,1000", "777,33"})
    void layerNormBothWays(int rows, int cols) {
        float epsilon = 1e-5f;
        var x = random((long) rows * cols, 1);
        var gy = random((long) rows * cols, 2);
        var scale = random(cols, 3);
        var shift = random(cols, 4);
        double[] xv = x.doubles();
        double[] gv = gy.doubles();
        double[] sv = scale.doubles();
        double[] bv = shift.doubles();
        double[] wantY = new double[rows * cols];
        double[] wantGx = new double[rows * cols];
        double[] wantScale = new double[cols];
        double[] wantShift = new double[cols];
        for (int r = 0; r < rows; r++) {
            double mean = 0;
            double variance = 0;
            for (int c = 0; c < cols; c++) {
                mean += xv[r * cols + c] / cols;
            }
            for (int c = 0; c < cols; c++) {
                variance += Math.pow(xv[r * cols + c] - mean, 2) / cols;
            }
            double inverse = 1 / Math.sqrt(variance + epsilon);
            double g = 0;
            double gh = 0;
            for (int c = 0; c < cols; c++) {
                double h = (xv[r * cols + c] - mean) * inverse;
                wantY[r * cols + c] = h * sv[c] + bv[c];
                wantScale[c] += gv[r * cols + c] * h;
                wantShift[c] += gv[r * cols + c];
                g += gv[r * cols + c] * sv[c] / cols;
                gh += gv[r * cols + c] * sv[c] * h / cols;
            }
            for (int c = 0; c < cols; c++) {
                double h = (xv[r * cols + c] - mean) * inverse;
                wantGx[r * cols + c] = inverse * (gv[r * cols + c] * sv[c] - g - h * gh);
            }
        }
        LayerNorm op = dnnl.layerNorm(DType.F32, rows, cols, epsilon);
        var y = new NativeArray(DType.F32, rows * cols);
        var mean = new NativeArray(DType.F32, rows);
        var variance = new NativeArray(DType.F32, rows);
        var gx = new NativeArray(DType.F32, rows * cols);
        var gScale = new NativeArray(DType.F32, cols);
        var gShift = new NativeArray(DType.F32, cols);
        op.forward(x.address(), scale.address(), shift.address(), y.address(), mean.address(), variance.address());
        assertClose(wantY, y.doubles(), 2e-6, "forward");
        op.backward(x.address(), scale.address(), mean.address(), variance.address(), gy.address(), gx.address(),
                gScale.address(), gShift.address());
        assertClose(wantGx, gx.doubles(), 1e-5, "x");
        assertClose(wantScale, gScale.doubles(), 1e-5, "scale");
        assertClose(wantShift, gShift.doubles(), 1e-5, "shift");
    }

    @Test
    void theSameBitsWithOneTwoAndFourThreads() {
        int rows = 500;
        int cols = 300;
        var x = random((long) rows * cols, 1);
        var scale = random(cols, 2);
        NativeArray[] first = null;
        for (int threads : new int[] {1, 2, 4}) {
            var got = new NativeArray[] {new NativeArray(DType.F32, rows * cols), new NativeArray(DType.F32, rows * cols),
                new NativeArray(DType.F32, cols), new NativeArray(DType.F32, cols)};
            var mean = new NativeArray(DType.F32, rows);
            var variance = new NativeArray(DType.F32, rows);
            try (var t = new Team(threads); var d = Dnnl.open(t)) {
                LayerNorm op = d.layerNorm(DType.F32, rows, cols, 1e-5f);
                op.forward(x.address(), scale.address(), scale.address(), got[0].address(), mean.address(),
                        variance.address());
                op.backward(x.address(), scale.address(), mean.address(), variance.address(), x.address(), got[1].address(),
                        got[2].address(), got[3].address());
                d.softmax(DType.F32, rows, cols, false).forward(got[0].address(), got[0].address());
            }
            first = first == null ? got : first;
            for (int i = 0; i < got.length; i++) {
                assertSameBits(first[i], got[i], "result " + i + " on " + threads + " threads");
            }
        }
    }
}
