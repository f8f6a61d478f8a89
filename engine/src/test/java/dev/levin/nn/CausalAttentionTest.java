package dev.levin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Causal attention long enough that its products leave out what is masked, beside loops in F64. */
class CausalAttentionTest {
    private static final int BATCH = 3;
    private static final int E = 8;

    private static double[] draw(SplittableRandom r, int n) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) r.nextDouble(-1, 1);
        }
        return x;
    }

    private static Tensor tensor(double[] x, int t) {
        float[] f = new float[x.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) x[i];
        }
        return Tensor.of(f, BATCH, t, E).requiresGrad();
    }

    @Test
    void valueAndGradientsAreThoseOfTheDefinition() {
        // equal stripes, a smaller last one, a much smaller one, and too short for stripes
        for (int t : new int[] {128, 150, 130, 40}) {
            var r = new SplittableRandom(t);
            double[] q = draw(r, BATCH * t * E);
            double[] k = draw(r, BATCH * t * E);
            double[] v = draw(r, BATCH * t * E);
            double[] w = draw(r, BATCH * t * E);
            Tensor[] x = {tensor(q, t), tensor(k, t), tensor(v, t)};
            Tensor y = Functional.scaledDotProductAttention(x[0], x[1], x[2], null, 0, true);
            List<Tensor> grads = Tensor.grad(List.of(y.mul(tensor(w, t).detach()).sum()), List.of(x), null, false);
            double[][] want = definition(q, k, v, w, t);
            close(want[0], y.toFloats(), "value", t);
            close(want[1], grads.get(0).toFloats(), "query", t);
            close(want[2], grads.get(1).toFloats(), "key", t);
            close(want[3], grads.get(2).toFloats(), "value's gradient", t);
        }
    }

    private static void close(double[] want, float[] got, String what, int t) {
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], got[i], 2e-5, what + " of length " + t + " at " + i);
        }
    }

    /** Output and the gradients of sum(output * w) by query, key and value. */
    private static double[][] definition(double[] q, double[] k, double[] v, double[] w, int t) {
        double[][] all = new double[4][q.length];
        double scale = 1 / Math.sqrt(E);
        for (int b = 0; b < BATCH; b++) {
            int at = b * t * E;
            for (int i = 0; i < t; i++) {
                double[] p = new double[i + 1];
                double sum = 0;
                for (int j = 0; j <= i; j++) {
                    p[j] = Math.exp(scale * dot(q, at + i * E, k, at + j * E));
                    sum += p[j];
                }
                double mean = 0;
                for (int j = 0; j <= i; j++) {
                    p[j] /= sum;
                    mean += p[j] * dot(w, at + i * E, v, at + j * E);
                }
                for (int j = 0; j <= i; j++) {
                    double ds = scale * p[j] * (dot(w, at + i * E, v, at + j * E) - mean);
                    for (int e = 0; e < E; e++) {
                        all[0][at + i * E + e] += p[j] * v[at + j * E + e];
                        all[1][at + i * E + e] += ds * k[at + j * E + e];
                        all[2][at + j * E + e] += ds * q[at + i * E + e];
                        all[3][at + j * E + e] += p[j] * w[at + i * E + e];
                    }
                }
            }
        }
        return all;
    }

    private static double dot(double[] x, int i, double[] y, int j) {
        double s = 0;
        for (int e = 0; e < E; e++) {
            s += x[i + e] * y[j + e];
        }
        return s;
    }
}
