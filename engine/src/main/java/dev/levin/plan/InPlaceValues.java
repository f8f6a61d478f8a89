package dev.levin.plan;

import dev.levin.graph.Program;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Intermediates that take the memory of a value which their kernel is the last to read: element by element, so nothing is
 * overwritten that is still needed. It saves memory, and the cache loads no lines only to write them.
 */
final class InPlaceValues {
    private final Analysis a;
    private final List<Group> groups;
    private final int[] groupOf;
    private final Dependencies order;
    private final List<Storage> storages;
    private final int[] storageOf;
    /** Groups that read each value. */
    private final List<List<Group>> readers = new ArrayList<>();
    /** Values that are needed after the last launch. */
    private final BitSet survive = new BitSet();
    private final BitSet taken = new BitSet();
    /** Storages whose parts are values too, which others may still read. */
    private final BitSet wholes = new BitSet();

    InPlaceValues(Analysis analysis, List<Group> groups, int[] groupOf, Dependencies order, List<Storage> storages, int[] storageOf) {
        a = analysis;
        this.groups = groups;
        this.groupOf = groupOf;
        this.order = order;
        this.storages = storages;
        this.storageOf = storageOf;
        for (Storage s : storages) {
            if (s.within() >= 0) {
                wholes.set(s.within());
            }
        }
        for (int v = 0; v < groupOf.length; v++) {
            readers.add(new ArrayList<>());
        }
        for (Group g : groups) {
            g.reads.stream().forEach(r -> readers.get(r).add(g));
        }
        for (int o : a.program.outputs()) {
            survive.set(a.strip(o));
        }
        for (Program.Assign s : a.program.assigns()) {
            survive.set(a.strip(s.value()));
        }
    }

    /** Groups such that those that store a value come before those that read it. */
    List<Group> inOrder() {
        var sorted = new ArrayList<>(groups);
        sorted.sort(Comparator.comparingInt(g -> order.depth(g.id)));
        return sorted;
    }

    /** The storage that value {@code s} of kernel {@code g} takes over, or -1 if it needs one of its own. */
    int storageFor(Group g, int s) {
        if (!g.isKernel() || !isFull(g, s)) {
            return -1;
        }
        for (int r = g.reads.nextSetBit(0); r >= 0; r = g.reads.nextSetBit(r + 1)) {
            if (storageOf[r] >= 0 && fits(g, s, r) && isOwn(storages.get(storageOf[r]), s) && !wholes.get(storageOf[r]) && isLastReader(g, r)) {
                take(g, r);
                return storageOf[r];
            }
        }
        return -1;
    }

    /**
     * The value of a variable whose old value nobody reads: an intermediate that only becomes this value, such as a gradient before
     * it is clipped, is in the variable's memory from the start.
     */
    void early(int value) {
        Group g = groups.stream().filter(x -> x.id == groupOf[value]).findFirst().orElseThrow();
        if (!g.isKernel() || !isFull(g, value)) {
            return;
        }
        for (int r = g.reads.nextSetBit(0); r >= 0; r = g.reads.nextSetBit(r + 1)) {
            if (storageOf[r] < 0 && fits(g, value, r) && isLastReader(g, r)) {
                take(g, r);
                storageOf[r] = storageOf[value];
                return;
            }
        }
    }

    private void take(Group g, int r) {
        readers.get(r).forEach(h -> order.require(h.id, g.id));
        taken.set(r);
    }

    private boolean isFull(Group g, int v) {
        return a.instr(v).shape().numel() == g.domain.numel();
    }

    private boolean fits(Group g, int s, int r) {
        return groupOf[r] >= 0 && groupOf[r] != g.id && !survive.get(r) && !taken.get(r) && !g.misaligned.get(r) && isFull(g, r)
                && a.instr(r).dtype() == a.instr(s).dtype();
    }

    /** Memory of an intermediate that is as large as value {@code s}, and nothing else. */
    private boolean isOwn(Storage m, int s) {
        return m.kind() == Storage.Kind.ARENA && m.within() < 0 && m.dense() && m.numel() == a.instr(s).shape().numel()
                && m.dtype() == a.instr(s).dtype();
    }

    /** Whether all others can read {@code r} before {@code g} overwrites it. */
    private boolean isLastReader(Group g, int r) {
        return readers.get(r).stream().noneMatch(h -> order.precedes(g.id, h.id));
    }
}
