package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Computes a cheap value again in every kernel that reads it, instead of storing it in one and loading it in the others:
 * activations' masks, normalised inputs, gradients of rectifiers.
 */
final class Rematerializer {
    private static final int MAX_OPS = 8;
    /** A single number is computed once for many elements. */
    private static final int MAX_SCALAR_OPS = 24;
    /** Values below this size are stored unless that saves a launch. */
    private static final long SMALL = 4096;
    /** Values up to this size stay in a cache: loading one costs less than a transcendental function. */
    private static final long CACHED = 1 << 20;
    /** Weight from which an operation counts as transcendental. */
    private static final int COSTLY = 4;
    /** Large values a reader may load in place of the one it no longer loads. */
    private static final int MAX_NEW_LOADS = 1;
    private static final int MAX_POINTERS = 24;
    /** How many times larger than a sum of rows a value must be for the sum to be stored in its place. */
    private static final int MUCH = 16;

    private final Analysis a;
    private final List<Group> groups;
    private final int[] groupOf;
    private final Dependencies order;

    Rematerializer(Analysis analysis, List<Group> groups, int[] groupOf, Dependencies order) {
        this.a = analysis;
        this.groups = groups;
        this.groupOf = groupOf;
        this.order = order;
    }

    void run() {
        for (int v = 0; v < groupOf.length; v++) {
            if (groupOf[v] >= 0 && !a.demanded.get(v) && groups.get(groupOf[v]).stores.get(v)
                    && a.instr(v).op().isPointwise()) {
                tryToDrop(v);
            }
        }
    }

    private void tryToDrop(int v) {
        Set<Integer> cone = new HashSet<>();
        Set<Integer> results = new HashSet<>();
        int ops = cone(v, cone, results);
        boolean small = a.instr(v).shape().numel() * a.instr(v).dtype().bytes() < SMALL;
        boolean costly = a.instr(v).shape().numel() * a.instr(v).dtype().bytes() <= CACHED && a.instr(v).shape().numel() != 1
                && cone.stream().anyMatch(i -> a.instr(i).op().isPointwise() && Analysis.weight(a.instr(i).op()) >= COSTLY);
        boolean alone = groups.get(groupOf[v]).stores.cardinality() == 1;
        if (ops > (a.instr(v).shape().numel() == 1 ? MAX_SCALAR_OPS : MAX_OPS) || costly || small && !alone && a.instr(v).shape().numel() != 1) {
            return;
        }
        BitSet stores = groups.get(groupOf[v]).stores;
        BitSet before = (BitSet) stores.clone();
        results.forEach(stores::set);
        if (!drop(v, cone, alone)) {
            stores.clear();
            stores.or(before);
        }
    }

    /** Lets all readers compute v, if they all can. */
    private boolean drop(int v, Set<Integer> cone, boolean alone) {
        List<Group> readers = new ArrayList<>();
        List<Walk> walks = new ArrayList<>();
        for (Group h : groups) {
            if (h.reads.get(v)) {
                Walk w = h.isKernel() ? walk(h, v, cone, alone) : null;
                if (w == null) {
                    return false;
                }
                readers.add(h);
                walks.add(w);
            }
        }
        groups.get(groupOf[v]).stores.clear(v);
        for (int k = 0; k < readers.size(); k++) {
            Group h = readers.get(k);
            h.domain = walks.get(k).domain;
            h.reads.clear();
            h.misaligned.clear();
            walks.get(k).misaligned.forEach(h.misaligned::set);
            walks.get(k).loads.forEach(r -> {
                h.reads.set(r);
                if (groupOf[r] >= 0) {
                    order.require(groupOf[r], h.id);
                }
            });
        }
        return true;
    }

    /**
     * Operations between v and values that are in memory; the instructions on the way are added to {@code cone}. Small results of
     * reductions that v's own kernel makes, such as means of rows, can be in memory too: they are added to {@code results}.
     */
    private int cone(int v, Set<Integer> cone, Set<Integer> results) {
        int ops = 0;
        List<Integer> todo = new ArrayList<>(List.of(v));
        while (!todo.isEmpty()) {
            int i = a.strip(todo.removeLast());
            Instr in = a.instr(i);
            boolean memory = i != v && (Analysis.isLeaf(in.op()) || a.call[i] != null || groupOf[i] >= 0 && isStored(i));
            if (a.uniform.get(i) || memory || !cone.add(i)) {
                continue;
            }
            if (in.op().kind() == Op.Kind.REDUCE && groupOf[i] == groupOf[v] && MUCH * in.shape().numel() <= a.instr(v).shape().numel()) {
                cone.remove(i);
                results.add(i);
                continue;
            }
            if (in.op().kind() == Op.Kind.REDUCE || in.op() == Op.GATHER || in.op() == Op.TAKE || cone.size() > 24) {
                return Integer.MAX_VALUE;
            }
            ops += in.op().isPointwise() ? Analysis.weight(in.op()) : 0;
            for (int k : in.inputs()) {
                todo.add(k);
            }
        }
        return ops;
    }

    private boolean isStored(int i) {
        return groups.get(groupOf[i]).stores.get(i);
    }

    /** What {@code h} reads if it computes v itself; null if it can't or should not. {@code alone} says whether v is all that its kernel stores. */
    private Walk walk(Group h, int v, Set<Integer> cone, boolean alone) {
        Walk w = new Walk(a, h.domain, h.members::contains, i -> groupOf[i] >= 0 && isStored(i) && !cone.contains(i));
        try {
            if (w.check(h.members) != null) {
                return null;
            }
        } catch (Reach.NotAffine e) {
            return null;
        }
        // A kernel that reads each element once at most, from one that is not needed any more, reads what that one read.
        boolean takesOver = alone && h.domain.numel() <= a.instr(v).shape().numel() && groups.stream().filter(g -> g.reads.get(v)).count() == 1;
        int more = 0;
        long size = a.instr(v).shape().numel() * a.instr(v).dtype().bytes();
        for (int r : w.loads) {
            if (!h.reads.get(r)) {
                long bytes = a.instr(r).shape().numel() * a.instr(r).dtype().bytes();
                more += 8 * bytes > size && !(takesOver && groups.get(groupOf[v]).reads.get(r)) ? 1 : 0;
                if (groupOf[r] >= 0 && order.precedes(h.id, groupOf[r]) || groupOf[r] == h.id) {
                    return null;
                }
            }
        }
        return more > MAX_NEW_LOADS || w.loads.size() + h.stores.cardinality() > MAX_POINTERS ? null : w;
    }
}
