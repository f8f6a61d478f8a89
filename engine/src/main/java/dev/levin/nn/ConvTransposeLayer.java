package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.Arrays;

/** What {@link ConvTranspose1d}, {@link ConvTranspose2d} and {@link ConvTranspose3d} share. */
public abstract sealed class ConvTransposeLayer extends WeightedLayer permits ConvTranspose1d, ConvTranspose2d, ConvTranspose3d {
    /** [inChannels, outChannels / groups, kernel...] */
    public final Parameter weight;
    /** [outChannels], or null */
    public final Parameter bias;
    private final int axes;
    private final int outChannels;
    private final ConvOptions options;

    ConvTransposeLayer(int axes, int inChannels, int outChannels, int[] kernelSize, ConvOptions options) {
        String what = getClass().getSimpleName();
        if (options.paddingMode() != PaddingMode.ZEROS || options.padding().isSame()) {
            throw new IllegalArgumentException(what + " takes amounts of padding with zeros only, not " + options.padding() + " with mode "
                    + options.paddingMode());
        }
        this.axes = axes;
        this.outChannels = outChannels;
        this.options = options.resolved(axes);
        int[] kernel = Args.perAxis("kernel_size", kernelSize, axes, 1);
        int[] shape = ConvLayer.weightShape(what, inChannels, outChannels, options.groups(), kernel);
        long fanIn = shape[1] * (long) Arrays.stream(kernel).reduce(1, Math::multiplyExact);
        weight = parameter(defaultWeight(fanIn), shape);
        bias = options.bias() ? parameter(defaultBias(fanIn), outChannels) : null;
    }

    public ConvOptions options() {
        return options;
    }

    @Override
    public Parameter weight() {
        return weight;
    }

    @Override
    Tensor compute(Tensor x, Tensor w) {
        return Functional.convTranspose(axes, x, w, bias, options.stride(), options.padding().amounts(), options.outputPadding(),
                options.groups(), options.dilation());
    }

    @Override
    protected String describe() {
        return ConvLayer.describe(weight.size(0), outChannels, Arrays.copyOfRange(weight.shape().dims(), 2, axes + 2), options);
    }
}
