package dev.levin.tensor;

/**
 * A range of positions along an axis, as Python writes {@code start:stop:step}. Null means "from the beginning" or
 * "to the end"; negative positions count from the end; out-of-range ones are clamped.
 */
public record Slice(Integer start, Integer stop, int step) {
    public Slice {
        if (step == 0) {
            throw new IllegalArgumentException("a slice's step must not be 0");
        }
    }

    public static Slice all() {
        return new Slice(null, null, 1);
    }

    public static Slice from(int start) {
        return new Slice(start, null, 1);
    }

    public static Slice to(int stop) {
        return new Slice(null, stop, 1);
    }

    public static Slice of(int start, int stop) {
        return new Slice(start, stop, 1);
    }

    public static Slice of(Integer start, Integer stop, int step) {
        return new Slice(start, stop, step);
    }

    /** {first position, number of positions} on an axis of the given extent. */
    int[] resolve(int extent) {
        int low = step > 0 ? 0 : -1;
        int high = step > 0 ? extent : extent - 1;
        int a = start == null ? (step > 0 ? low : high) : Math.clamp(start < 0 ? (long) start + extent : start, low, high);
        int b = stop == null ? (step > 0 ? high : low) : Math.clamp(stop < 0 ? (long) stop + extent : stop, low, high);
        int size = step > 0 ? Math.max(0, Math.ceilDiv(b - a, step)) : Math.max(0, Math.ceilDiv(a - b, -step));
        return new int[] {size == 0 ? 0 : a, size};
    }
}
