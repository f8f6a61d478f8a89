package dev.levin.kernel.jvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Runs of elements between memory and scratch arrays, with conversion from and to the kinds of arrays. Addresses and
 * strides are in bytes; strides may be zero or negative.
 */
final class Stager {
    /** Below this many elements a loop beats a bulk copy. */
    private static final int BULK = 8;

    private Stager() {
    }

    /** The array of a slot. */
    static Object array(Frame f, Step.Slot s) {
        return switch (s.kind()) {
            case F -> f.f[s.number()];
            case D -> f.d[s.number()];
            case I -> f.i[s.number()];
            case L -> f.l[s.number()];
            case M -> throw new IllegalStateException("masks have no array");
        };
    }

    /** {@code to[at + k] = memory[address + k * stride]} for k below n. */
    static void load(DType type, long address, long stride, Object to, int at, int n) {
        if (n <= 0) {
            return;
        }
        switch (type) {
            case F32 -> floats(address, stride, (float[]) to, at, n);
            case F64 -> doubles(address, stride, (double[]) to, at, n);
            case I32 -> ints(address, stride, (int[]) to, at, n);
            case I64 -> longs(address, stride, (long[]) to, at, n);
            case F16 -> {
                float[] x = (float[]) to;
                for (int k = 0; k < n; k++) {
                    x[at + k] = Float.float16ToFloat(Frame.ALL.get(JAVA_SHORT_UNALIGNED, address + k * stride));
                }
            }
            case BF16 -> {
                float[] x = (float[]) to;
                for (int k = 0; k < n; k++) {
                    x[at + k] = HostArray.bf16ToFloat(Frame.ALL.get(JAVA_SHORT_UNALIGNED, address + k * stride));
                }
            }
            case I16 -> {
                int[] x = (int[]) to;
                for (int k = 0; k < n; k++) {
                    x[at + k] = Frame.ALL.get(JAVA_SHORT_UNALIGNED, address + k * stride);
                }
            }
            case I8 -> {
                int[] x = (int[]) to;
                for (int k = 0; k < n; k++) {
                    x[at + k] = Frame.ALL.get(JAVA_BYTE, address + k * stride);
                }
            }
            case U8 -> {
                int[] x = (int[]) to;
                for (int k = 0; k < n; k++) {
                    x[at + k] = Frame.ALL.get(JAVA_BYTE, address + k * stride) & 0xff;
                }
            }
            case BOOL -> {
                int[] x = (int[]) to;
                for (int k = 0; k < n; k++) {
                    x[at + k] = Frame.ALL.get(JAVA_BYTE, address + k * stride) != 0 ? 1 : 0;
                }
            }
        }
    }

    private static void floats(long address, long stride, float[] x, int at, int n) {
        if (stride == 4 && n > BULK) {
            MemorySegment.copy(Frame.ALL, JAVA_FLOAT_UNALIGNED, address, x, at, n);
        } else if (stride == 0) {
            Arrays.fill(x, at, at + n, Frame.ALL.get(JAVA_FLOAT_UNALIGNED, address));
        } else {
            for (int k = 0; k < n; k++) {
                x[at + k] = Frame.ALL.get(JAVA_FLOAT_UNALIGNED, address + k * stride);
            }
        }
    }

    private static void doubles(long address, long stride, double[] x, int at, int n) {
        if (stride == 8 && n > BULK) {
            MemorySegment.copy(Frame.ALL, JAVA_DOUBLE_UNALIGNED, address, x, at, n);
        } else if (stride == 0) {
            Arrays.fill(x, at, at + n, Frame.ALL.get(JAVA_DOUBLE_UNALIGNED, address));
        } else {
            for (int k = 0; k < n; k++) {
                x[at + k] = Frame.ALL.get(JAVA_DOUBLE_UNALIGNED, address + k * stride);
            }
        }
    }

    private static void ints(long address, long stride, int[] x, int at, int n) {
        if (stride == 4 && n > BULK) {
            MemorySegment.copy(Frame.ALL, JAVA_INT_UNALIGNED, address, x, at, n);
        } else if (stride == 0) {
            Arrays.fill(x, at, at + n, Frame.ALL.get(JAVA_INT_UNALIGNED, address));
        } else {
            for (int k = 0; k < n; k++) {
                x[at + k] = Frame.ALL.get(JAVA_INT_UNALIGNED, address + k * stride);
            }
        }
    }

