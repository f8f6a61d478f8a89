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
    static void load(Frame f, DType type, long address, long stride, Object to, int at, int n) {
        if (n <= 0) {
            return;
        }
        switch (type) {
            case F32 -> floats(address, stride, (float[]) to, at, n);
            case F64 -> doubles(address, stride, (double[]) to, at, n);
            case I32 -> ints(address, stride, (int[]) to, at, n);
            case I64 -> longs(address, stride, (long[]) to, at, n);
            case F16 -> f16((float[]) to, at, shorts(f, address, stride, n), n);
            case BF16 -> bf16((float[]) to, at, shorts(f, address, stride, n), n);
            case I16 -> i16((int[]) to, at, shorts(f, address, stride, n), n);
            case I8 -> i8((int[]) to, at, bytes(f, address, stride, n), n);
            case U8 -> u8((int[]) to, at, bytes(f, address, stride, n), n);
            case BOOL -> bool((int[]) to, at, bytes(f, address, stride, n), n);
        }
    }

    private static short[] shorts(Frame f, long address, long stride, int n) {
        short[] raw = f.shorts(n);
        if (stride == 2 && n > BULK) {
            MemorySegment.copy(Frame.ALL, JAVA_SHORT_UNALIGNED, address, raw, 0, n);
        } else {
            for (int k = 0; k < n; k++) {
                raw[k] = Frame.ALL.get(JAVA_SHORT_UNALIGNED, address + k * stride);
            }
        }
        return raw;
    }

    private static byte[] bytes(Frame f, long address, long stride, int n) {
        byte[] raw = f.bytes(n);
        if (stride == 1 && n > BULK) {
            MemorySegment.copy(Frame.ALL, JAVA_BYTE, address, raw, 0, n);
        } else {
            for (int k = 0; k < n; k++) {
                raw[k] = Frame.ALL.get(JAVA_BYTE, address + k * stride);
            }
        }
        return raw;
    }

    private static void f16(float[] x, int at, short[] raw, int n) {
        for (int k = 0; k < n; k++) {
            x[at + k] = Float.float16ToFloat(raw[k]);
        }
    }

    private static void bf16(float[] x, int at, short[] raw, int n) {
        for (int k = 0; k < n; k++) {
            x[at + k] = Float.intBitsToFloat(raw[k] << 16);
        }
    }

    private static void i16(int[] x, int at, short[] raw, int n) {
        for (int k = 0; k < n; k++) {
            x[at + k] = raw[k];
        }
    }

    private static void i8(int[] x, int at, byte[] raw, int n) {
        for (int k = 0; k < n; k++) {
            x[at + k] = raw[k];
        }
    }

    private static void u8(int[] x, int at, byte[] raw, int n) {
        for (int k = 0; k < n; k++) {
            x[at + k] = raw[k] & 0xff;
        }
    }

    private static void bool(int[] x, int at, byte[] raw, int n) {
        for (int k = 0; k < n; k++) {
            x[at + k] = raw[k] != 0 ? 1 : 0;
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
    static void store(Frame f, DType type, long address, long stride, Object from, int at, int n) {
        if (n <= 0) {
            return;
        }
        switch (type) {
            case F32 -> storeFloats(address, stride, (float[]) from, at, n);
            case F64 -> storeDoubles(address, stride, (double[]) from, at, n);
            case I32 -> storeInts(address, stride, (int[]) from, at, n);
            case I64 -> storeLongs(address, stride, (long[]) from, at, n);
            case F16 -> {
                short[] raw = f.shorts(n);
                toF16((float[]) from, at, raw, n);
                storeShorts(address, stride, raw, n);
            }
            case BF16 -> {
                short[] raw = f.shorts(n);
                toBf16((float[]) from, at, raw, n);
                storeShorts(address, stride, raw, n);
            }
            case I16 -> {
                short[] raw = f.shorts(n);
                toShorts((int[]) from, at, raw, n);
                storeShorts(address, stride, raw, n);
            }
            case I8, U8, BOOL -> {
                byte[] raw = f.bytes(n);
                toBytes((int[]) from, at, raw, n);
                storeBytes(address, stride, raw, n);
            }
        }
    }

    private static void storeFloats(long address, long stride, float[] x, int at, int n) {
        if (stride == 4 && n > BULK) {
            MemorySegment.copy(x, at, Frame.ALL, JAVA_FLOAT_UNALIGNED, address, n);
        } else {
            for (int k = 0; k < n; k++) {
                Frame.ALL.set(JAVA_FLOAT_UNALIGNED, address + k * stride, x[at + k]);
            }
        }
    }

    private static void storeDoubles(long address, long stride, double[] x, int at, int n) {
        if (stride == 8 && n > BULK) {
            MemorySegment.copy(x, at, Frame.ALL, JAVA_DOUBLE_UNALIGNED, address, n);
        } else {
            for (int k = 0; k < n; k++) {
                Frame.ALL.set(JAVA_DOUBLE_UNALIGNED, address + k * stride, x[at + k]);
            }
        }
    }

    private static void storeInts(long address, long stride, int[] x, int at, int n) {
        if (stride == 4 && n > BULK) {
            MemorySegment.copy(x, at, Frame.ALL, JAVA_INT_UNALIGNED, address, n);
        } else {
            for (int k = 0; k < n; k++) {
                Frame.ALL.set(JAVA_INT_UNALIGNED, address + k * stride, x[at + k]);
            }
        }
    }

    private static void storeLongs(long address, long stride, long[] x, int at, int n) {
        if (stride == 8 && n > BULK) {
            MemorySegment.copy(x, at, Frame.ALL, JAVA_LONG_UNALIGNED, address, n);
        } else {
            for (int k = 0; k < n; k++) {
                Frame.ALL.set(JAVA_LONG_UNALIGNED, address + k * stride, x[at + k]);
            }
        }
    }

    private static void toF16(float[] x, int at, short[] raw, int n) {
        for (int k = 0; k < n; k++) {
            raw[k] = Float.floatToFloat16(x[at + k]);
        }
    }

    private static void toBf16(float[] x, int at, short[] raw, int n) {
        for (int k = 0; k < n; k++) {
            raw[k] = HostArray.floatToBf16(x[at + k]);
        }
    }

    private static void toShorts(int[] x, int at, short[] raw, int n) {
        for (int k = 0; k < n; k++) {
            raw[k] = (short) x[at + k];
        }
    }

    private static void toBytes(int[] x, int at, byte[] raw, int n) {
        for (int k = 0; k < n; k++) {
            raw[k] = (byte) x[at + k];
        }
    }

    private static void storeShorts(long address, long stride, short[] raw, int n) {
        if (stride == 2 && n > BULK) {
            MemorySegment.copy(raw, 0, Frame.ALL, JAVA_SHORT_UNALIGNED, address, n);
        } else {
            for (int k = 0; k < n; k++) {
                Frame.ALL.set(JAVA_SHORT_UNALIGNED, address + k * stride, raw[k]);
            }
        }
    }

    private static void storeBytes(long address, long stride, byte[] raw, int n) {
        if (stride == 1 && n > BULK) {
            MemorySegment.copy(raw, 0, Frame.ALL, JAVA_BYTE, address, n);
        } else {
            for (int k = 0; k < n; k++) {
                Frame.ALL.set(JAVA_BYTE, address + k * stride, raw[k]);
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
