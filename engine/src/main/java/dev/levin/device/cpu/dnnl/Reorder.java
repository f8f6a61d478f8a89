package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;

/** A compiled copy from one layout to another of the same shape, converting the type if they differ. */
public final class Reorder {
    private static final double TASK_BYTES = 1 << 18;
    private static final int MAX_TASKS = 64;

    private final Dnnl dnnl;
    private final DnnlLayout from;
    private final DnnlLayout to;
    private final Split.Parts parts;

    Reorder(Dnnl dnnl, DnnlLayout from, DnnlLayout to) {
        if (!from.sameShape(to)) {
            throw new IllegalArgumentException("cannot reorder " + from + " to " + to + ": the shapes differ");
        }
        this.dnnl = dnnl;
        this.from = from;
        this.to = to;
        parts = split(from, to).compile(n -> compile(dnnl, from.rows(n), to.rows(n)));
    }

    private static Split split(DnnlLayout from, DnnlLayout to) {
        long rows = from.dimsArray()[0];
        long granule = Math.max(from.rowGranule(), to.rowGranule());
        boolean apart = from.rowGranule() > 0 && to.rowGranule() > 0 && granule % from.rowGranule() == 0
                && granule % to.rowGranule() == 0 && rows % granule == 0 && rows > 0;
        return apart ? Split.of(rows, Math.max(from.bytes(), to.bytes()) / (double) rows, TASK_BYTES, MAX_TASKS)
                .inMultiplesOf(granule) : Split.whole(rows);
    }

    static Compiled compile(Dnnl dnnl, DnnlLayout from, DnnlLayout to) {
        record Key(DnnlLayout from, DnnlLayout to) { }
        return dnnl.compiled(new Key(from, to), () -> {
            String what = "reorder " + from + " to " + to;
            return dnnl.build(what, s -> Fn.dnnl_reorder_primitive_desc_create.make(what, s.desc(from), dnnl.engine(),
                    s.desc(to), dnnl.engine(), s.attributes(PostOps.NONE)), Primitive.SRC, Primitive.DST);
        });
    }

    /** Layout of what is read. */
    public DnnlLayout from() {
        return from;
    }

    /** Layout of what is written. */
    public DnnlLayout to() {
        return to;
    }

    /** Copies {@code src} to {@code dst}. Returns when it is complete. */
    public void run(long src, long dst) {
        parts.run(dnnl, (p, slot, task, first) -> p.execute(slot, task == 0 ? src : src + from.rowOffset(first),
                task == 0 ? dst : dst + to.rowOffset(first)));
    }

    /** A reorder into a task's or an operation's scratch memory, or nothing at all where the layouts agree. */
    static Reorder unlessEqual(Dnnl dnnl, DnnlLayout from, DnnlLayout to) {
        return from.equals(to) ? null : new Reorder(dnnl, from, to);
    }

    /** {@code address}, or a copy of what is there in the slot's scratch memory, laid out as {@code reorder} does it. */
    static long stage(Reorder reorder, Slot slot, Slot.Use use, long address) {
        if (reorder == null) {
            return address;
        }
        long copy = slot.scratch(use, reorder.to.bytes());
        reorder.run(address, copy);
        return copy;
    }
}
