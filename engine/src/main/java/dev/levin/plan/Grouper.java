package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Puts instructions into kernels. Each starts in the group of what it reads, where a kernel can compute both
 * ({@code legal}), stays within its limits ({@code fits}) and saves something ({@code worth}); then groups that read
 * the same values merge; then cheap values that other groups read are computed there again instead of stored.
 *
 * <p>Greedy and deterministic. Every refusal leaves a reason for the report.
 */
final class Grouper {
    private static final int MAX_POINTERS = 24;
    private static final int MAX_OPS = 96;
    private static final int MAX_STORES = 8;
    private static final int MAX_LEVELS = 4;
    /** Groups this far apart in the program are not merged for a common read. */
    private static final int WINDOW = 64;
    /** A single result of this many elements is computed by all threads only if nothing is broadcast back. */
    private static final long MAX_LONE_ROW = 1 << 14;
    private static final long FEW_ROWS = 8;
    /** Reports say no more. */
    private static final int MAX_REASONS = 400;

    private final Analysis a;
    private final PlanOptions options;
    private final List<Group> groups = new ArrayList<>();
    private final int[] groupOf;
    private final Dependencies order = new Dependencies();
    private final List<String> refusals = new ArrayList<>();
    private final Map<Integer, Set<Integer>> readers = new HashMap<>();

    Grouper(Analysis analysis, PlanOptions options) {
        this.a = analysis;
        this.options = options;
        groupOf = new int[a.program.size()];
        java.util.Arrays.fill(groupOf, -1);
    }

    /** Reasons why values that are used together are not computed together. */
    List<String> refusals() {
        return refusals;
    }

    private void refuse(Supplier<String> reason) {
        if (refusals.size() < MAX_REASONS) {
            refusals.add(reason.get());
        }
    }

    /** The groups that store something, in an order in which they can run. */
    List<Group> group() {
        for (int i = 0; i < groupOf.length; i++) {
            Instr in = a.instr(i);
            if (a.absorbed.get(i) || Analysis.isLeaf(in.op()) || !isRoot(i)) {
                continue;
            }
            if (a.call[i] != null) {
                Group g = open(a.call[i], null);
                add(g, i, readsOf(a.call[i]));
            } else {
                place(i);
            }
        }
        if (options.fuse() == PlanOptions.Fuse.ALL) {
            mergeSiblings();
        }
        markStores();
        if (options.remat()) {
            new Rematerializer(a, groups, groupOf, order).run();
        }
        return finish();
    }

    /** Whether an instruction is computed as such: views and generated values only where something needs them in memory. */
    private boolean isRoot(int i) {
        Op op = a.instr(i).op();
        if (a.call[i] != null) {
            return true;
        }
        boolean onDemand = op.kind() == Op.Kind.VIEW || a.generated.get(i);
        return onDemand ? a.demanded.get(i) && op != Op.RESHAPE : true;
    }

    private Set<Integer> readsOf(Call c) {
        Set<Integer> reads = new LinkedHashSet<>();
        a.operands(c).forEach(k -> reads.add(a.strip(k)));
        return reads;
    }

    private Group open(Call call, Domain domain) {
        Group g = new Group(groups.size(), call, domain);
        groups.add(g);
        order.add(g.id);
        return g;
    }

    private void add(Group g, int i, Set<Integer> reads) {
        g.members.add(i);
        groupOf[i] = g.id;
        for (int r : reads) {
            g.reads.set(r);
            if (groupOf[r] >= 0) {
                order.require(groupOf[r], g.id);
            }
        }
    }

    // ---- vertical ---------------------------------------------------------------------------------------------------------

    private void place(int v) {
        Instr in = a.instr(v);
        boolean reduce = in.op().kind() == Op.Kind.REDUCE;
        Domain own = reduce ? Domain.reduction(a.instr(in.inputs()[0]).shape(), in.attr()) : Domain.pointwise(in.shape().numel());
        Walk alone = new Walk(a, own, i -> i == v, i -> groupOf[i] >= 0);
        String refusal = alone.check(List.of(v));
        if (refusal != null) {
            throw new IllegalStateException("%" + v + " " + in.op() + " can't be a kernel of its own: " + refusal);
        }
        Group home = null;
        if (options.fuse() != PlanOptions.Fuse.NONE && !(reduce && options.fuse() == PlanOptions.Fuse.POINTWISE)) {
            Set<Integer> producers = new LinkedHashSet<>();
            alone.loads.stream().sorted((x, y) -> y - x).filter(u -> groupOf[u] >= 0 && mayGrow(groups.get(groupOf[u])))
                    .forEach(u -> producers.add(groupOf[u]));
            for (int p : producers) {
                Group g = groups.get(p);
                if (home == null) {
                    home = join(g, v, own, reduce) ? g : null;
                } else if (groupOf[g.members.isEmpty() ? v : g.last()] != home.id) {
                    merge(home, g, "producers of %" + v);
                }
            }
        }
        if (home == null) {
            add(open(null, own), v, alone.loads);
        }
    }

