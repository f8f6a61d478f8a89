package dev.levin.io.export;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The larger operators of ONNX, from its specification. */
final class OnnxMath {
    private OnnxMath() {
    }

    static double sigmoid(double v) {
        return 1 / (1 + Math.exp(-v));
    }

    /** By its series near 0 and its continued fraction elsewhere. */
    static double erf(double x) {
        double a = Math.abs(x);
        if (a > 6) {
            return Math.signum(x);
        }
        double term = a;
        double sum = a;
        for (int n = 1; n < 200; n++) {
            term *= -a * a / n;
            sum += term / (2 * n + 1);
        }
        if (a < 2.5) {
            return Math.signum(x) * 2 / Math.sqrt(Math.PI) * sum;
        }
        double f = 0;
        for (int n = 60; n > 0; n--) {
            f = n / 2.0 / (a + f);
        }
        return Math.signum(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f));
    }

    static Arr softmax(Arr x, int axis, boolean log) {
        int[] axes = {axis};
        Arr shifted = x.with(x.reduce(axes, Double.NEGATIVE_INFINITY, Math::max), (a, b) -> a - b);
        Arr sum = shifted.map(Math::exp).reduce(axes, 0, Double::sum);
        return log ? shifted.with(sum, (a, b) -> a - Math.log(b)) : shifted.map(Math::exp).with(sum, (a, b) -> a / b);
    }

    static Arr conv(Arr x, Arr w, Arr bias, int[] stride, int[] pads, int[] dilation, int groups) {
        int d = x.rank() - 2;
        int[] s = new int[d + 2];
        s[0] = x.shape()[0];
        s[1] = w.shape()[0];
        for (int i = 0; i < d; i++) {
            s[2 + i] = (x.shape()[2 + i] + pads[i] + pads[d + i] - dilation[i] * (w.shape()[2 + i] - 1) - 1) / stride[i] + 1;
        }
        Arr y = Arr.zeros(s);
        int perGroup = w.shape()[1];
        int taps = w.data().length / w.shape()[0];
        for (int i = 0; i < y.data().length; i++) {
            int[] at = Arr.index(i, s);
            double sum = bias == null ? 0 : bias.data()[at[1]];
            for (int t = 0; t < taps; t++) {
                int[] k = Arr.index(at[1] * taps + t, w.shape());
                int[] from = at.clone();
                from[1] = at[1] / (w.shape()[0] / groups) * perGroup + k[1];
                boolean inside = true;
                for (int j = 0; j < d; j++) {
                    from[2 + j] = at[2 + j] * stride[j] - pads[j] + k[2 + j] * dilation[j];
                    inside &= from[2 + j] >= 0 && from[2 + j] < x.shape()[2 + j];
                }
                sum += inside ? x.get(from) * w.data()[at[1] * taps + t] : 0;
            }
            y.data()[i] = sum;
        }
        return y;
    }

    static Arr convTranspose(Arr x, Arr w, Arr bias, int[] stride, int[] pads, int[] dilation, int groups, int[] extra) {
        int d = x.rank() - 2;
        int perGroup = w.shape()[1];
        int[] s = new int[d + 2];
        s[0] = x.shape()[0];
        s[1] = perGroup * groups;
        for (int i = 0; i < d; i++) {
            s[2 + i] = stride[i] * (x.shape()[2 + i] - 1) + extra[i] + (w.shape()[2 + i] - 1) * dilation[i] + 1 - pads[i] - pads[d + i];
        }
        Arr y = Arr.zeros(s);
        int taps = w.data().length / w.shape()[0];
        for (int i = 0; i < x.data().length; i++) {
            int[] at = Arr.index(i, x.shape());
            for (int t = 0; t < taps; t++) {
                int[] k = Arr.index(at[1] * taps + t, w.shape());
                int[] to = at.clone();
                to[1] = at[1] / (x.shape()[1] / groups) * perGroup + k[1];
                boolean inside = true;
                for (int j = 0; j < d; j++) {
                    to[2 + j] = at[2 + j] * stride[j] - pads[j] + k[2 + j] * dilation[j];
                    inside &= to[2 + j] >= 0 && to[2 + j] < s[2 + j];
                }
                if (inside) {
                    y.data()[y.at(to)] += x.data()[i] * w.data()[at[1] * taps + t];
                }
            }
        }
        return bias == null ? y : y.with(perChannel(bias, y.rank()), Double::sum);
    }

    static Arr pool(Arr x, int[] kernel, int[] stride, int[] pads, int[] dilation, boolean max, boolean countPadding) {
        int d = kernel.length;
        int[] s = x.shape().clone();
        for (int i = 0; i < d; i++) {
            s[2 + i] = (x.shape()[2 + i] + pads[i] + pads[d + i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i] + 1;
        }
        Arr y = Arr.zeros(s);
        for (int i = 0; i < y.data().length; i++) {
            double best = Double.NEGATIVE_INFINITY;
            double sum = 0;
            int count = 0;
            for (int t = 0; t < Arr.size(kernel); t++) {
                int[] from = Arr.index(i, s);
                int[] k = Arr.index(t, kernel);
                boolean inside = true;
                for (int j = 0; j < d; j++) {
                    from[2 + j] = from[2 + j] * stride[j] - pads[j] + k[j] * dilation[j];
                    inside &= from[2 + j] >= 0 && from[2 + j] < x.shape()[2 + j];
                }
                if (inside) {
                    best = Math.max(best, x.get(from));
                    sum += x.get(from);
                }
                count += inside || countPadding ? 1 : 0;
            }
            y.data()[i] = max ? best : sum / count;
        }
        return y;
    }

    private static Arr perChannel(Arr vector, int rank) {
        int[] s = IntStream.range(0, rank).map(_ -> 1).toArray();
        s[1] = vector.data().length;
        return vector.reshape(s);
    }

    static Arr batchNorm(Arr x, List<Arr> in, double eps) {
        Arr[] p = IntStream.range(1, 5).mapToObj(i -> perChannel(in.get(i), x.rank())).toArray(Arr[]::new);
        return x.with(p[2], (a, m) -> a - m).with(p[3], (a, v) -> a / Math.sqrt(v + eps)).with(p[0], (a, s) -> a * s).with(p[1], Double::sum);
    }

    private static Arr standard(Arr x, int[] axes, double eps) {
        double n = Arrays.stream(axes).map(a -> x.shape()[a]).reduce(1, (a, b) -> a * b);
        Arr centred = x.with(x.reduce(axes, 0, Double::sum), (a, s) -> a - s / n);
        return centred.with(centred.map(v -> v * v).reduce(axes, 0, Double::sum), (a, s) -> a / Math.sqrt(s / n + eps));
    }

    static Arr instanceNorm(Arr x, List<Arr> in, double eps) {
        return standard(x, IntStream.range(2, x.rank()).toArray(), eps).with(perChannel(in.get(1), x.rank()), (a, s) -> a * s)
                .with(perChannel(in.get(2), x.rank()), Double::sum);
    }

    static Arr layerNorm(Arr x, List<Arr> in, int axis, double eps) {
        Arr y = standard(x, IntStream.range(axis, x.rank()).toArray(), eps).with(in.get(1), (a, s) -> a * s);
        return in.size() < 3 ? y : y.with(in.get(2), Double::sum);
    }

    /** Y [T, directions, N, H], last H and, for an LSTM, last C [directions, N, H]. */
    static Arr[] recurrent(String op, List<Arr> in, int hidden, String direction, int linearBeforeReset, String activation) {
        Arr x = in.get(0);
        int steps = x.shape()[0];
        int n = x.shape()[1];
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Arr y = Arr.zeros(steps, directions, n, hidden);
        Arr lastH = Arr.zeros(directions, n, hidden);
        Arr lastC = Arr.zeros(directions, n, hidden);
        for (int dir = 0; dir < directions; dir++) {
            Arr w = part(in, 1, dir);
            Arr r = part(in, 2, dir);
            Arr b = in.size() > 3 && in.get(3) != null ? part(in, 3, dir) : Arr.zeros(2 * w.shape()[0]);
            int gates = w.shape()[0];
            Arr h = in.size() > 5 && in.get(5) != null ? part(in, 5, dir) : Arr.zeros(n, hidden);
            Arr c = in.size() > 6 && in.get(6) != null ? part(in, 6, dir) : Arr.zeros(n, hidden);
            for (int i = 0; i < steps; i++) {
                int t = dir == 0 ? i : steps - 1 - i;
                Arr xw = x.narrow(0, t, 1).reshape(n, x.shape()[2]).matmul(w.transpose(1, 0)).with(b.narrow(0, 0, gates), Double::sum);
                Arr hr = h.matmul(r.transpose(1, 0)).with(b.narrow(0, gates, gates), Double::sum);
                switch (op) {
                    case "LSTM" -> {
                        Arr g = xw.with(hr, Double::sum);
                        Arr forget = g.narrow(1, 2 * hidden, hidden).map(OnnxMath::sigmoid).with(c, (a, v) -> a * v);
                        Arr fresh = g.narrow(1, 0, hidden).map(OnnxMath::sigmoid).with(g.narrow(1, 3 * hidden, hidden).map(Math::tanh), (a, v) -> a * v);
                        c = forget.with(fresh, Double::sum);
                        h = g.narrow(1, hidden, hidden).map(OnnxMath::sigmoid).with(c.map(Math::tanh), (a, v) -> a * v);
                    }
                    case "GRU" -> {
                        if (linearBeforeReset != 1) {
                            throw new AssertionError("linear_before_reset = 0");
                        }
                        Arr z = xw.narrow(1, 0, hidden).with(hr.narrow(1, 0, hidden), Double::sum).map(OnnxMath::sigmoid);
                        Arr reset = xw.narrow(1, hidden, hidden).with(hr.narrow(1, hidden, hidden), Double::sum).map(OnnxMath::sigmoid);
                        Arr fresh = xw.narrow(1, 2 * hidden, hidden).with(reset.with(hr.narrow(1, 2 * hidden, hidden), (a, v) -> a * v), Double::sum)
                                .map(Math::tanh);
                        h = z.map(v -> 1 - v).with(fresh, (a, v) -> a * v).with(z.with(h, (a, v) -> a * v), Double::sum);
                    }
                    default -> h = xw.with(hr, Double::sum).map(v -> activation.equals("Relu") ? Math.max(v, 0) : Math.tanh(v));
                }
                System.arraycopy(h.data(), 0, y.data(), y.at(t, dir, 0, 0), h.data().length);
            }
            System.arraycopy(h.data(), 0, lastH.data(), lastH.at(dir, 0, 0), h.data().length);
            System.arraycopy(c.data(), 0, lastC.data(), lastC.at(dir, 0, 0), c.data().length);
        }
        return new Arr[] {y, lastH, lastC};
    }

    private static Arr part(List<Arr> in, int input, int direction) {
        Arr all = in.get(input);
        return all.narrow(0, direction, 1).reshape(Arrays.copyOfRange(all.shape(), 1, all.rank()));
    }
}
