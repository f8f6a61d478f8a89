package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Concatenations that nobody copies: whoever computes a part stores it where it belongs in the whole. A part that is one
 * range of the whole lives there; any other part is stored there by its kernel, with the strides of the whole, besides
 * or instead of the memory it has.
 *
 * <p>A concatenation is written in place entirely or not at all: its launch is what is saved.
 */
final class InPlaceConcats {
    private static final int MAX_POINTERS = 24;
    private static final int MAX_STORES = 12;

    private final Analysis a;
    private final List<Group> groups;
    private final int[] groupOf;
    private final List<Storage> storages;
    private final int[] storageOf;
    private final IntPredicate stored;
    private final List<String> notes;
    /** Groups of concatenations that are not launched. */
    final BitSet gone = new BitSet();

    /** How one part gets into the whole. */
    private record Part(int value, boolean lives, long offset) {
    }

    /**
     * @param storages all so far; what is written in place is added
     * @param storageOf the number of the storage of each value, -1 for none yet
     * @param stored whether a kernel or a routine leaves a value in memory
     */
    InPlaceConcats(Analysis analysis, List<Group> groups, int[] groupOf, List<Storage> storages, int[] storageOf,
            IntPredicate stored, List<String> notes) {
        a = analysis;
        this.groups = groups;
        this.groupOf = groupOf;
        this.storages = storages;
        this.storageOf = storageOf;
        this.stored = stored;
        this.notes = notes;
    }

    /** The outermost first, so that what is joined twice finds where its whole is. */
    void run() {
        Map<Integer, Group> byId = new HashMap<>();
        groups.forEach(g -> byId.put(g.id, g));
        for (int c = a.call.length - 1; c >= 0; c--) {
            if (a.call[c] != null && a.instr(c).op() == Op.CONCAT && groupOf[c] >= 0 && stored.test(c)) {
                String no = place(c, byId);
                if (no != null) {
                    notes.add("%" + c + " CONCAT is copied: " + no);
                }
            }
        }
    }

    private String place(int c, Map<Integer, Group> byId) {
        if (storageOf[c] >= 0 && storages.get(storageOf[c]).kind() != Storage.Kind.ARENA) {
            return "a variable's memory is written last";
        }
        Instr in = a.instr(c);
        int axis = in.attr(0);
        long outer = 1;
        long inner = in.dtype().bytes();
        for (int k = 0; k < in.shape().rank(); k++) {
            outer *= k < axis ? in.shape().dim(k) : 1;
            inner *= k > axis ? in.shape().dim(k) : 1;
        }
        List<Part> parts = new ArrayList<>();
        Map<Group, Domain> domains = new HashMap<>();
        Map<Group, Integer> more = new HashMap<>();
        BitSet placed = new BitSet();
        long offset = 0;
        for (int k = 0; k < in.inputs().length; k++) {
            int p = a.strip(in.inputs()[k]);
            Shape shape = a.instr(in.inputs()[k]).shape();
            Group g = groupOf[p] < 0 ? null : byId.get(groupOf[p]);
            if (g == null || !stored.test(p)) {
                return "part " + k + " is a leaf";
            }
            boolean lives = outer == 1 && storageOf[p] < 0 && !placed.get(p) && offset % MemoryPlanner.ALIGNMENT == 0;
            placed.set(p);
            if (!lives) {
                String no = g.isKernel() ? reach(g, p, shape, in, c, domains) : "part " + k + " is stored by a routine elsewhere";
                if (no == null && !fits(g, more.merge(g, 1, Integer::sum))) {
                    no = "the kernel of part " + k + " stores enough already";
                }
                if (no != null) {
                    return no;
                }
            }
            parts.add(new Part(p, lives, offset));
            offset += shape.dim(axis) * inner;
        }
        commit(c, parts, domains, byId);
        return null;
    }

    private static boolean fits(Group g, int more) {
        int stores = g.stores.cardinality() + g.joins.size() + more;
        return stores <= MAX_STORES && stores + g.reads.cardinality() <= MAX_POINTERS;
    }

    /** Null if the kernel's positions fall at regular places of the whole, perhaps after its axes are split. */
    private String reach(Group g, int p, Shape shape, Instr whole, int c, Map<Group, Domain> domains) {
        Domain d = domains.getOrDefault(g, g.domain);
        while (true) {
            try {
                d.placeOf(a, p).in(shape, d, c);
                domains.put(g, d);
                return null;
            } catch (Reach.SplitNeeded s) {
                d = d.split(s.axis, s.inner);
            } catch (Reach.NotAffine e) {
                return "the places of %" + p + " in " + whole.shape() + " are not regular";
            }
        }
    }

    private void commit(int c, List<Part> parts, Map<Group, Domain> domains, Map<Integer, Group> byId) {
        if (storageOf[c] < 0) {
            storageOf[c] = add(new Storage(Storage.Kind.ARENA, -1, c, a.instr(c).dtype(), a.instr(c).shape().numel()));
        }
        domains.forEach((g, d) -> g.domain = d);
        Instr in = a.instr(c);
        for (int k = 0; k < parts.size(); k++) {
            Part p = parts.get(k);
            long skip = p.offset % MemoryPlanner.ALIGNMENT;
            int at = add(new Storage(Storage.Kind.ARENA, -1, p.value, in.dtype(), a.instr(p.value).shape().numel(), storageOf[c], p.offset - skip, p.lives));
            if (p.lives) {
                storageOf[p.value] = at;
            } else {
                byId.get(groupOf[p.value]).joins.add(new Group.Join(p.value, c, k, at, skip / in.dtype().bytes()));
            }
        }
        gone.set(groupOf[c]);
    }

    private int add(Storage s) {
        storages.add(s);
        return storages.size() - 1;
    }
}
