package dev.levin.type;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Row-major elements on the Java heap: a primitive array with its element type.
 *
 * <p>F32 is {@code float[]}, F64 {@code double[]}, I64 {@code long[]}, I32 {@code int[]}, I16, F16 and BF16
 * {@code short[]} (the 16-bit patterns), I8, U8 and BOOL (0 or 1) {@code byte[]}.
 */
public final class HostArray {
    private final DType dtype;
    private final Object array;
    private final int length;

    private HostArray(DType dtype, Object array) {
        this.dtype = dtype;
        this.array = array;
        this.length = java.lang.reflect.Array.getLength(array);
    }

    /** Zeros. */
    public static HostArray allocate(DType dtype, long numel) {
        int n = Math.toIntExact(numel);
        return new HostArray(dtype, switch (dtype) {
            case F32 -> new float[n];
            case F64 -> new double[n];
            case I64 -> new long[n];
            case I32 -> new int[n];
            case I16, F16, BF16 -> new short[n];
            case I8, U8, BOOL -> new byte[n];
        });
    }

    /** Wraps a primitive array of the carrier type of {@code dtype}, without copying. */
    public static HostArray wrap(DType dtype, Object array) {
        Class<?> want = switch (dtype) {
            case F32 -> float[].class;
            case F64 -> double[].class;
            case I64 -> long[].class;
            case I32 -> int[].class;
            case I16, F16, BF16 -> short[].class;
            case I8, U8, BOOL -> byte[].class;
        };
        if (array.getClass() != want) {
            throw new IllegalArgumentException(dtype + " elements live in a " + want.getSimpleName() + ", not in a "
                    + array.getClass().getSimpleName());
        }
        return new HostArray(dtype, array);
    }

    public DType dtype() {
        return dtype;
    }

    public int length() {
        return length;
    }

    public long bytes() {
        return (long) length * dtype.bytes();
    }

    /** The primitive array itself, not a copy. */
    public Object array() {
        return array;
    }

    /** The elements as a heap segment, in native byte order. */
    public MemorySegment segment() {
        return switch (array) {
            case float[] a -> MemorySegment.ofArray(a);
            case double[] a -> MemorySegment.ofArray(a);
            case long[] a -> MemorySegment.ofArray(a);
            case int[] a -> MemorySegment.ofArray(a);
            case short[] a -> MemorySegment.ofArray(a);
            case byte[] a -> MemorySegment.ofArray(a);
            default -> throw new AssertionError(array.getClass());
        };
    }

    /** Copies {@code bytes()} bytes from native (or heap) memory. */
    public HostArray copyFrom(MemorySegment source) {
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, segment(), ValueLayout.JAVA_BYTE, 0, bytes());
        return this;
    }

    /** Element as a double; exact for every type but I64 beyond 2^53. */
    public double getDouble(int i) {
        return switch (dtype) {
            case F32 -> ((float[]) array)[i];
            case F64 -> ((double[]) array)[i];
            case F16 -> Float.float16ToFloat(((short[]) array)[i]);
            case BF16 -> bf16ToFloat(((short[]) array)[i]);
            default -> getLong(i);
        };
    }

    /** Element as a long; floats are truncated towards zero. */
    public long getLong(int i) {
        return switch (dtype) {
            case I64 -> ((long[]) array)[i];
            case I32 -> ((int[]) array)[i];
            case I16 -> ((short[]) array)[i];
            case I8 -> ((byte[]) array)[i];
            case U8, BOOL -> ((byte[]) array)[i] & 0xff;
            default -> (long) getDouble(i);
        };
    }

    /** Stores with one rounding for floats, truncation and wrap-around for ints, {@code != 0} for BOOL. */
    public void setDouble(int i, double v) {
        switch (dtype) {
            case F32 -> ((float[]) array)[i] = (float) v;
            case F64 -> ((double[]) array)[i] = v;
            case F16 -> ((short[]) array)[i] = Float.floatToFloat16((float) v);
            case BF16 -> ((short[]) array)[i] = floatToBf16((float) v);
            case BOOL -> ((byte[]) array)[i] = (byte) (v != 0 ? 1 : 0);
            default -> setLong(i, (long) v);
        }
    }

    public void setLong(int i, long v) {
        switch (dtype) {
            case I64 -> ((long[]) array)[i] = v;
            case I32 -> ((int[]) array)[i] = (int) v;
            case I16 -> ((short[]) array)[i] = (short) v;
            case I8, U8 -> ((byte[]) array)[i] = (byte) v;
            case BOOL -> ((byte[]) array)[i] = (byte) (v != 0 ? 1 : 0);
            case F32 -> ((float[]) array)[i] = v;
            default -> setDouble(i, v);
        }
    }

    public HostArray copy() {
        return allocate(dtype, length).copyFrom(segment());
    }

    /** Round to nearest, ties to even; NaN stays NaN. */
    public static short floatToBf16(float f) {
        int bits = Float.floatToRawIntBits(f);
        if (f != f) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    public static float bf16ToFloat(short s) {
        return Float.intBitsToFloat(s << 16);
    }
}
