package dev.levin.loggers.tensorboard;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/**
 * Host elements with their shape, row-major: what a {@link SummaryWriter} takes pictures, matrices and values as.
 *
 * @param data the elements
 * @param shape extents; their product is the number of elements
 */
public record HostTensor(HostArray data, Shape shape) {

    /** @throws IllegalArgumentException if shape and number of elements don't agree */
    public HostTensor {
        if (shape.numel() != data.length()) {
            throw new IllegalArgumentException("shape " + shape + " has " + shape.numel() + " elements, but "
                    + data.length() + " were given");
        }
    }

    /** F32 elements; without {@code dims} a vector. The array is not copied. */
    public static HostTensor of(float[] data, int... dims) {
        return of(HostArray.wrap(DType.F32, data), dims);
    }

    /** F64 elements; without {@code dims} a vector. The array is not copied. */
    public static HostTensor of(double[] data, int... dims) {
        return of(HostArray.wrap(DType.F64, data), dims);
    }

    /** U8 elements; without {@code dims} a vector. The array is not copied. */
    public static HostTensor of(byte[] data, int... dims) {
        return of(HostArray.wrap(DType.U8, data), dims);
    }

    private static HostTensor of(HostArray data, int... dims) {
        return new HostTensor(data, dims.length == 0 ? Shape.of(data.length()) : Shape.of(dims));
    }

    /** A copy that later changes of the elements don't reach. */
    HostTensor copy() {
        return new HostTensor(data.copy(), shape);
    }
}
