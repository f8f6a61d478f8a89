package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Resizing with a filter that widens as the image shrinks, as Pillow does it: one matrix for each axis. */
final class Antialiasing {
    private static final double CUBIC = -0.5;

    private Antialiasing() {
    }

    static Tensor resize(Tensor x, int[] out, double[] ratio, Interpolation mode, boolean alignCorners) {
        if (mode != Interpolation.BILINEAR && mode != Interpolation.BICUBIC) {
            throw new IllegalArgumentException("interpolate: antialias goes with BILINEAR and BICUBIC, not with " + mode);
        }
        Tensor y = Args.precise(x);
        for (int i = 0; i < out.length; i++) {
            int n = x.size(2 + i);
            double step = alignCorners ? out[i] > 1 ? (n - 1.0) / (out[i] - 1) : 0 : ratio[i];
            Tensor weights = weights(n, out[i], step, mode == Interpolation.BICUBIC).to(y.dtype());
            y = y.transpose(2 + i, -1).matmul(weights).transpose(2 + i, -1);
        }
        return y.to(x.dtype());
    }

    /** [n, out]: how much each element counts. */
    private static Tensor weights(int n, int out, double step, boolean cubic) {
        double reach = cubic ? 2 : 1;
        double widening = Math.max(step, 1);
        double support = reach * widening;
        HostArray w = HostArray.allocate(DType.F64, (long) n * out);
        for (int o = 0; o < out; o++) {
            double centre = step * (o + 0.5);
            int from = Math.max((int) (centre - support + 0.5), 0);
            int to = Math.min((int) (centre + support + 0.5), n);
            double total = 0;
            for (int i = from; i < to; i++) {
                total += filter((i - centre + 0.5) / widening, cubic);
            }
            for (int i = from; i < to; i++) {
                w.setDouble(i * out + o, filter((i - centre + 0.5) / widening, cubic) / total);
            }
        }
        return Tensor.of(w, Shape.of(n, out));
    }

    /** A triangle, or Keys' cubic with a = -0.5. */
    private static double filter(double distance, boolean cubic) {
        double t = Math.abs(distance);
        if (!cubic) {
            return Math.max(1 - t, 0);
        }
        if (t < 1) {
            return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1;
        }
        return t < 2 ? (((t - 5) * t + 8) * t - 4) * CUBIC : 0;
    }
}