    private boolean mayGrow(Group g) {
        return g.isKernel() && (options.fuse() == PlanOptions.Fuse.ALL || !g.domain.hasReduction());
    }

    private boolean join(Group g, int v, Domain own, boolean reduce) {
        Domain domain = reduce && !g.domain.hasReduction() && g.domain.numel() == own.numel() ? own : g.domain;
        List<Integer> all = new ArrayList<>(g.members);
        all.add(v);
        String no = domainRefusal(domain, v, own, reduce);
        if (no == null) {
            no = tryJoin(g, all, domain, v);
        }
        if (no != null) {
            String reason = no;
            refuse(() -> "%" + v + " " + a.instr(v).op() + " not with " + describe(g) + ": " + reason);
        }
        return no == null;
    }

    private String domainRefusal(Domain domain, int v, Domain own, boolean reduce) {
        if (reduce) {
            return domain.sameRuns(own) ? null : "reduces " + own + ", not " + domain;
        }
        long n = own.numel();
        return n == domain.numel() || n == domain.outer() ? null : "numel " + n + " against " + domain;
    }

    private String tryJoin(Group g, List<Integer> all, Domain domain, int v) {
        Walk w = new Walk(a, domain, set(all)::get, i -> groupOf[i] >= 0);
        String no;
        try {
            no = w.check(all);
        } catch (Reach.NotAffine e) {
            no = "index mismatch at %" + e.view;
        }
        if (no == null) {
            for (int r : w.loads) {
                if (groupOf[r] >= 0 && groupOf[r] != g.id && order.precedes(g.id, groupOf[r])) {
                    return "reads %" + r + ", which needs it first";
                }
                if (groupOf[r] == g.id) {
                    return "reads %" + r + " at other positions";
                }
            }
            no = limits(all, w);
        }
        if (no == null) {
            g.domain = w.domain;
            add(g, v, w.loads);
            g.reads.clear();
            w.loads.forEach(g.reads::set);
        }
        return no;
    }

    private static BitSet set(List<Integer> ids) {
        BitSet s = new BitSet();
        for (int i : ids) {
            s.set(i);
        }
        return s;
    }

    /** Fits and worth: pointers, operations, stores, levels, and whether rows are short enough to be read twice. */
    private String limits(List<Integer> all, Walk w) {
        BitSet inside = set(all);
        int stores = 0;
        int ops = 0;
        int[] level = new int[all.size()];
        Map<Integer, Integer> at = new LinkedHashMap<>();
        boolean broadcastBack = false;
        boolean fullStore = false;
        for (int k = 0; k < all.size(); k++) {
            int m = all.get(k);
            Instr in = a.instr(m);
            ops += in.op().isPointwise() ? Analysis.weight(in.op()) : 1;
            boolean escapes = a.demanded.get(m) || isReadOutside(m, inside);
            stores += escapes ? 1 : 0;
            if (!w.domain.hasReduction()) {
                continue;
            }
            level[k] = levelOf(m, at, level) + (in.op().kind() == Op.Kind.REDUCE ? 1 : 0);
            at.put(m, k);
            boolean full = in.op().kind() != Op.Kind.REDUCE && in.shape().numel() == w.domain.numel();
            broadcastBack |= level[k] > 0 && (full || in.op().kind() == Op.Kind.REDUCE && level[k] > 1);
            fullStore |= full && escapes;
            if (level[k] > MAX_LEVELS) {
                return "more than " + MAX_LEVELS + " reductions in a row";
            }
        }
        Domain d = w.domain;
        if (w.loads.size() + stores > MAX_POINTERS) {
            return "more than " + MAX_POINTERS + " pointers";
        }
        if (stores > MAX_STORES) {
            return "more than " + MAX_STORES + " stores";
        }
        if (ops > MAX_OPS) {
            return "more than " + MAX_OPS + " operations";
        }
        if (broadcastBack && d.hasReduction() && !d.reducesInnermost()) {
            return "a reduction over outer axes is not broadcast back inside one kernel";
        }
        if (broadcastBack && d.outer() < FEW_ROWS && d.reducedExtent() > MAX_LONE_ROW) {
            return "too few rows for the threads";
        }
        return null;
    }

