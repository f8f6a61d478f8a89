package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Geometry and types of a convolution (cross-correlation) over one to three spatial axes, for all three directions.
 *
 * <p>Source {@code [N, C, S...]}, weights {@code [O, C / groups, K...]}, destination {@code [N, O, T...]} with
 * {@code T = floor((S + before + after - dilation (K - 1) - 1) / stride) + 1}.
 *
 * @param input    type of what is read: F32, BF16 or F16; products are summed in F32
 * @param output   type of the result of the direction at hand: that of the input, or F32
 * @param batch    N
 * @param channels C
 * @param filters  O
 * @param size     S
 * @param kernel   K
 * @param before   zero padding before each axis
 * @param after    zero padding after each axis
 * @param dilation distance of kernel elements, 1 for an ordinary convolution
 */
public record ConvSpec(DType input, DType output, long batch, long groups, long channels, long filters, List<Long> size,
        List<Long> kernel, List<Long> stride, List<Long> before, List<Long> after, List<Long> dilation) {

    public ConvSpec {
        size = List.copyOf(size);
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        before = List.copyOf(before);
        after = List.copyOf(after);
        dilation = List.copyOf(dilation);
        int d = size.size();
        if (d < 1 || d > 3 || kernel.size() != d || stride.size() != d || before.size() != d || after.size() != d
                || dilation.size() != d) {
            throw new IllegalArgumentException("a convolution needs 1 to 3 spatial axes and as many kernel, stride, padding "
                    + "and dilation values; got size " + size + ", kernel " + kernel + ", stride " + stride + ", padding "
                    + before + after + ", dilation " + dilation);
        }
        if (groups < 1 || channels % groups != 0 || filters % groups != 0) {
            throw new IllegalArgumentException(groups + " groups must divide both " + channels + " channels and " + filters
                    + " filters");
        }
        if (output != input && output != DType.F32) {
            throw new IllegalArgumentException("a convolution of " + input + " is stored as " + input + " or F32, not "
                    + output);
        }
        for (int i = 0; i < d; i++) {
            if (stride.get(i) < 1 || dilation.get(i) < 1 || before.get(i) < 0 || after.get(i) < 0) {
                throw new IllegalArgumentException("stride " + stride + " and dilation " + dilation
                        + " must be at least 1, padding " + before + after + " at least 0");
            }
            if (extent(size, kernel, stride, before, after, dilation, i) < 1) {
                throw new IllegalArgumentException("kernel " + kernel + " with dilation " + dilation
                        + " is larger than the padded input " + size + " + " + before + after);
            }
        }
    }

    /** F32, square in every axis: the usual case. */
    public static ConvSpec of(long batch, long channels, long filters, List<Long> size, long kernel, long stride,
            long padding) {
        List<Long> k = repeat(kernel, size.size());
        List<Long> p = repeat(padding, size.size());
        return new ConvSpec(DType.F32, DType.F32, batch, 1, channels, filters, size, k, repeat(stride, size.size()), p, p,
                repeat(1, size.size()));
    }

    private static List<Long> repeat(long value, int count) {
        return LongStream.generate(() -> value).limit(count).boxed().toList();
    }

    /** The same geometry in other types. */
    public ConvSpec withTypes(DType in, DType out) {
        return new ConvSpec(in, out, batch, groups, channels, filters, size, kernel, stride, before, after, dilation);
    }

    /** The same geometry in groups. */
    public ConvSpec withGroups(long count) {
        return new ConvSpec(input, output, batch, count, channels, filters, size, kernel, stride, before, after, dilation);
    }

    ConvSpec withBatch(long count) {
        return new ConvSpec(input, output, count, groups, channels, filters, size, kernel, stride, before, after, dilation);
    }

    private static long extent(List<Long> size, List<Long> kernel, List<Long> stride, List<Long> before, List<Long> after,
            List<Long> dilation, int i) {
        return Math.floorDiv(size.get(i) + before.get(i) + after.get(i) - dilation.get(i) * (kernel.get(i) - 1) - 1,
                stride.get(i)) + 1;
    }

    /** T: the spatial extents of the destination. */
    public List<Long> outputSize() {
        return LongStream.range(0, size.size())
                .mapToObj(i -> extent(size, kernel, stride, before, after, dilation, (int) i)).toList();
    }

    long[] srcDims() {
        return LongStream.concat(LongStream.of(batch, channels), size.stream().mapToLong(Long::longValue)).toArray();
    }

    long[] dstDims() {
        return LongStream.concat(LongStream.of(batch, filters), outputSize().stream().mapToLong(Long::longValue)).toArray();
    }

    /** With a leading axis of groups if there are any; the plain bytes are the same with and without. */
    long[] weightDims() {
        LongStream lead = groups == 1 ? LongStream.of(filters, channels)
                : LongStream.of(groups, filters / groups, channels / groups);
        return LongStream.concat(lead, kernel.stream().mapToLong(Long::longValue)).toArray();
    }

    /** Multiplications and additions of one image, not counting what falls on padding as less. */
    double flopsPerImage() {
        double f = 2.0 * filters * (channels / groups);
        for (long k : kernel) {
            f *= k;
        }
        for (long t : outputSize()) {
            f *= t;
        }
        return f;
    }

    static long[] array(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** The library counts a dense kernel as dilation 0. */
    long[] zeroBasedDilation() {
        return dilation.stream().mapToLong(d -> d - 1).toArray();
    }
}
