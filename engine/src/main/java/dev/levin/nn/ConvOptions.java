package dev.levin.nn;

/**
 * Options of convolutions, to be chained: {@code ConvOptions.stride(2).padding(3).bias(false)}. Amounts are one for all
 * spatial axes or one per axis.
 */
public record ConvOptions(int[] stride, Padding padding, int[] outputPadding, int[] dilation, int groups, boolean bias,
        PaddingMode paddingMode) {
    /** Stride 1, no padding, no dilation, one group, a bias. */
    public static final ConvOptions DEFAULT = new ConvOptions(new int[] {1}, Padding.VALID, new int[] {0}, new int[] {1}, 1, true,
            PaddingMode.ZEROS);

    /** The defaults with a stride. */
    public static ConvOptions stride(int... stride) {
        return DEFAULT.withStride(stride);
    }

    /** The defaults with padding. */
    public static ConvOptions padded(int... padding) {
        return DEFAULT.padding(padding);
    }

    /** The defaults with padding that keeps the extents. */
    public static ConvOptions same() {
        return DEFAULT.padding(Padding.SAME);
    }

    public ConvOptions withStride(int... amounts) {
        return new ConvOptions(amounts, padding, outputPadding, dilation, groups, bias, paddingMode);
    }

    public ConvOptions padding(int... amounts) {
        return padding(Padding.of(amounts));
    }

    public ConvOptions padding(Padding amount) {
        return new ConvOptions(stride, amount, outputPadding, dilation, groups, bias, paddingMode);
    }

    /** Transposed convolutions only. */
    public ConvOptions outputPadding(int... amounts) {
        return new ConvOptions(stride, padding, amounts, dilation, groups, bias, paddingMode);
    }

    public ConvOptions dilation(int... amounts) {
        return new ConvOptions(stride, padding, outputPadding, amounts, groups, bias, paddingMode);
    }

    public ConvOptions groups(int count) {
        return new ConvOptions(stride, padding, outputPadding, dilation, count, bias, paddingMode);
    }

    public ConvOptions bias(boolean on) {
        return new ConvOptions(stride, padding, outputPadding, dilation, groups, on, paddingMode);
    }

    public ConvOptions paddingMode(PaddingMode mode) {
        return new ConvOptions(stride, padding, outputPadding, dilation, groups, bias, mode);
    }

    /** With one value per axis, checked. */
    ConvOptions resolved(int axes) {
        return new ConvOptions(Args.perAxis("stride", stride, axes, 1),
                padding.isSame() ? padding : Padding.of(Args.perAxis("padding", padding.amounts(), axes, 0)),
                Args.perAxis("output_padding", outputPadding, axes, 0), Args.perAxis("dilation", dilation, axes, 1), groups, bias,
                paddingMode);
    }
}
