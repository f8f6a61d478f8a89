package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.util.Arrays;
import java.util.Objects;

/**
 * A dense row-major array as files hold it: a shape and its elements.
 *
 * <p>The elements are not copied and should be treated as read-only: two entries of one file that are the same array
 * (tied weights) share one {@link HostArray}, and writers that know shared storage save it once.
 *
 * @param shape extents; {@code []} is a scalar
 * @param data exactly {@code shape.numel()} elements
 */
public record ArrayData(Shape shape, HostArray data) {
    /** @throws IllegalArgumentException if the number of elements is not that of the shape */
    public ArrayData {
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(data, "data");
        if (shape.numel() != data.length()) {
            throw new IllegalArgumentException("shape " + shape + " has " + shape.numel() + " elements, the data has "
                    + data.length());
        }
    }

    public DType dtype() {
        return data.dtype();
    }

    /** Equal shape, element type and bit patterns (so that NaN equals the same NaN, and 0.0 differs from -0.0). */
    @Override
    public boolean equals(Object o) {
        return o instanceof ArrayData a && shape.equals(a.shape) && dtype() == a.dtype()
                && (data == a.data || data.segment().mismatch(a.data.segment()) < 0);
    }

    @Override
    public int hashCode() {
        return Objects.hash(shape, dtype(), Arrays.hashCode(new int[] {data.length(),
            data.length() == 0 ? 0 : Double.hashCode(data.getDouble(0))}));
    }

    /** {@code float32[3, 4]}. */
    @Override
    public String toString() {
        return dtype().torchName() + shape;
    }
}
