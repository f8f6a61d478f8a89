package dev.levin.reference;

import dev.levin.graph.Program;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Ops that move elements without computing: every view makes a new array, but for RESHAPE, which shares its input's. */
final class Views {
    private Views() {
    }

    static HostArray view(Program.Instr in, HostArray[] x, Shape[] shapes) {
        Shape s = shapes[0];
        int r = s.rank();
        int[] own = Rows.strides(s);
        return switch (in.op()) {
            case RESHAPE -> x[0];
            case PERMUTE -> {
                int[] strides = new int[r];
                for (int i = 0; i < r; i++) {
                    strides[i] = own[in.attr(i)];
                }
                yield read(in, x[0], 0, strides);
            }
            case EXPAND -> {
                for (int i = 0; i < r; i++) {
                    own[i] = s.dim(i) == 1 ? 0 : own[i];
                }
                yield read(in, x[0], 0, own);
            }
            case SLICE -> {
                int base = 0;
                int[] strides = new int[r];
                for (int i = 0; i < r; i++) {
                    base += in.attr(i) * own[i];
                    strides[i] = in.attr(r + i) * own[i];
                }
                yield read(in, x[0], base, strides);
            }
            case UNFOLD -> {
                int[] strides = Arrays.copyOf(own, r + 1);
                strides[in.attr(0)] = own[in.attr(0)] * in.attr(2);
                strides[r] = own[in.attr(0)];
                yield read(in, x[0], 0, strides);
            }
            case PAD -> pad(in, x[0], s);
            case CONCAT -> concat(in, x, shapes);
            default -> throw new IllegalArgumentException(in.op() + " is not a view");
        };
    }

    /** The elements of {@code x} at the given strides, in the shape of the instruction. */
    private static HostArray read(Program.Instr in, HostArray x, int base, int[] strides) {
        HostArray out = HostArray.allocate(in.dtype(), in.shape().numel());
        Rows.copy(in.shape().dims(), x.array(), base, strides, out.array(), 0, Rows.strides(in.shape()));
        return out;
    }

    private static HostArray pad(Program.Instr in, HostArray x, Shape s) {
        HostArray out = full(in.dtype(), in.shape(), in.attr()[2 * s.rank()]);
        int[] strides = Rows.strides(in.shape());
        int base = 0;
        for (int i = 0; i < s.rank(); i++) {
            base += in.attr(i) * strides[i];
        }
        Rows.copy(s.dims(), x.array(), 0, Rows.strides(s), out.array(), base, strides);
        return out;
    }

    private static HostArray concat(Program.Instr in, HostArray[] x, Shape[] shapes) {
        HostArray out = HostArray.allocate(in.dtype(), in.shape().numel());
        int[] strides = Rows.strides(in.shape());
        int base = 0;
        for (int k = 0; k < x.length; k++) {
            Rows.copy(shapes[k].dims(), x[k].array(), 0, Rows.strides(shapes[k]), out.array(), base, strides);
            base += shapes[k].dim(in.attr(0)) * strides[in.attr(0)];
        }
        return out;
    }

    /** A literal repeated; bits as in CONST. */
    static HostArray full(DType dtype, Shape shape, long bits) {
        HostArray out = HostArray.allocate(dtype, shape.numel());
        if (bits == 0 || out.length() == 0) {
            return out;
        }
        if (dtype.isFloat()) {
            out.setDouble(0, Double.longBitsToDouble(bits));
        } else {
            out.setLong(0, bits);
        }
        for (int done = 1; done < out.length(); done *= 2) {
            System.arraycopy(out.array(), 0, out.array(), done, Math.min(done, out.length() - done));
        }
        return out;
    }

    /** {@code x} at computed positions. */
    static HostArray pick(HostArray x, int[] positions) {
        HostArray out = HostArray.allocate(x.dtype(), positions.length);
        switch (x.array()) {
            case float[] a -> {
                float[] b = (float[]) out.array();
                for (int i = 0; i < b.length; i++) {
                    b[i] = a[positions[i]];
                }
            }
            case double[] a -> {
                double[] b = (double[]) out.array();
                for (int i = 0; i < b.length; i++) {
                    b[i] = a[positions[i]];
                }
            }
            default -> {
                for (int i = 0; i < positions.length; i++) {
                    System.arraycopy(x.array(), positions[i], out.array(), i, 1);
                }
            }
        }
        return out;
    }
}
