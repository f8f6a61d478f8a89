package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** From a program to a plan: normalise, group, update in place, lower, merge, order, place in memory. */
public final class Planner {
    private static final int MAX_BARRIERS = 2000;
    /** A merged launch may delay intermediates of at most this size. */
    private static final long MAX_DELAYED = 1 << 16;
    private static final long MAX_MULTI = 1 << 24;

    private final Analysis a;
    private final PlanOptions options;
    private final Grouper grouper;
    private final List<Group> groups;
    private final int[] groupOf;
    private final Dependencies order;
    private final List<Storage> storages = new ArrayList<>();
    private final int[] storageOf;
    /** Groups that nothing launches: others do their work. */
    private BitSet gone = new BitSet();
    private final List<String> notes = new ArrayList<>();
    /** Leaf instruction of each slot, or -1. */
    private final int[] leafOf;

    private Planner(Analysis a, PlanOptions options, Grouper grouper, List<Group> groups) {
        this.a = a;
        this.options = options;
        this.grouper = grouper;
        this.groups = groups;
        order = grouper.order();
        groupOf = new int[a.program.size()];
        storageOf = new int[a.program.size()];
        Arrays.fill(groupOf, -1);
        Arrays.fill(storageOf, -1);
        for (Group g : groups) {
            for (int s = g.stores.nextSetBit(0); s >= 0; s = g.stores.nextSetBit(s + 1)) {
                groupOf[s] = g.id;
            }
        }
        leafOf = new int[a.program.leafCount()];
        Arrays.fill(leafOf, -1);
        for (int i = 0; i < a.program.size(); i++) {
            if (Analysis.isLeaf(a.instr(i).op())) {
                leafOf[a.instr(i).attr(0)] = i;
            }
        }
        notes.addAll(grouper.refusals());
    }

    public static Plan plan(Program raw, PlanOptions options) {
        Program program = options.normalise() ? Normalizer.normalize(raw) : raw;
        if (options.layout() && options.library() && options.normalise()) {
            Program images = ChannelsLast.rewrite(program);
            program = images == program ? program : Normalizer.normalize(images);
        }
        return plan(program, options, new HashSet<>());
    }

    private static Plan plan(Program program, PlanOptions options, Set<Integer> barriers) {
        while (true) {
            Analysis a = new Analysis(program, barriers, options.library());
            try {
                Grouper grouper = new Grouper(a, options);
                List<Group> groups = grouper.group();
                return new Planner(a, options, grouper, groups).build();
            } catch (Reach.NotAffine e) {
                if (!barriers.add(a.strip(e.view)) || barriers.size() > MAX_BARRIERS) {
                    throw new IllegalStateException("%" + e.view + " " + program.instr(e.view).op()
                            + " can be neither followed nor stored", e);
                }
            }
        }
    }

    private Plan build() {
        leaves();
        List<Plan.Move> saves = new ArrayList<>();
        List<Plan.Move> moves = new ArrayList<>();
        Set<Integer> inPlace = placeVariables();
        InPlaceConcats concats = new InPlaceConcats(a, groups, groupOf, storages, storageOf, grouper::isStored, notes);
        if (options.inPlace()) {
            concats.run();
        }
        gone = concats.gone;
        BitSet needed = needed();
        var reuse = new InPlaceValues(a, groups, groupOf, order, storages, storageOf);
        if (options.inPlace()) {
            inPlace.stream().filter(slot -> leafOf[slot] < 0).forEach(slot -> reuse.early(assigned(slot)));
        }
        for (Group g : reuse.inOrder()) {
            for (int s = g.stores.nextSetBit(0); s >= 0; s = g.stores.nextSetBit(s + 1)) {
                if (storageOf[s] < 0 && needed.get(s)) {
                    int old = options.inPlace() && !gone.get(g.id) ? reuse.storageFor(g, s) : -1;
                    storageOf[s] = old >= 0 ? old : storage(Storage.Kind.ARENA, -1, s);
                }
            }
        }
        finalCopies(saves, moves, inPlace);
        List<List<Group>> launches = schedule();
        return link(launches, saves, moves);
    }

    private int assigned(int slot) {
        return a.strip(Arrays.stream(a.program.assigns()).filter(s -> s.slot() == slot).findFirst().orElseThrow().value());
    }

