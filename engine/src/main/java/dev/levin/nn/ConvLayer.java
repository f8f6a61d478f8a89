package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/** What {@link Conv1d}, {@link Conv2d} and {@link Conv3d} share. */
public abstract sealed class ConvLayer extends WeightedLayer permits Conv1d, Conv2d, Conv3d {
    /** [outChannels, inChannels / groups, kernel...] */
    public final Parameter weight;
    /** [outChannels], or null */
    public final Parameter bias;
    private final int axes;
    private final int inChannels;
    private final ConvOptions options;

    ConvLayer(int axes, int inChannels, int outChannels, int[] kernelSize, ConvOptions options) {
        this.axes = axes;
        this.inChannels = inChannels;
        this.options = options.resolved(axes);
        int[] kernel = Args.perAxis("kernel_size", kernelSize, axes, 1);
        int[] shape = weightShape(getClass().getSimpleName(), outChannels, inChannels, options.groups(), kernel);
        long fanIn = shape[1] * (long) Arrays.stream(kernel).reduce(1, Math::multiplyExact);
        weight = parameter(defaultWeight(fanIn), shape);
        bias = options.bias() ? parameter(defaultBias(fanIn), outChannels) : null;
    }

    static int[] weightShape(String what, int first, int second, int groups, int[] kernel) {
        if (groups < 1 || first % groups != 0 || second % groups != 0) {
            throw new IllegalArgumentException(what + ": in and out channels (" + second + ", " + first
                    + ") must both be divisible by groups, not by " + groups);
        }
        int[] shape = new int[kernel.length + 2];
        shape[0] = first;
        shape[1] = second / groups;
        System.arraycopy(kernel, 0, shape, 2, kernel.length);
        return shape;
    }

    /** Stride, padding and so on, one value per axis. */
    public ConvOptions options() {
        return options;
    }

    @Override
    public Parameter weight() {
        return weight;
    }

    @Override
    Tensor compute(Tensor x, Tensor w) {
        if (options.paddingMode() == PaddingMode.ZEROS) {
            return Functional.conv(axes, x, w, bias, options.stride(), options.padding(), options.dilation(), options.groups());
        }
        int[][] p = options.padding().resolve(Arrays.copyOfRange(weight.shape().dims(), 2, axes + 2), options.stride(), options.dilation());
        int[] pad = new int[2 * axes];
        for (int i = 0; i < axes; i++) {
            pad[2 * (axes - 1 - i)] = p[0][i];
            pad[2 * (axes - 1 - i) + 1] = p[1][i];
        }
        return Functional.conv(axes, Functional.pad(x, pad, options.paddingMode(), 0), w, bias, options.stride(), Padding.VALID,
                options.dilation(), options.groups());
    }

    @Override
    protected String describe() {
        return describe(inChannels, weight.size(0), Arrays.copyOfRange(weight.shape().dims(), 2, axes + 2), options);
    }

    static String describe(int in, int out, int[] kernel, ConvOptions o) {
        StringBuilder s = new StringBuilder(in + ", " + out + ", kernel_size=" + Text.tuple(kernel) + ", stride=" + Text.tuple(o.stride()));
        if (o.padding().isSame()) {
            s.append(", padding=same");
        } else if (Arrays.stream(o.padding().amounts()).anyMatch(p -> p != 0)) {
            s.append(", padding=").append(Text.tuple(o.padding().amounts()));
        }
        if (Arrays.stream(o.dilation()).anyMatch(v -> v != 1)) {
            s.append(", dilation=").append(Text.tuple(o.dilation()));
        }
        if (Arrays.stream(o.outputPadding()).anyMatch(v -> v != 0)) {
            s.append(", output_padding=").append(Text.tuple(o.outputPadding()));
        }
        if (o.groups() != 1) {
            s.append(", groups=").append(o.groups());
        }
        if (!o.bias()) {
            s.append(", bias=False");
        }
        if (o.paddingMode() != PaddingMode.ZEROS) {
            s.append(", padding_mode=").append(o.paddingMode().name().toLowerCase(Locale.ROOT));
        }
        return s.toString();
    }
}
