package dev.levin.device.cpu.dnnl;

import java.util.List;

/** The three directions of a convolution by their definition, in double, over plain row-major arrays. */
public final class ConvReference {
    private final ConvSpec s;
    private final int[] size = new int[3];
    private final int[] kernel = new int[3];
    private final int[] stride = new int[3];
    private final int[] before = new int[3];
    private final int[] dilation = new int[3];
    private final int[] out = new int[3];

    public ConvReference(ConvSpec s) {
        this.s = s;
        fill(size, s.size(), 1);
        fill(kernel, s.kernel(), 1);
        fill(stride, s.stride(), 1);
        fill(before, s.before(), 0);
        fill(dilation, s.dilation(), 1);
        fill(out, s.outputSize(), 1);
    }

    private static void fill(int[] to, List<Long> from, int missing) {
        for (int i = 0; i < 3; i++) {
            int at = i - (3 - from.size());
            to[i] = at < 0 ? missing : Math.toIntExact(from.get(at));
        }
    }

    /** Called for every product of the sum: source, weight and destination position. */
    private interface Term {
        void at(int src, int weight, int dst);
    }

    private void each(Term term) {
        int cg = (int) (s.channels() / s.groups());
        int og = (int) (s.filters() / s.groups());
        for (int n = 0; n < s.batch(); n++) {
            for (int o = 0; o < s.filters(); o++) {
                for (int c = 0; c < cg; c++) {
                    int channel = o / og * cg + c;
                    for (int t0 = 0; t0 < out[0]; t0++) {
                        for (int t1 = 0; t1 < out[1]; t1++) {
                            for (int t2 = 0; t2 < out[2]; t2++) {
                                int d = (((n * (int) s.filters() + o) * out[0] + t0) * out[1] + t1) * out[2] + t2;
                                window(term, (n * (int) s.channels() + channel), o * cg + c, d, t0, t1, t2);
                            }
                        }
                    }
                }
            }
        }
    }

    private void window(Term term, int plane, int filter, int d, int t0, int t1, int t2) {
        for (int k0 = 0; k0 < kernel[0]; k0++) {
            int i0 = t0 * stride[0] - before[0] + k0 * dilation[0];
            for (int k1 = 0; k1 < kernel[1]; k1++) {
                int i1 = t1 * stride[1] - before[1] + k1 * dilation[1];
                for (int k2 = 0; k2 < kernel[2]; k2++) {
                    int i2 = t2 * stride[2] - before[2] + k2 * dilation[2];
                    if (i0 >= 0 && i0 < size[0] && i1 >= 0 && i1 < size[1] && i2 >= 0 && i2 < size[2]) {
                        term.at(((plane * size[0] + i0) * size[1] + i1) * size[2] + i2,
                                ((filter * kernel[0] + k0) * kernel[1] + k1) * kernel[2] + k2, d);
                    }
                }
            }
        }
    }

    static int count(long[] dims) {
        long n = 1;
        for (long d : dims) {
            n *= d;
        }
        return Math.toIntExact(n);
    }

    public double[] forward(double[] src, double[] weights, double[] bias) {
        double[] dst = new double[count(s.dstDims())];
        each((i, w, d) -> dst[d] += src[i] * weights[w]);
        if (bias != null) {
            int plane = out[0] * out[1] * out[2];
            for (int d = 0; d < dst.length; d++) {
                dst[d] += bias[d / plane % (int) s.filters()];
            }
        }
        return dst;
    }

    public double[] backwardData(double[] diffDst, double[] weights) {
        double[] diffSrc = new double[count(s.srcDims())];
        each((i, w, d) -> diffSrc[i] += diffDst[d] * weights[w]);
        return diffSrc;
    }

    public double[] backwardWeights(double[] src, double[] diffDst) {
        double[] diffWeights = new double[count(s.weightDims())];
        each((i, w, d) -> diffWeights[w] += src[i] * diffDst[d]);
        return diffWeights;
    }

    double[] backwardBias(double[] diffDst) {
        double[] diffBias = new double[(int) s.filters()];
        int plane = out[0] * out[1] * out[2];
        for (int d = 0; d < diffDst.length; d++) {
            diffBias[d / plane % (int) s.filters()] += diffDst[d];
        }
        return diffBias;
    }
}
