package dev.levin.device.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.MemorySegment;

/**
 * One tile of C in heap arrays of its arithmetic type: {@code begin}, then for each stretch of k the rows of A and B and
 * {@code multiply}, at last {@code store}. For one thread at a time.
 */
abstract class Tile {
    @SuppressWarnings("restricted")
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Makes room, and zeroes the sums. */
    abstract void begin(int rows, int cols, int depth);

    /** Loads row {@code row} of A: {@code n} elements, {@code stride} apart. */
    abstract void loadA(DType dtype, long address, long stride, int row, int n);

    /** Loads row {@code row} of B: {@code n} elements, {@code stride} apart. */
    abstract void loadB(DType dtype, long address, long stride, int row, int n);

    /** Adds the product of what is loaded to the sums. */
    abstract void multiply(int rows, int cols, int depth);

    /** Stores one row of the sums, plus the bias if {@code biasType} is not null, plus what is there if {@code accumulate}. */
    abstract void store(int row, int n, DType dtype, long address, long stride, DType biasType, long bias,
            boolean accumulate, boolean relu);

    static double getDouble(DType dtype, long address) {
        return switch (dtype) {
            case F64 -> MEMORY.get(JAVA_DOUBLE, address);
            case F32 -> MEMORY.get(JAVA_FLOAT, address);
            case BF16 -> HostArray.bf16ToFloat(MEMORY.get(JAVA_SHORT, address));
            case F16 -> Float.float16ToFloat(MEMORY.get(JAVA_SHORT, address));
            default -> getLong(dtype, address);
        };
    }

    static float getFloat(DType dtype, long address) {
        return switch (dtype) {
            case F32 -> MEMORY.get(JAVA_FLOAT, address);
            case BF16 -> HostArray.bf16ToFloat(MEMORY.get(JAVA_SHORT, address));
            case F16 -> Float.float16ToFloat(MEMORY.get(JAVA_SHORT, address));
            default -> (float) getDouble(dtype, address);
        };
    }

    static void putFloat(DType dtype, long address, float v) {
        switch (dtype) {
            case F32 -> MEMORY.set(JAVA_FLOAT, address, v);
            case BF16 -> MEMORY.set(JAVA_SHORT, address, HostArray.floatToBf16(v));
            case F16 -> MEMORY.set(JAVA_SHORT, address, Float.floatToFloat16(v));
            default -> throw new AssertionError(dtype);
        }
    }

    static void putDouble(DType dtype, long address, double v) {
        if (dtype == DType.F64) {
            MEMORY.set(JAVA_DOUBLE, address, v);
        } else {
            putFloat(dtype, address, (float) v);
        }
    }

    static int getInt(DType dtype, long address) {
        return (int) getLong(dtype, address);
    }

    static void putInt(DType dtype, long address, int v) {
        putLong(dtype, address, v);
    }

    static long getLong(DType dtype, long address) {
        return switch (dtype) {
            case I64 -> MEMORY.get(JAVA_LONG, address);
            case I32 -> MEMORY.get(JAVA_INT, address);
            case I16 -> MEMORY.get(JAVA_SHORT, address);
            case I8 -> MEMORY.get(JAVA_BYTE, address);
            case U8, BOOL -> MEMORY.get(JAVA_BYTE, address) & 0xff;
            default -> (long) getDouble(dtype, address);
        };
    }

    static void putLong(DType dtype, long address, long v) {
        switch (dtype) {
            case I64 -> MEMORY.set(JAVA_LONG, address, v);
            case I32 -> MEMORY.set(JAVA_INT, address, (int) v);
            case I16 -> MEMORY.set(JAVA_SHORT, address, (short) v);
            case I8, U8 -> MEMORY.set(JAVA_BYTE, address, (byte) v);
            case F32 -> MEMORY.set(JAVA_FLOAT, address, v);
            default -> throw new AssertionError(dtype);
        }
    }
}
