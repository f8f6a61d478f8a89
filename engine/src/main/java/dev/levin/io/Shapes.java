package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.Shape;

import java.nio.file.Path;
import java.util.List;

/** Turns extents read from a file into shapes, refusing what overflows or does not fit a host array. */
final class Shapes {
    private static final int MAX_AXES = 64;

    private Shapes() {
    }

    /** Product of non-negative extents. */
    static long numel(Path file, String what, List<Long> extents) throws FormatException {
        if (extents.size() > MAX_AXES) {
            throw new FormatException(file, what + " has " + extents.size() + " axes; NumPy and PyTorch have at most " + MAX_AXES);
        }
        long n = 1;
        for (long e : extents) {
            if (e < 0) {
                throw new FormatException(file, what + " has the negative extent " + e + " in shape " + extents);
            }
            if (Math.multiplyHigh(n, e) != 0 || n * e < 0) {
                throw new FormatException(file, what + " has more elements than 64 bits can count: shape " + extents);
            }
            n *= e;
        }
        return n;
    }

    /** Bytes of a dense array; overflow is refused. */
    static long bytes(Path file, String what, DType dtype, List<Long> extents) throws FormatException {
        long n = numel(file, what, extents);
        if (n > Long.MAX_VALUE / dtype.bytes()) {
            throw new FormatException(file, what + " has more bytes than 64 bits can count: shape " + extents);
        }
        return n * dtype.bytes();
    }

    /** The shape; extents and element count must fit 31 bits, which is what a Java array holds. */
    static Shape shape(Path file, String what, List<Long> extents) throws FormatException {
        long n = numel(file, what, extents);
        int[] dims = new int[extents.size()];
        for (int i = 0; i < dims.length; i++) {
            if (extents.get(i) > Integer.MAX_VALUE || n > Integer.MAX_VALUE - 8) {
                throw new FormatException(file, what + " of shape " + extents + " is too large: arrays of up to 2^31 - 9 "
                        + "elements are supported; split it when writing");
            }
            dims[i] = (int) (long) extents.get(i);
        }
        return Shape.of(dims);
    }
}
