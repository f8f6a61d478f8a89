package dev.levin.io;

import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Gathers a strided view of an array into a dense row-major one. */
final class Strided {
    private Strided() {
    }

    /**
     * Copies the elements {@code source[offset + sum(index[i] * strides[i])]}. The caller has checked that every
     * one of them lies inside {@code source}; strides are not negative.
     */
    static HostArray gather(HostArray source, long offset, Shape shape, long[] strides) {
        HostArray out = HostArray.allocate(source.dtype(), shape.numel());
        if (out.length() == 0) {
            return out;
        }
        int rank = shape.rank();
        int inner = rank == 0 ? 1 : shape.dim(rank - 1);
        int step = rank == 0 || inner == 1 ? 1 : Math.toIntExact(strides[rank - 1]);
        int[] index = new int[Math.max(rank - 1, 0)];
        long from = offset;
        for (int to = 0; to < out.length(); to += inner) {
            run(source.array(), (int) from, step, out.array(), to, inner);
            for (int axis = index.length - 1; axis >= 0; axis--) {
                from += strides[axis];
                if (++index[axis] < shape.dim(axis)) {
                    break;
                }
                from -= strides[axis] * index[axis];
                index[axis] = 0;
            }
        }
        return out;
    }

    private static void run(Object source, int from, int step, Object target, int to, int n) {
        if (step == 1) {
            System.arraycopy(source, from, target, to, n);
            return;
        }
        switch (source) {
            case float[] s -> {
                float[] t = (float[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i] = s[from + i * step];
                }
            }
            case double[] s -> {
                double[] t = (double[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i] = s[from + i * step];
                }
            }
            case long[] s -> {
                long[] t = (long[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i] = s[from + i * step];
                }
            }
            case int[] s -> {
                int[] t = (int[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i] = s[from + i * step];
                }
            }
            case short[] s -> {
                short[] t = (short[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i] = s[from + i * step];
                }
            }
            case byte[] s -> {
                byte[] t = (byte[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i] = s[from + i * step];
                }
            }
            default -> throw new AssertionError(source.getClass());
        }
    }
}
