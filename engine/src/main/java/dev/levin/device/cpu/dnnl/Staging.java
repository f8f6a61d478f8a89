package dev.levin.device.cpu.dnnl;

/**
 * Bridges the caller's layout of an operand and the one a task works on, image range by image range, in scratch memory:
 * small enough to stay in cache between the copy and the convolution.
 */
final class Staging {
    private final DnnlLayout outer;
    private final Compiled main;
    private final Compiled last;
    private final long mainBytes;
    private final long lastBytes;

    private Staging(DnnlLayout outer, Compiled main, Compiled last, long mainBytes, long lastBytes) {
        this.outer = outer;
        this.main = main;
        this.last = last;
        this.mainBytes = mainBytes;
        this.lastBytes = lastBytes;
    }

    /** For an operand that is read. */
    static Staging in(Dnnl dnnl, DnnlLayout outer, DnnlLayout inner, DnnlLayout last) {
        return new Staging(outer, bridge(dnnl, outer.rows(inner.dimsArray()[0]), inner),
                bridge(dnnl, outer.rows(last.dimsArray()[0]), last), inner.bytes(), last.bytes());
    }

    /** For an operand that is written. */
    static Staging out(Dnnl dnnl, DnnlLayout outer, DnnlLayout inner, DnnlLayout last) {
        return new Staging(outer, bridge(dnnl, inner, outer.rows(inner.dimsArray()[0])),
                bridge(dnnl, last, outer.rows(last.dimsArray()[0])), inner.bytes(), last.bytes());
    }

    private static Compiled bridge(Dnnl dnnl, DnnlLayout from, DnnlLayout to) {
        return from.equals(to) ? null : Reorder.compile(dnnl, from, to);
    }

    private long at(long base, long first) {
        return base + first * outer.rowBytes();
    }

    /** Where a task finds its images: in place, or copied to scratch. */
    long read(Slot slot, Slot.Use use, long base, long first, boolean isLast) {
        Compiled c = isLast ? last : main;
        if (c == null) {
            return at(base, first);
        }
        long to = slot.scratch(use, isLast ? lastBytes : mainBytes);
        execute(c, slot, at(base, first), to);
        return to;
    }

    /** Where a task puts its images; {@link #written} then brings them home. */
    long write(Slot slot, Slot.Use use, long base, long first, boolean isLast) {
        return (isLast ? last : main) == null ? at(base, first) : slot.scratch(use, isLast ? lastBytes : mainBytes);
    }

    void written(Slot slot, long from, long base, long first, boolean isLast) {
        Compiled c = isLast ? last : main;
        if (c != null) {
            execute(c, slot, from, at(base, first));
        }
    }

    private static void execute(Compiled c, Slot slot, long from, long to) {
        Primitive p = c.acquire();
        try {
            p.execute(slot, from, to);
        } finally {
            p.release();
        }
    }
}
