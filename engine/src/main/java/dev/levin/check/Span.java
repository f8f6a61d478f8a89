package dev.levin.check;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.function.UnaryOperator;

/**
 * For every element of a value, the smallest and the largest number a device may make of it.
 *
 * <p>Both ends are F64 for a float type, else of the type itself. An element that is NaN for certain has two NaN ends; one
 * that may be anything, NaN included, reaches from minus infinity to NaN (for integers: over the whole range). A zero has no sign.
 */
record Span(DType type, HostArray lo, HostArray hi) {

    /** Zeros. */
    Span(DType type, int length) {
        this(type, HostArray.allocate(carrier(type), length), HostArray.allocate(carrier(type), length));
    }

    /** Values that every device has. */
    static Span of(HostArray value) {
        HostArray ends = Oracle.as(carrier(value.dtype()), value).copy();
        Span out = new Span(value.dtype(), ends, ends.copy());
        for (int i = 0; value.dtype().isFloat() && i < out.length(); i++) {
            double v = ends.getDouble(i);
            // A device may flush denormal numbers.
            boolean flushed = v != 0 && Math.abs(v) < (value.dtype() == DType.F64 ? Double.MIN_NORMAL : Float.MIN_NORMAL);
            out.put(i, flushed ? Math.min(v, 0) : v, flushed ? Math.max(v, 0) : v);
        }
        return out;
    }

    static DType carrier(DType type) {
        return type.isFloat() ? DType.F64 : type;
    }

    int length() {
        return lo.length();
    }

    double low(int i) {
        return lo.getDouble(i);
    }

    double high(int i) {
        return hi.getDouble(i);
    }

    /** One value for certain, NaN included. */
    boolean isPoint(int i) {
        return type.isFloat() ? Double.compare(low(i) + 0.0, high(i) + 0.0) == 0 : lo.getLong(i) == hi.getLong(i);
    }

    /** Whether it may be anything at all. */
    boolean isAny(int i) {
        if (type.isFloat()) {
            return !isPoint(i) && Double.isNaN(high(i));
        }
        return !type.isBool() && lo.getLong(i) == least(type) && hi.getLong(i) == most(type);
    }

    boolean isNaN(int i) {
        return type.isFloat() && Double.isNaN(low(i));
    }

    boolean contains(int i, double v) {
        return low(i) <= v && !(high(i) < v);
    }

    /** Ends in any order; where only one is a number, anything. */
    void put(int i, double a, double b) {
        if (Double.isNaN(a) != Double.isNaN(b)) {
            putAny(i);
        } else if (type.isFloat()) {
            lo.setDouble(i, Math.min(a, b) + 0.0);
            hi.setDouble(i, Math.max(a, b) + 0.0);
        } else if (Math.min(a, b) < Math.max(least(type), -0x1p53) || Math.max(a, b) > Math.min(most(type), 0x1p53)) {
            putAny(i);
        } else {
            lo.setLong(i, (long) Math.min(a, b));
            hi.setLong(i, (long) Math.max(a, b));
        }
    }

    void putPoint(int i, long v) {
        lo.setLong(i, v);
        hi.setLong(i, v);
    }

    void putAny(int i) {
        if (type.isFloat()) {
            lo.setDouble(i, Double.NEGATIVE_INFINITY);
            hi.setDouble(i, Double.NaN);
        } else {
            lo.setLong(i, least(type));
            hi.setLong(i, most(type));
        }
    }

    /** Ends that rounding may move outwards by a share of themselves. */
    void putRounded(int i, double a, double b, double share) {
        put(i, a, b);
        if (isNaN(i) || isAny(i)) {
            return;
        }
        double smallest = Oracle.smallest(type);
        double low = low(i);
        double high = high(i);
        double tiny = Math.min(Math.abs(low), Math.abs(high)) < smallest / Oracle.unit(type) ? smallest : 0;
        if (share > 0) {
            low -= low == 0 || Double.isInfinite(low) ? 0 : Math.abs(low) * share + tiny;
            high += high == 0 || Double.isInfinite(high) ? 0 : Math.abs(high) * share + tiny;
            if (low > 0 && low <= 4 * smallest || high < 0 && high >= -4 * smallest) {
                low = Math.min(low, 0);
                high = Math.max(high, 0);
            }
        }
        double most = largest(type);
        double surely = (type == DType.F16 ? Float.MAX_VALUE : most) * (1 + 16 * Oracle.unit(type == DType.F64 ? type : DType.F32));
        // A 16-bit number past the largest is infinite once it is stored, and finite in a kernel that keeps F32.
        put(i, low < -most ? Double.NEGATIVE_INFINITY : low > surely ? Double.POSITIVE_INFINITY : low,
                high > most ? Double.POSITIVE_INFINITY : high < -surely ? Double.NEGATIVE_INFINITY : high);
    }

    /** What a function of both that moves or chooses elements makes of them. */
    Span both(DType newType, UnaryOperator<HostArray> f) {
        Span out = new Span(newType, f.apply(lo), f.apply(hi));
        for (int i = 0; newType.isFloat() && i < out.length(); i++) {
            if (Double.isNaN(out.low(i)) != Double.isNaN(out.high(i))) {
                out.putAny(i);
            }
        }
        return out;
    }

    /** As the type stores it. */
    Span stored() {
        return new Span(type, as(lo), as(hi));
    }

    private HostArray as(HostArray end) {
        return Oracle.as(carrier(type), Oracle.as(type, end));
    }

    /** Whether the type has the number, so that no device rounds it. */
    boolean isExact(double v) {
        if (Double.isInfinite(v) || v != v) {
            return true;
        }
        if (type == DType.F64) {
            return isShort(v);
        }
        return nearest(v) == v;
    }

    /** As the type stores it. */
    double nearest(double v) {
        return switch (type) {
            case F64 -> v;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) v));
            case BF16 -> HostArray.bf16ToFloat(HostArray.floatToBf16((float) v));
            default -> (float) v;
        };
    }

    /** A number with few digits: sums and products of some of these are exact. */
    static boolean isShort(double v) {
        return v * 16 == Math.rint(v * 16) && Math.abs(v) < 0x1p30;
    }

    static double largest(DType type) {
        return switch (type) {
            case F64 -> Double.MAX_VALUE;
            case F16 -> 65504;
            case BF16 -> 0x1.fep127;
            default -> Float.MAX_VALUE;
        };
    }

    static long least(DType type) {
        return type == DType.U8 || type.isBool() ? 0 : Long.MIN_VALUE >> 64 - 8 * type.bytes();
    }

    static long most(DType type) {
        return type.isBool() ? 1 : type == DType.U8 ? 255 : Long.MAX_VALUE >> 64 - 8 * type.bytes();
    }
}