    /** Values that must be somewhere by themselves, not only as parts of concatenations that are written in place. */
    private BitSet needed() {
        BitSet needed = new BitSet();
        for (Group g : groups) {
            if (!gone.get(g.id)) {
                needed.or(g.reads);
            }
            for (int s = g.stores.nextSetBit(0); s >= 0 && g.joins.isEmpty(); s = g.stores.nextSetBit(s + 1)) {
                needed.set(s);
            }
        }
        Arrays.stream(a.program.outputs()).forEach(o -> needed.set(a.strip(o)));
        Arrays.stream(a.program.assigns()).forEach(s -> needed.set(a.strip(s.value())));
        return needed;
    }

    // ---- storages -----------------------------------------------------------------------------------------------------------

    private int storage(Storage.Kind kind, int slot, int value) {
        storages.add(new Storage(kind, slot, value, a.instr(value).dtype(), a.instr(value).shape().numel()));
        return storages.size() - 1;
    }

    private void leaves() {
        for (int i : leafOf) {
            if (i >= 0) {
                boolean input = a.instr(i).op() == Op.INPUT;
                storageOf[i] = storage(input ? Storage.Kind.INPUT : Storage.Kind.VARIABLE, a.instr(i).attr(0), i);
            }
        }
    }

    private int variable(int slot, int value) {
        return leafOf[slot] >= 0 ? storageOf[leafOf[slot]] : storage(Storage.Kind.VARIABLE, slot, value);
    }

    /** Which assignments are stored by the kernel that computes them; the others are copied at the end. */
    private Set<Integer> placeVariables() {
        Set<Integer> done = new HashSet<>();
        for (Program.Assign s : a.program.assigns()) {
            int v = a.strip(s.value());
            if (!options.inPlace()) {
                continue;
            }
            String no = inPlaceRefusal(s.slot(), v);
            if (no == null) {
                int leaf = leafOf[s.slot()];
                if (leaf >= 0) {
                    readers(leaf).forEach(r -> order.require(r.id, groupOf[v]));
                }
                storageOf[v] = variable(s.slot(), v);
                done.add(s.slot());
            } else {
                notes.add("slot " + s.slot() + " not in place: " + no);
            }
        }
        return done;
    }

    private List<Group> readers(int leaf) {
        return groups.stream().filter(g -> g.reads.get(leaf)).toList();
    }

    private String inPlaceRefusal(int slot, int v) {
        if (groupOf[v] < 0) {
            return "%" + v + " is a leaf";
        }
        if (storageOf[v] >= 0) {
            return "%" + v + " is stored in another variable";
        }
        int leaf = leafOf[slot];
        if (leaf < 0) {
            return null;
        }
        for (Group r : readers(leaf)) {
            if (r.id == groupOf[v]) {
                if (!r.isKernel()) {
                    return "the routine of %" + v + " reads the old value";
                }
                if (r.misaligned.get(leaf)) {
                    return "the kernel of %" + v + " reads the old value at other positions";
                }
            } else if (order.precedes(groupOf[v], r.id)) {
                return r + " reads the old value later";
            }
        }
        return null;
    }

    private void finalCopies(List<Plan.Move> saves, List<Plan.Move> moves, Set<Integer> inPlace) {
        Set<Integer> assigned = new HashSet<>();
        for (Program.Assign s : a.program.assigns()) {
            assigned.add(s.slot());
        }
        Map<Integer, Integer> saved = new HashMap<>();
        for (Program.Assign s : a.program.assigns()) {
            int v = a.strip(s.value());
            if (!inPlace.contains(s.slot()) && v != leafOf[s.slot()]) {
                moves.add(new Plan.Move(survivor(v, assigned, saved, saves), variable(s.slot(), v)));
            }
        }
        for (int o : a.program.outputs()) {
            survivor(a.strip(o), assigned, saved, saves);
        }
        saved.forEach((leaf, copy) -> outputOf.put(leaf, copy));
    }

    private final Map<Integer, Integer> outputOf = new HashMap<>();

    /** Where the value is at the end of the run: a copy, if it is the old value of a variable that changes. */
    private int survivor(int v, Set<Integer> assigned, Map<Integer, Integer> saved, List<Plan.Move> saves) {
        boolean changes = a.instr(v).op() == Op.VARIABLE && assigned.contains(a.instr(v).attr(0));
        if (!changes) {
            return storageOf[v];
        }
        return saved.computeIfAbsent(v, x -> {
            int copy = storage(Storage.Kind.ARENA, -1, x);
            saves.add(new Plan.Move(storageOf[x], copy));
            return copy;
        });
    }