    private boolean isReadOutside(int m, BitSet inside) {
        for (int r : readersOf(m)) {
            if (groupOf[r] >= 0 && !inside.get(r)) {
                return true;
            }
        }
        return false;
    }

    private int levelOf(int m, Map<Integer, Integer> at, int[] level) {
        int best = 0;
        List<Integer> todo = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (int k : a.instr(m).inputs()) {
            todo.add(k);
        }
        while (!todo.isEmpty()) {
            int i = todo.removeLast();
            if (!seen.add(i)) {
                continue;
            }
            Integer k = at.get(i);
            if (k != null) {
                best = Math.max(best, level[k]);
            } else if (groupOf[i] < 0 && a.call[i] == null) {
                for (int n : a.instr(i).inputs()) {
                    todo.add(n);
                }
            }
        }
        return best;
    }

    /** Computed instructions that read a value, through views and generated values. */
    private Set<Integer> readersOf(int v) {
        return readers.computeIfAbsent(v, this::findReaders);
    }

    private Set<Integer> findReaders(int v) {
        Set<Integer> found = new LinkedHashSet<>();
        List<Integer> todo = new ArrayList<>(a.users.get(v));
        while (!todo.isEmpty()) {
            int u = todo.removeLast();
            if (a.call[u] != null || isRoot(u)) {
                found.add(u);
            } else {
                todo.addAll(a.users.get(u));
            }
        }
        return found;
    }

    // ---- horizontal -------------------------------------------------------------------------------------------------------

    private String merge(Group g, Group h, String why) {
        if (order.separated(g.id, h.id)) {
            return "another group runs in between";
        }
        List<Integer> all = new ArrayList<>(g.members);
        all.addAll(h.members);
        all.sort(null);
        Domain domain = g.domain.hasReduction() || !h.domain.hasReduction() ? g.domain : h.domain;
        Domain other = domain == g.domain ? h.domain : g.domain;
        boolean outer = domain.hasReduction() && !other.hasReduction() && other.numel() == domain.outer();
        if (!outer && domain.numel() != other.numel() || other.hasReduction() && !other.sameRuns(domain)) {
            refuse(() -> describe(g) + " not with " + describe(h) + " (" + why + "): domains " + domain + " and " + other);
            return "domains differ";
        }
        BitSet members = set(all);
        Walk w = new Walk(a, domain, members::get, i -> groupOf[i] >= 0);
        String no;
        try {
            no = w.check(all);
        } catch (Reach.NotAffine e) {
            no = "index mismatch at %" + e.view;
        }
        if (no == null && w.loads.stream().anyMatch(members::get)) {
            no = "one reads the other at other positions";
        }
        no = no == null ? limits(all, w) : no;
        if (no != null) {
            String reason = no;
            refuse(() -> describe(g) + " not with " + describe(h) + " (" + why + "): " + reason);
            return no;
        }
        order.merge(g.id, h.id);
        for (int m : h.members) {
            groupOf[m] = g.id;
        }
        h.members.clear();
        h.reads.clear();
        g.members.clear();
        g.members.addAll(all);
        g.domain = w.domain;
        g.reads.clear();
        w.loads.forEach(g.reads::set);
        return null;
    }

    /** Groups over the same positions that read a value in common, and small ones, become one. */
    private void mergeSiblings() {
        List<Group> live = new ArrayList<>(groups.stream().filter(g -> g.isKernel() && !g.members.isEmpty()).toList());
        for (int i = 0; i < live.size(); i++) {
            Group g = live.get(i);
            for (int j = i + 1; j < live.size() && !g.members.isEmpty(); j++) {
                Group h = live.get(j);
                boolean small = g.domain.numel() <= 16 && h.domain.numel() == g.domain.numel();
                if (h.members.isEmpty() || !small && Math.abs(g.last() - h.members.getFirst()) > WINDOW * 8
                        || g.domain.numel() != h.domain.numel()) {
                    continue;
                }
                if (g.members.size() + h.members.size() <= MAX_OPS && (small || sharesRead(g, h))) {
                    merge(g, h, small ? "small" : "common reads");
                }
            }
        }
    }

