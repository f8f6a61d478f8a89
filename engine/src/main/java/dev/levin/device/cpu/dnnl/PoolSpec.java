package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Geometry of a pooling over one to three spatial axes: {@code [N, C, S...]} to {@code [N, C, T...]} with
 * {@code T = floor((S + before + after - dilation (K - 1) - 1) / stride) + 1}. Ceil mode is more padding after.
 *
 * @param dtype    F32, BF16 or F16
 * @param batch    N
 * @param channels C
 * @param size     S
 * @param kernel   K
 */
public record PoolSpec(Kind kind, DType dtype, long batch, long channels, List<Long> size, List<Long> kernel,
        List<Long> stride, List<Long> before, List<Long> after, List<Long> dilation) {

    /** What becomes of a window. */
    public enum Kind {
        /** The largest element; padding is never chosen. */
        MAX(0x1ff),
        /** The sum, divided by the size of the window. */
        AVERAGE(0x2ff),
        /** The sum, divided by the number of elements that are not padding. */
        AVERAGE_WITHOUT_PADDING(0x3ff);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    public PoolSpec {
        size = List.copyOf(size);
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        before = List.copyOf(before);
        after = List.copyOf(after);
        dilation = List.copyOf(dilation);
        int d = size.size();
        if (d < 1 || d > 3 || kernel.size() != d || stride.size() != d || before.size() != d || after.size() != d
                || dilation.size() != d) {
            throw new IllegalArgumentException("pooling needs 1 to 3 spatial axes and as many kernel, stride, padding and "
                    + "dilation values; got size " + size + ", kernel " + kernel + ", stride " + stride + ", padding " + before
                    + after + ", dilation " + dilation);
        }
        for (int i = 0; i < d; i++) {
            if (extent(size, kernel, stride, before, after, dilation, i) < 1) {
                throw new IllegalArgumentException("window " + kernel + " with dilation " + dilation
                        + " is larger than the padded input " + size + " + " + before + after);
            }
        }
    }

    /** F32, the same in every axis: the usual case. */
    public static PoolSpec of(Kind kind, long batch, long channels, List<Long> size, long kernel, long stride, long padding) {
        List<Long> p = repeat(padding, size.size());
        return new PoolSpec(kind, DType.F32, batch, channels, size, repeat(kernel, size.size()),
                repeat(stride, size.size()), p, p, repeat(1, size.size()));
    }

    private static List<Long> repeat(long value, int count) {
        return LongStream.generate(() -> value).limit(count).boxed().toList();
    }

    private static long extent(List<Long> size, List<Long> kernel, List<Long> stride, List<Long> before, List<Long> after,
            List<Long> dilation, int i) {
        return Math.floorDiv(size.get(i) + before.get(i) + after.get(i) - dilation.get(i) * (kernel.get(i) - 1) - 1,
                stride.get(i)) + 1;
    }

    PoolSpec withBatch(long count) {
        return new PoolSpec(kind, dtype, count, channels, size, kernel, stride, before, after, dilation);
    }

    /** T. */
    public List<Long> outputSize() {
        return IntStream.range(0, size.size()).mapToObj(i -> extent(size, kernel, stride, before, after, dilation, i))
                .toList();
    }

    long[] srcDims() {
        return LongStream.concat(LongStream.of(batch, channels), size.stream().mapToLong(Long::longValue)).toArray();
    }

    long[] dstDims() {
        return LongStream.concat(LongStream.of(batch, channels), outputSize().stream().mapToLong(Long::longValue)).toArray();
    }

    /** Bytes read or written for one image. */
    double bytesPerImage() {
        double n = 2.0 * channels * dtype.bytes();
        for (long s : size) {
            n *= s;
        }
        return n;
    }
}
