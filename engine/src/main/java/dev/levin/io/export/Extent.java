package dev.levin.io.export;

/** A number that grows evenly with the batch: {@code slope * batch + offset}. */
record Extent(long slope, long offset) {
    static final Extent BATCH = new Extent(1, 0);

    static Extent of(long constant) {
        return new Extent(0, constant);
    }

    /** The number that is {@code values[i]} for a batch of {@code sizes[i]}; null if it does not grow evenly. */
    static Extent of(long[] values, int[] sizes) {
        if (values.length == 1) {
            return of(values[0]);
        }
        long rise = values[1] - values[0];
        int run = sizes[1] - sizes[0];
        if (run == 0) {
            return rise == 0 ? of(values[0]) : null;
        }
        if (rise % run != 0) {
            return null;
        }
        Extent e = new Extent(rise / run, values[0] - rise / run * sizes[0]);
        for (int i = 2; i < values.length; i++) {
            if (e.slope * sizes[i] + e.offset != values[i]) {
                return null;
            }
        }
        return e;
    }

    boolean isConstant() {
        return slope == 0;
    }

    boolean is(long constant) {
        return slope == 0 && offset == constant;
    }

    /** The number itself, where the batch does not matter. */
    long value() {
        if (slope != 0) {
            throw new IllegalStateException(this + " depends on the batch");
        }
        return offset;
    }

    Extent plus(Extent e) {
        return new Extent(slope + e.slope, offset + e.offset);
    }

    Extent times(long factor) {
        return new Extent(slope * factor, offset * factor);
    }

    /** As ONNX names an extent: {@code batch}, {@code 4*batch}, {@code batch+1}. */
    @Override
    public String toString() {
        if (slope == 0) {
            return Long.toString(offset);
        }
        return (slope == 1 ? "" : slope + "*") + "batch" + (offset == 0 ? "" : offset > 0 ? "+" + offset : Long.toString(offset));
    }
}
