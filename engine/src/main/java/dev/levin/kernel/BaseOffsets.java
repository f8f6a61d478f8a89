package dev.levin.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A kernel whose accesses count from about the first element that it touches of each buffer. Kernels over different slices of
 * one buffer, such as the time steps of a sequence, are then the same kernel with other pointers, and are compiled once.
 *
 * @param kernel the kernel, its accesses moved
 * @param elements for each buffer, what to add to its pointer
 */
public record BaseOffsets(Kernel kernel, long[] elements) {
    /** Pointers stay multiples of this many bytes, as emitters expect of them. */
    private static final int ALIGNMENT = 64;

    public static BaseOffsets of(Kernel kernel) {
        KernelSpec spec = kernel.spec();
        long[] base = new long[spec.buffers().size()];
        Arrays.fill(base, Long.MAX_VALUE);
        for (Value v : spec.values()) {
            if (v instanceof Value.Load l) {
                base[l.buffer()] = Math.min(base[l.buffer()], lowest(kernel, l.access()));
            } else if (v instanceof Value.Random r) {
                base[r.buffer()] = 0;
            }
        }
        for (Store s : spec.stores()) {
            base[s.buffer()] = Math.min(base[s.buffer()], lowest(kernel, s.access()));
        }
        boolean moves = false;
        for (int b = 0; b < base.length; b++) {
            // A padded access begins before its buffer.
            base[b] = base[b] == Long.MAX_VALUE ? 0 : Math.max(0, base[b]);
            base[b] -= base[b] % (ALIGNMENT / spec.buffers().get(b).bytes());
            moves |= base[b] != 0;
        }
        return new BaseOffsets(moves ? moved(kernel, base) : kernel, base);
    }

    /** The smallest index of an access; 0 where its terms are not plain strides. */
    private static long lowest(Kernel kernel, int access) {
        IndexMap map = kernel.geometry().accesses().get(access).index();
        long low = map.offset();
        for (Term t : map.terms()) {
            if (!t.isAffine()) {
                return 0;
            }
            low += Math.min(0, t.stride() * (kernel.geometry().extent(t.axis()) - 1));
        }
        return low;
    }

    private static Kernel moved(Kernel kernel, long[] base) {
        KernelSpec spec = kernel.spec();
        List<Access> from = kernel.geometry().accesses();
        Map<Access, Integer> to = new LinkedHashMap<>();
        List<Value> values = new ArrayList<>();
        for (Value v : spec.values()) {
            values.add(switch (v) {
                case Value.Load l -> new Value.Load(l.dtype(), l.buffer(), number(to, from.get(l.access()), base[l.buffer()]),
                        l.fill(), l.picks(), l.policy());
                case Value.Index i -> new Value.Index(i.dtype(), number(to, from.get(i.access()), 0));
                case Value.Random r -> new Value.Random(r.buffer(), r.ordinal(), number(to, from.get(r.access()), 0));
                default -> v;
            });
        }
        List<Store> stores = spec.stores().stream().map(s -> new Store(s.buffer(), number(to, from.get(s.access()), base[s.buffer()]),
                s.value(), s.outer())).toList();
        List<Access> accesses = List.copyOf(to.keySet());
        KernelSpec based = new KernelSpec(spec.outerRank(), spec.reduceRank(), spec.buffers(),
                accesses.stream().map(Access::shape).toList(), values, stores);
        return new Kernel(based, new Geometry(kernel.geometry().extents(), accesses));
    }

    private static int number(Map<Access, Integer> to, Access a, long base) {
        Access moved = new Access(new IndexMap(a.index().offset() - base, a.index().terms()), a.bounds(), a.picks());
        Integer known = to.putIfAbsent(moved, to.size());
        return known == null ? to.size() - 1 : known;
    }
}
