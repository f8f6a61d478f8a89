package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Adds up, in order, the results several tasks have left side by side, and brings the sum to the caller's layout. */
final class PartialSum {
    /** The library's limit for adding in one pass. */
    static final int MAX_PARTS = 16;
    private static final int MULTIPLE_SRC = 1024;
    private static final double TASK_BYTES = 1 << 17;

    private final Dnnl dnnl;
    private final DnnlLayout inner;
    private final DnnlLayout outer;
    private final int parts;
    private final long stride;
    private final Reorder home;
    private final Split.Parts sum;

    PartialSum(Dnnl dnnl, DnnlLayout inner, DnnlLayout outer, int parts) {
        if (parts > MAX_PARTS) {
            throw new IllegalArgumentException(parts + " partial sums; at most " + MAX_PARTS);
        }
        this.dnnl = dnnl;
        this.inner = inner;
        this.outer = outer;
        this.parts = parts;
        stride = (inner.bytes() + 63) & -64L;
        home = Reorder.unlessEqual(dnnl, inner, outer);
        sum = parts < 2 ? null
                : Split.of(inner.bytes() / 4, 4.0 * parts, TASK_BYTES, 64).compile(n -> adder(dnnl, n, parts));
    }

    private static Compiled adder(Dnnl dnnl, long elements, int parts) {
        record Key(long elements, int parts) { }
        return dnnl.compiled(new Key(elements, parts), () -> {
            String what = "sum of " + parts + " x " + elements + " elements";
            int[] args = new int[parts + 1];
            for (int i = 0; i < parts; i++) {
                args[i] = MULTIPLE_SRC + i;
            }
            args[parts] = Primitive.DST;
            return dnnl.build(what, s -> {
                long desc = s.desc(DnnlLayout.plain(DType.F32, elements));
                float[] ones = new float[parts];
                Arrays.fill(ones, 1f);
                long[] descs = new long[parts];
                Arrays.fill(descs, desc);
                MemorySegment scales = s.floats(ones);
                return Fn.dnnl_sum_primitive_desc_create.make(what, dnnl.engine(), desc, parts, scales.address(),
                        s.longs(descs), s.attributes(PostOps.NONE));
            }, args);
        });
    }

    /** Where the tasks write: the caller's memory if there is one task and the layouts agree, else scratch. */
    long begin(Slot slot, Slot.Use use, long target) {
        return parts <= 1 && home == null ? target : slot.scratch(use, stride * Math.max(1, parts));
    }

    long part(long base, int task) {
        return base + task * stride;
    }

    /** Adds what the tasks wrote to {@code base} and stores it at {@code target}. */
    void finish(Slot slot, Slot.Use use, long base, long target) {
        if (parts == 0) {
            Native.MEMORY.asSlice(target, outer.bytes()).fill((byte) 0);
            return;
        }
        long total = base;
        if (parts > 1) {
            long to = home == null ? target : slot.scratch(use, inner.bytes());
            sum.run(dnnl, (p, s, task, first) -> {
                long[] addresses = new long[parts + 1];
                for (int i = 0; i < parts; i++) {
                    addresses[i] = part(base, i) + 4 * first;
                }
                addresses[parts] = to + 4 * first;
                p.execute(s, addresses);
            });
            total = to;
        }
        if (home != null) {
            home.run(total, target);
        }
    }
}