    // ---- launches -----------------------------------------------------------------------------------------------------------

    private final Map<Integer, LoweredKernel> lowered = new HashMap<>();

    private LoweredKernel lower(Group g) {
        return lowered.computeIfAbsent(g.id, id -> new KernelLowering(a, g, grouper::isStored, v -> storageOf[v]).lower());
    }

    /** Groups that run as one launch, in order. */
    private List<List<Group>> schedule() {
        Map<Integer, List<Group>> units = new HashMap<>();
        groups.forEach(g -> units.put(g.id, new ArrayList<>(List.of(g))));
        if (options.multi()) {
            mergeEqual(units);
        }
        List<List<Group>> sorted = inOrder(units);
        if (sorted.size() != units.size()) {
            throw new IllegalStateException("launches depend on each other in a circle");
        }
        return sorted;
    }

    /**
     * Units after what they need, of those that can run the one whose result is wanted first. Each waits for one of what it needs
     * at a time, so that all of it is looked at a few times only.
     */
    private List<List<Group>> inOrder(Map<Integer, List<Group>> units) {
        BitSet open = new BitSet();
        units.keySet().forEach(open::set);
        int[] rank = new int[open.length()];
        units.forEach((u, unit) -> {
            for (Group g : unit) {
                rank[u] = Math.max(rank[u], g.firstStore());
            }
        });
        List<List<Integer>> waiting = new ArrayList<>();
        for (int u = 0; u < rank.length; u++) {
            waiting.add(new ArrayList<>());
        }
        PriorityQueue<Integer> ready = new PriorityQueue<>(Comparator.comparingInt((Integer u) -> rank[u]));
        for (int u = open.nextSetBit(0); u >= 0; u = open.nextSetBit(u + 1)) {
            int need = order.latest(u, open);
            (need < 0 ? ready : waiting.get(need)).add(u);
        }
        List<List<Group>> sorted = new ArrayList<>();
        while (!ready.isEmpty()) {
            int u = ready.poll();
            sorted.add(units.get(u));
            open.clear(u);
            for (int w : waiting.get(u)) {
                int need = order.latest(w, open);
                (need < 0 ? ready : waiting.get(need)).add(w);
            }
        }
        return sorted;
    }

    /** Kernels that differ in memory and extents only become one launch. */
    private void mergeEqual(Map<Integer, List<Group>> units) {
        Map<Object, List<Integer>> bySpec = new HashMap<>();
        for (Group g : groups) {
            if (g.isKernel() && g.domain.numel() < MAX_MULTI && delays(g) <= MAX_DELAYED) {
                LoweredKernel k = lower(g);
                bySpec.computeIfAbsent(k.kernel().spec(), s -> new ArrayList<>()).add(g.id);
            }
        }
        for (List<Integer> same : bySpec.values()) {
            List<Integer> heads = new ArrayList<>();
            for (int g : same) {
                Integer home = null;
                for (int h : heads) {
                    if (!order.precedes(h, g) && !order.precedes(g, h)) {
                        home = h;
                        break;
                    }
                }
                if (home == null) {
                    heads.add(g);
                } else {
                    units.get(home).addAll(units.remove(g));
                    order.merge(home, g);
                }
            }
        }
    }

    /**
     * Bytes of intermediates that would wait for the other members of a merged launch: what the kernel stores, and what a reduction
     * is the last to read. Those are in a cache when their producer is done, and would occupy memory until then.
     */
    private long delays(Group g) {
        long stored = g.stores.stream().mapToLong(this::arenaBytes).sum();
        boolean reduces = g.members.stream().anyMatch(i -> a.instr(i).op().kind() == Op.Kind.REDUCE);
        return stored + (reduces ? g.reads.stream().filter(r -> isLast(g, r)).mapToLong(this::arenaBytes).sum() : 0);
    }

    private boolean isLast(Group g, int read) {
        for (Group h : groups) {
            if (h.reads.get(read) && order.precedes(g.id, h.id)) {
                return false;
            }
        }
        return true;
    }

    private long arenaBytes(int value) {
        if (storageOf[value] < 0) {
            return 0;
        }
        Storage s = storages.get(storageOf[value]);
        return s.kind() == Storage.Kind.ARENA ? s.bytes() : 0;
    }

