package dev.levin.reference;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

/** Host arrays as the two types the interpreter computes in: double for floats, long for integers and booleans. */
final class Values {
    private Values() {
    }

    /** All elements; the array of an F64 value itself, so not to be written to. */
    static double[] doubles(HostArray h) {
        int n = h.length();
        if (h.array() instanceof double[] same) {
            return same;
        }
        double[] out = new double[n];
        switch (h.dtype()) {
            case F32 -> {
                float[] a = (float[]) h.array();
                for (int i = 0; i < n; i++) {
                    out[i] = a[i];
                }
            }
            case F16 -> {
                short[] a = (short[]) h.array();
                for (int i = 0; i < n; i++) {
                    out[i] = Float.float16ToFloat(a[i]);
                }
            }
            case BF16 -> {
                short[] a = (short[]) h.array();
                for (int i = 0; i < n; i++) {
                    out[i] = HostArray.bf16ToFloat(a[i]);
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    out[i] = h.getLong(i);
                }
            }
        }
        return out;
    }

    /** All elements of an integer or boolean value; the array of an I64 value itself, so not to be written to. */
    static long[] longs(HostArray h) {
        if (h.array() instanceof long[] same) {
            return same;
        }
        long[] out = new long[h.length()];
        for (int i = 0; i < out.length; i++) {
            out[i] = h.getLong(i);
        }
        return out;
    }

    /** One rounding; integers truncate and wrap. F64 takes the array over. */
    static HostArray of(DType dtype, double[] v) {
        if (dtype == DType.F64) {
            return HostArray.wrap(dtype, v);
        }
        HostArray out = HostArray.allocate(dtype, v.length);
        if (out.array() instanceof float[] f) {
            for (int i = 0; i < f.length; i++) {
                f[i] = (float) v[i];
            }
        } else {
            for (int i = 0; i < v.length; i++) {
                out.setDouble(i, v[i]);
            }
        }
        return out;
    }

    /** Wraps around at the width of {@code dtype}. I64 takes the array over. */
    static HostArray of(DType dtype, long[] v) {
        if (dtype == DType.I64) {
            return HostArray.wrap(dtype, v);
        }
        HostArray out = HostArray.allocate(dtype, v.length);
        for (int i = 0; i < v.length; i++) {
            if (dtype.isHalf()) {
                out.setDouble(i, (float) v[i]);
            } else {
                out.setLong(i, v[i]);
            }
        }
        return out;
    }

    /**
     * Order-preserving keys: larger elements have larger keys, NaN the largest. The two zeros are equal. With
     * {@code reverse}, smaller elements have larger keys, and NaN has the largest still if {@code nanWins}, else the
     * smallest.
     */
    static long[] keys(HostArray h, boolean reverse, boolean nanWins) {
        long[] keys;
        if (h.dtype().isFloat()) {
            double[] x = doubles(h);
            keys = new long[x.length];
            for (int i = 0; i < x.length; i++) {
                long bits = Double.doubleToLongBits(x[i] + 0.0);
                long key = bits ^ bits >> 63 & Long.MAX_VALUE;
                keys[i] = reverse && !(nanWins && x[i] != x[i]) ? ~key : key;
            }
        } else {
            keys = longs(h).clone();
            for (int i = 0; reverse && i < keys.length; i++) {
                keys[i] = ~keys[i];
            }
        }
        return keys;
    }
}