    private boolean sharesRead(Group g, Group h) {
        if (!g.reads.intersects(h.reads)) {
            return false;
        }
        BitSet both = (BitSet) g.reads.clone();
        both.and(h.reads);
        for (int r = both.nextSetBit(0); r >= 0; r = both.nextSetBit(r + 1)) {
            if (a.instr(r).shape().numel() == g.domain.numel()) {
                return true;
            }
        }
        return false;
    }

    // ---- results ----------------------------------------------------------------------------------------------------------

    private void markStores() {
        for (Group g : groups) {
            for (int m : g.members) {
                if (a.demanded.get(m)) {
                    g.stores.set(m);
                }
            }
        }
        for (Group g : groups) {
            for (int r = g.reads.nextSetBit(0); r >= 0; r = g.reads.nextSetBit(r + 1)) {
                if (groupOf[r] >= 0) {
                    groups.get(groupOf[r]).stores.set(r);
                }
            }
        }
    }

    /** Forgets what only served values that are computed elsewhere now; says which groups are left. */
    private List<Group> finish() {
        BitSet open = new BitSet();
        open.set(0, groups.size());
        while (!open.isEmpty()) {
            for (int k = open.nextSetBit(0); k >= 0; k = open.nextSetBit(k + 1)) {
                int before = groups.size();
                boolean again = groups.get(k).isKernel() && shrink(groups.get(k));
                open.set(k, again);
                open.set(before, Math.max(before, groups.size()));
            }
            BitSet read = new BitSet();
            groups.forEach(g -> read.or(g.reads));
            for (int k = 0; k < groups.size(); k++) {
                Group g = groups.get(k);
                for (int s = g.stores.nextSetBit(0); s >= 0; s = g.stores.nextSetBit(s + 1)) {
                    if (!read.get(s) && !a.demanded.get(s)) {
                        g.stores.clear(s);
                        open.set(k);
                    }
                }
            }
        }
        return groups.stream().filter(g -> !g.stores.isEmpty()).toList();
    }

    private boolean shrink(Group g) {
        List<Integer> stored = g.stores.stream().boxed().toList();
        BitSet reads = new BitSet();
        g.misaligned.clear();
        boolean changed = false;
        if (!stored.isEmpty()) {
            Walk w = new Walk(a, g.domain, set(g.members)::get, this::isStored);
            String no = w.check(stored);
            if (no != null) {
                throw new IllegalStateException(describe(g) + " can no longer be a kernel: " + no);
            }
            g.domain = w.reduces || !w.domain.hasReduction() ? w.domain : withoutReduction(g, w.domain);
            // A new domain is not split yet as the views in it need.
            changed = g.domain != w.domain;
            w.loads.forEach(reads::set);
            w.misaligned.forEach(g.misaligned::set);
        }
        changed |= !reads.equals(g.reads);
        g.reads.clear();
        g.reads.or(reads);
        return changed;
    }

    /** The reductions are gone: what is left has one resolution, or goes apart by resolution. */
    private Domain withoutReduction(Group g, Domain d) {
        List<Integer> outer = g.stores.stream().boxed().filter(m -> a.instr(m).shape().numel() != d.numel()).toList();
        if (outer.size() == g.stores.cardinality()) {
            return Domain.pointwise(d.outer());
        }
        if (!outer.isEmpty()) {
            Group h = open(null, Domain.pointwise(d.outer()));
            outer.forEach(m -> {
                g.stores.clear(m);
                h.stores.set(m);
            });
            h.members.addAll(g.members);
            outer.forEach(m -> groupOf[m] = h.id);
        }
        return Domain.pointwise(d.numel());
    }

    /** Whether another kernel finds the value in memory. */
    boolean isStored(int i) {
        return groupOf[i] >= 0 && groups.get(groupOf[i]).stores.get(i);
    }

    Dependencies order() {
        return order;
    }

    private String describe(Group g) {
        return "{" + g.members.stream().limit(4).map(m -> "%" + m + " " + a.instr(m).op()).reduce((x, y) -> x + ", " + y).orElse("")
                + (g.members.size() > 4 ? ", ..." : "") + "}";
    }
}