    private static void longs(long address, long stride, long[] x, int at, int n) {
        if (stride == 8 && n > BULK) {
            MemorySegment.copy(Frame.ALL, JAVA_LONG_UNALIGNED, address, x, at, n);
        } else if (stride == 0) {
            Arrays.fill(x, at, at + n, Frame.ALL.get(JAVA_LONG_UNALIGNED, address));
        } else {
            for (int k = 0; k < n; k++) {
                x[at + k] = Frame.ALL.get(JAVA_LONG_UNALIGNED, address + k * stride);
            }
        }
    }

    /** {@code memory[address + k * stride] = from[at + k]}, rounded or narrowed to {@code type}. */
    static void store(DType type, long address, long stride, Object from, int at, int n) {
        if (n <= 0) {
            return;
        }
        switch (type) {
            case F32 -> {
                float[] x = (float[]) from;
                if (stride == 4 && n > BULK) {
                    MemorySegment.copy(x, at, Frame.ALL, JAVA_FLOAT_UNALIGNED, address, n);
                } else {
                    for (int k = 0; k < n; k++) {
                        Frame.ALL.set(JAVA_FLOAT_UNALIGNED, address + k * stride, x[at + k]);
                    }
                }
            }
            case F64 -> {
                double[] x = (double[]) from;
                if (stride == 8 && n > BULK) {
                    MemorySegment.copy(x, at, Frame.ALL, JAVA_DOUBLE_UNALIGNED, address, n);
                } else {
                    for (int k = 0; k < n; k++) {
                        Frame.ALL.set(JAVA_DOUBLE_UNALIGNED, address + k * stride, x[at + k]);
                    }
                }
            }
            case I32 -> {
                int[] x = (int[]) from;
                if (stride == 4 && n > BULK) {
                    MemorySegment.copy(x, at, Frame.ALL, JAVA_INT_UNALIGNED, address, n);
                } else {
                    for (int k = 0; k < n; k++) {
                        Frame.ALL.set(JAVA_INT_UNALIGNED, address + k * stride, x[at + k]);
                    }
                }
            }
            case I64 -> {
                long[] x = (long[]) from;
                if (stride == 8 && n > BULK) {
                    MemorySegment.copy(x, at, Frame.ALL, JAVA_LONG_UNALIGNED, address, n);
                } else {
                    for (int k = 0; k < n; k++) {
                        Frame.ALL.set(JAVA_LONG_UNALIGNED, address + k * stride, x[at + k]);
                    }
                }
            }
            case F16 -> {
                float[] x = (float[]) from;
                for (int k = 0; k < n; k++) {
                    Frame.ALL.set(JAVA_SHORT_UNALIGNED, address + k * stride, Float.floatToFloat16(x[at + k]));
                }
            }
            case BF16 -> {
                float[] x = (float[]) from;
                for (int k = 0; k < n; k++) {
                    Frame.ALL.set(JAVA_SHORT_UNALIGNED, address + k * stride, HostArray.floatToBf16(x[at + k]));
                }
            }
            case I16 -> {
                int[] x = (int[]) from;
                for (int k = 0; k < n; k++) {
                    Frame.ALL.set(JAVA_SHORT_UNALIGNED, address + k * stride, (short) x[at + k]);
                }
            }
            case I8, U8, BOOL -> {
                int[] x = (int[]) from;
                for (int k = 0; k < n; k++) {
                    Frame.ALL.set(JAVA_BYTE, address + k * stride, (byte) x[at + k]);
                }
            }
        }
    }

    /** Sets {@code n} elements to a literal, encoded as in {@link dev.levin.kernel.Value.Const}. */
    static void fill(DType type, long bits, Object to, int at, int n) {
        switch (Kind.of(type)) {
            case F -> Arrays.fill((float[]) to, at, at + n, (float) Double.longBitsToDouble(bits));
            case D -> Arrays.fill((double[]) to, at, at + n, Double.longBitsToDouble(bits));
            case I -> Arrays.fill((int[]) to, at, at + n, (int) bits);
            default -> Arrays.fill((long[]) to, at, at + n, bits);
        }
    }
}