    // ---- linking ------------------------------------------------------------------------------------------------------------

    private Plan link(List<List<Group>> units, List<Plan.Move> saves, List<Plan.Move> moves) {
        List<Plan.Launch> launches = new ArrayList<>();
        Set<Integer> uniforms = new LinkedHashSet<>();
        int[] first = new int[storages.size()];
        int[] last = new int[storages.size()];
        Arrays.fill(first, -1);
        Arrays.fill(last, -1);
        for (List<Group> unit : units) {
            Group head = unit.getFirst();
            if (gone.get(head.id)) {
                continue;
            }
            int p = launches.size();
            for (Group g : unit) {
                for (int s = g.stores.nextSetBit(0); s >= 0; s = g.stores.nextSetBit(s + 1)) {
                    written(storageOf[s], p, first, last);
                }
                g.joins.forEach(j -> written(j.storage(), p, first, last));
                for (int r = g.reads.nextSetBit(0); r >= 0; r = g.reads.nextSetBit(r + 1)) {
                    read(storageOf[r], p, last);
                }
            }
            if (head.isKernel()) {
                List<LoweredKernel> kernels = unit.stream().map(this::lower).toList();
                kernels.forEach(k -> Arrays.stream(k.uniforms()).forEach(uniforms::add));
                launches.add(new Plan.KernelLaunch(kernels));
            } else {
                int[] operands = a.operands(head.call).stream().mapToInt(k -> storageOf[a.strip(k)]).toArray();
                launches.add(new Plan.CallLaunch(head.call, operands, storageOf[head.call.result()]));
                for (int s : operands) {
                    read(s, p, last);
                }
            }
        }
        int n = launches.size();
        int[] outputs = Arrays.stream(a.program.outputs()).map(o -> outputOf.getOrDefault(a.strip(o), storageOf[a.strip(o)])).toArray();
        for (int o : outputs) {
            read(o, n, last);
        }
        moves.forEach(m -> read(m.from(), n, last));
        saves.forEach(m -> read(m.to(), n, last));
        return place(launches, saves, moves, outputs, uniforms.stream().mapToInt(Integer::intValue).toArray(), first, last);
    }

    /** Launch {@code p} writes a storage, and so the one it is in. What no launch writes is there before the first. */
    private void written(int storage, int p, int[] first, int[] last) {
        for (int s = storage; s >= 0; s = storages.get(s).within()) {
            first[s] = first[s] < 0 ? p : Math.min(first[s], p);
        }
        read(storage, p, last);
    }

    private void read(int storage, int p, int[] last) {
        for (int s = storage; s >= 0; s = storages.get(s).within()) {
            last[s] = Math.max(last[s], p);
        }
    }

    private Plan place(List<Plan.Launch> launches, List<Plan.Move> saves, List<Plan.Move> moves, int[] outputs, int[] uniforms,
            int[] first, int[] last) {
        List<Integer> ids = new ArrayList<>();
        List<MemoryPlanner.Interval> intervals = new ArrayList<>();
        List<Integer> inputs = new ArrayList<>();
        for (int s = 0; s < storages.size(); s++) {
            Storage.Kind kind = storages.get(s).kind();
            if (kind == Storage.Kind.INPUT) {
                inputs.add(s);
            }
            if (kind != Storage.Kind.VARIABLE && storages.get(s).within() < 0) {
                ids.add(s);
                intervals.add(new MemoryPlanner.Interval(first[s], Math.max(first[s], last[s]), storages.get(s).bytes()));
            }
        }
        MemoryPlanner.Layout layout = MemoryPlanner.plan(intervals, options.arena());
        long[] offsets = new long[storages.size()];
        Arrays.fill(offsets, -1);
        for (int i = 0; i < ids.size(); i++) {
            offsets[ids.get(i)] = layout.offsets()[i];
        }
        for (int s = 0; s < offsets.length; s++) {
            // The whole comes before its parts.
            if (storages.get(s).within() >= 0) {
                offsets[s] = offsets[storages.get(s).within()] + storages.get(s).start();
            }
        }
        return new Plan(a.program, List.copyOf(launches), List.copyOf(storages), offsets, layout.bytes(),
                MemoryPlanner.maxLive(intervals), inputs.stream().mapToInt(Integer::intValue).toArray(), List.copyOf(saves),
                List.copyOf(moves), outputs, uniforms, List.copyOf(notes));
    }
}
