package dev.levin.kernel.jvm;

import dev.levin.kernel.Access;
import dev.levin.kernel.IndexMap;
import dev.levin.kernel.Kernel;
import dev.levin.kernel.KernelSpec;
import dev.levin.kernel.Store;
import dev.levin.kernel.Value;
import dev.levin.kernel.jvm.Step.Slot;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * Cuts a kernel into steps over tiles: loads into scratch, generated passes, folds and stores.
 *
 * <p>Each stage is sliced backwards from what it must produce, so values of earlier stages are computed again unless the
 * tile is whole and the value is expensive; those stay in their array. Within a stage values are computed at the form
 * they have: what depends on rows only is computed once for each row, not for each element.
 */
final class Lowering {
    /** Machine operations in one generated method; keeps it far below the 8,000 bytes the JIT compiler accepts. */
    private static final int PASS_WEIGHT = 320;

    private final Kernel kernel;
    private final KernelSpec spec;
    private final Tiling tiling;
    private final boolean direct;
    private final boolean machine;
    private final int[] level;
    private final Form[] form;
    private final Map<List<Object>, Slot> slotOf = new HashMap<>();
    private final List<Slot> slots = new ArrayList<>();
    private final List<PassProgram> passes = new ArrayList<>();
    private final Set<Integer> keepers = new HashSet<>();
    private final Set<Integer> storedBuffers = new HashSet<>();
    private final Set<Integer> loadedBuffers = new HashSet<>();

    /** @param direct generated code reads and writes contiguous memory itself; otherwise everything goes through scratch */
    Lowering(Kernel kernel, Tiling tiling, boolean direct) {
        this(kernel, tiling, direct, false);
    }

    /** For machine code, which reads and writes contiguous memory itself and has instructions that the JVM has not. */
    static Lowered forMachine(Kernel kernel, Tiling tiling) {
        return new Lowering(kernel, tiling, true, true).lower();
    }

    private Lowering(Kernel kernel, Tiling tiling, boolean direct, boolean machine) {
        this.machine = machine;
        this.kernel = kernel;
        this.spec = kernel.spec();
        this.tiling = tiling;
        this.direct = direct;
        level = spec.levels();
        form = new Form[spec.values().size()];
        for (int v = 0; v < form.length; v++) {
            form[v] = formOf(spec.values().get(v));
        }
        spec.stores().forEach(s -> storedBuffers.add(s.buffer()));
        spec.values().forEach(v -> {
            if (v instanceof Value.Load l) {
                loadedBuffers.add(l.buffer());
            }
        });
    }

    private Form formOf(Value v) {
        Form f = switch (v) {
            case Value.Const c -> Form.ONE;
            case Value.Uniform u -> Form.ONE;
            case Value.Index i -> formOf(access(i.access()));
            case Value.Random r -> formOf(access(r.access()));
            case Value.Load l -> formOf(access(l.access()));
            case Value.Compute c -> Form.ONE;
            case Value.Reduce r -> tiling.keptForm();
        };
        if (!(v instanceof Value.Reduce)) {
            for (int o : v.operands()) {
                f = f.and(form[o]);
            }
        }
        return f;
    }

    private Form formOf(Access a) {
        boolean lanes = tiling.axisN() >= 0 && a.dependsOn(tiling.axisN());
        // a tile of one row: what depends on lanes depends on all there is
        boolean rows = tiling.axisM() >= 0 ? a.dependsOn(tiling.axisM()) : lanes && tiling.mode() != Tiling.Mode.COLUMNS;
        return Form.of(rows, lanes);
    }

    private Access access(int a) {
        return kernel.geometry().accesses().get(a);
    }

    private Value value(int v) {
        return spec.values().get(v);
    }

    Lowered lower() {
        int stages = Math.max(1, tiling.mode() == Tiling.Mode.POINTWISE ? 1 : Tiling.stages(spec));
        var sinks = new ArrayList<List<Store>>();
        for (int s = 0; s < stages; s++) {
            sinks.add(new ArrayList<>());
        }
        var outer = new ArrayList<Store>();
        for (Store s : spec.stores()) {
            if (s.outer() && tiling.mode() != Tiling.Mode.POINTWISE) {
                outer.add(s);
            } else {
                sinks.get(storeStage(s, stages)).add(s);
            }
        }
        if (tiling.whole()) {
            chooseKeepers(stages, sinks);
        }
        var programs = new ArrayList<List<Step>>();
        var kept = new HashSet<Integer>();
        for (int s = 0; s < stages; s++) {
            programs.add(new Stage(Form.FULL, s, sinks.get(s), kept).build());
        }
        List<Step> epilogue = outer.isEmpty() ? List.of()
                : new Stage(tiling.keptForm(), stages, outer, Set.of()).build();
        var reductions = new ArrayList<Lowered.Reduction>();
        for (int v = 0; v < spec.values().size(); v++) {
            if (value(v) instanceof Value.Reduce r) {
                reductions.add(new Lowered.Reduction(r.op(), level[v] - 1, Kind.of(value(r.operand()).dtype()),
                        slot(v, tiling.keptForm())));
            }
        }
        return new Lowered(slots, programs, epilogue, reductions, passes);
    }

    /** A store in place must wait for the last stage that still loads its buffer. */
    private int storeStage(Store s, int stages) {
        return loadedBuffers.contains(s.buffer()) && tiling.mode() != Tiling.Mode.POINTWISE
                ? stages - 1 : Math.min(level[s.value()], stages - 1);
    }

    private void chooseKeepers(int stages, List<List<Store>> sinks) {
        var uses = new HashMap<Integer, Integer>();
        for (int s = 0; s < stages; s++) {
            for (int v : new Stage(Form.FULL, s, sinks.get(s), new HashSet<>()).needed) {
                uses.merge(v, 1, Integer::sum);
            }
        }
        uses.forEach((v, n) -> {
            boolean dear = switch (value(v)) {
                case Value.Compute c -> c.op().weight() > 2;
                case Value.Load l -> !l.picks().isEmpty();
                case Value.Random r -> true;
                default -> false;
            };
            if (n > 1 && dear && form[v] == Form.FULL) {
                keepers.add(v);
            }
        });
    }

    private Slot slot(int v, Form f) {
        return slotOf.computeIfAbsent(List.of(v, f), k -> {
            var s = new Slot(Kind.of(value(v).dtype()), slots.size(), f);
            slots.add(s);
            return s;
        });
    }

    /** Number of a reduction among the reductions. */
    private int reductionNumber(int v) {
        int n = 0;
        for (int i = 0; i < v; i++) {
            n += value(i) instanceof Value.Reduce ? 1 : 0;
        }
        return n;
    }

    /** True if generated code can read or write the access in memory: regular, and lane after lane. */
    private boolean inMemory(Access a, Form domain) {
        return direct && domain == Form.FULL && a.bounds().isEmpty() && a.picks().isEmpty()
                && regular(a.index()) && tiling.axisN() >= 0 && a.index().stride(tiling.axisN()) == 1;
    }

    private boolean regular(IndexMap m) {
        return (tiling.axisM() < 0 || m.isAffineIn(tiling.axisM())) && (tiling.axisN() < 0 || m.isAffineIn(tiling.axisN()));
    }

    /** Steps of one stage, or of the epilogue. */
    private final class Stage {
        private final Form domain;
        private final List<Store> stores;
        private final List<Integer> folds = new ArrayList<>();
        private final Set<Integer> kept;
        final TreeSet<Integer> needed = new TreeSet<>();
        private final Map<Integer, Integer> phase = new HashMap<>();
        private final Map<Integer, Integer> passOf = new HashMap<>();
        private final List<Step> steps = new ArrayList<>();

        Stage(Form domain, int number, List<Store> stores, Set<Integer> kept) {
            this.domain = domain;
            this.stores = stores;
            this.kept = kept;
            for (int v = 0; v < spec.values().size(); v++) {
                if (domain == Form.FULL && value(v) instanceof Value.Reduce r && level[r.operand()] == number) {
                    folds.add(v);
                    need(r.operand());
                }
            }
            stores.forEach(s -> need(s.value()));
        }

        private void need(int v) {
            if (value(v) instanceof Value.Reduce || kept.contains(v) || !needed.add(v)) {
                return;
            }
            value(v).operands().forEach(this::need);
        }

        List<Step> build() {
            for (int v : needed) {
                int p = 0;
                for (int o : value(v).operands()) {
                    if (needed.contains(o) && form[o] == form[v]) {
                        p = Math.max(p, phase.get(o));
                    }
                }
                phase.put(v, value(v) instanceof Value.Load l && !l.picks().isEmpty() ? p + 1 : p);
            }
            for (Form f : Form.values()) {
                if (domain == Form.FULL || f == Form.ONE || f == domain) {
                    buildForm(f);
                }
            }
            for (int r : folds) {
                int v = ((Value.Reduce) value(r)).operand();
                steps.add(new Step.ReduceStep(reductionNumber(r), ((Value.Reduce) value(r)).op(), slot(v, Form.FULL)));
            }
            for (Store s : stores) {
                if (!storedByPass(s)) {
                    steps.add(new Step.StoreStep(s.access(), s.buffer(), spec.buffers().get(s.buffer()), slot(s.value(), domain)));
                }
            }
            for (int v : needed) {
                if (keepers.contains(v)) {
                    kept.add(v);
                }
            }
            return steps;
        }

        private boolean storedByPass(Store s) {
            return inMemory(access(s.access()), domain);
        }

        private void buildForm(Form f) {
            var values = new ArrayList<>(needed.stream().filter(v -> form[v] == f && !(value(v) instanceof Value.Const)).toList());
            values.sort(Comparator.<Integer>comparingInt(phase::get).thenComparing(Comparator.naturalOrder()));
            // passes of this form: (phase, values), cut by weight
            var plan = new LinkedHashMap<Integer, List<Integer>>();
            int pass = 0;
            int weight = 0;
            int at = 0;
            var passPhase = new ArrayList<Integer>();
            for (int v : values) {
                if (!(value(v) instanceof Value.Compute c)) {
                    continue;
                }
                if (passPhase.isEmpty() || at != phase.get(v) || weight + c.op().weight() > PASS_WEIGHT) {
                    pass = passPhase.size();
                    passPhase.add(phase.get(v));
                    at = phase.get(v);
                    weight = 0;
                }
                weight += c.op().weight();
                passOf.put(v, pass);
                plan.computeIfAbsent(pass, k -> new ArrayList<>()).add(v);
            }
            int phases = values.stream().mapToInt(phase::get).max().orElse(0);
            boolean sinksHere = f == domain && (!extraArrays().isEmpty() || !stores.isEmpty());
            if (sinksHere && (passPhase.isEmpty() || passPhase.getLast() < phases)) {
                plan.put(passPhase.size(), new ArrayList<>());
                passPhase.add(phases);
            }
            int done = 0;
            for (int p = 0; p <= phases; p++) {
                for (int v : values) {
                    if (phase.get(v) == p && !(value(v) instanceof Value.Compute)) {
                        stage(v, f);
                    }
                }
                for (; done < passPhase.size() && passPhase.get(done) == p; done++) {
                    boolean last = done == passPhase.size() - 1;
                    emitPass(f, done, plan.get(done), last && f == domain);
                }
            }
        }

        private void stage(int v, Form f) {
            switch (value(v)) {
                case Value.Load l -> {
                    if (!onlyInMemory(v, l)) {
                        var picks = l.picks().stream().map(p -> slot(p, form[p])).toList();
                        for (int p : l.picks()) {
                            if (value(p) instanceof Value.Const c) {
                                steps.add(new Step.ConstStep(c, slot(p, form[p])));
                            }
                        }
                        steps.add(new Step.LoadStep(l, slot(v, f), picks, picks.isEmpty() && !storedBuffers.contains(l.buffer())));
                    }
                }
                case Value.Index i -> steps.add(new Step.IndexStep(i, slot(v, f)));
                case Value.Random r -> steps.add(new Step.RandomStep(r, slot(v, f)));
                case Value.Uniform u -> steps.add(new Step.UniformStep(u, slot(v, f)));
                default -> throw new IllegalStateException("not staged: " + value(v));
            }
        }

        /** True for a load that passes of the domain read in memory, and that nothing else needs in an array. */
        private boolean onlyInMemory(int v, Value.Load l) {
            if (!inMemory(access(l.access()), domain)) {
                return false;
            }
            for (int u : needed) {
                if (value(u).operands().contains(v) && (form[u] != Form.FULL || !(value(u) instanceof Value.Compute))) {
                    return false;
                }
            }
            return true;
        }

        /** Values that must be in an array of the domain's form though no pass of that form computes them. */
        private Set<Integer> extraArrays() {
            var extra = new TreeSet<Integer>();
            for (int r : folds) {
                addExtra(extra, ((Value.Reduce) value(r)).operand());
            }
            for (Store s : stores) {
                if (!storedByPass(s)) {
                    addExtra(extra, s.value());
                }
            }
            return extra;
        }

        private void addExtra(Set<Integer> extra, int v) {
            boolean staged = form[v] == domain && !(value(v) instanceof Value.Load l && onlyInMemory(v, l));
            if (!staged) {
                extra.add(v);
            }
        }

        private boolean inPass(int v, Form f, int pass) {
            return form[v] == f && passOf.getOrDefault(v, -1) == pass && needed.contains(v);
        }

        private void emitPass(Form f, int pass, List<Integer> values, boolean last) {
            var b = new PassBuilder(f, v -> inPass(v, f, pass));
            for (int v : values) {
                b.register(v);
            }
            for (int v : values) {
                if (mustMaterialise(v, f, pass)) {
                    b.toArray(v, slot(v, f));
                }
            }
            if (f == domain) {
                for (Store s : stores) {
                    boolean late = loadedBuffers.contains(s.buffer()) || !(form[s.value()] == f && passOf.containsKey(s.value()));
                    if (storedByPass(s) && (late ? last : inPass(s.value(), f, pass))) {
                        b.toMemory(s);
                    }
                }
                if (last) {
                    for (int v : extraArrays()) {
                        b.toArray(v, slot(v, f));
                    }
                }
            }
            if (b.outputs.isEmpty()) {
                return;
            }
            steps.add(new Step.PassStep(passes.size(), f, b.memory));
            passes.add(PassProgram.of(b.inputs, b.code.instructions(), b.outputs));
        }

        private boolean mustMaterialise(int v, Form f, int pass) {
            if (keepers.contains(v)) {
                return true;
            }
            for (int u : needed) {
                if (value(u).operands().contains(v) && !inPass(u, f, pass)) {
                    return true;
                }
            }
            for (int r : folds) {
                if (((Value.Reduce) value(r)).operand() == v) {
                    return true;
                }
            }
            for (Store s : stores) {
                if (s.value() == v && (!storedByPass(s) || form[v] != domain || loadedBuffers.contains(s.buffer()))) {
                    return true;
                }
            }
            return false;
        }

        /** Collects the instructions, inputs and outputs of one generated loop. */
        private final class PassBuilder {
            final Form form;
            final IntPredicate mine;
            final Code code = new Code(machine);
            final ScalarLowering scalar = new ScalarLowering(code);
            final List<PassProgram.Input> inputs = new ArrayList<>();
            final List<PassProgram.Output> outputs = new ArrayList<>();
            final List<Step.MemoryUse> memory = new ArrayList<>();
            final Map<Integer, Integer> registers = new HashMap<>();

            PassBuilder(Form form, IntPredicate mine) {
                this.form = form;
                this.mine = mine;
            }

            int register(int v) {
                Integer known = registers.get(v);
                if (known != null) {
                    return known;
                }
                int r = make(v);
                registers.put(v, r);
                return r;
            }

            private int make(int v) {
                Value value = value(v);
                if (value instanceof Value.Const c) {
                    return constant(c);
                }
                if (mine.test(v)) {
                    var c = (Value.Compute) value;
                    int[] x = new int[c.operands().size()];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = register(c.operands().get(i));
                    }
                    return scalar.lower(c.op(), c.dtype(), value(c.operands().getFirst()).dtype(), x);
                }
                if (value instanceof Value.Load l && form == Form.FULL && !kept.contains(v)
                        && inMemory(access(l.access()), domain)) {
                    int number = use(l.access(), l.buffer(), l.dtype());
                    Kind raw = l.dtype().isHalf() ? Kind.I : Kind.of(l.dtype());
                    return scalar.fromMemory(l.dtype(), input(new PassProgram.Input(Form.FULL, raw, l.dtype().bytes(), number)));
                }
                Form have = Lowering.this.form[v];
                Slot s = slot(v, have);
                int r = input(new PassProgram.Input(have == form ? Form.FULL : have, s.kind(), 0, s.number()));
                return value.dtype() == DType.BOOL ? code.not(code.eq(r, code.i(0))) : r;
            }

            private int constant(Value.Const c) {
                return switch (Kind.register(c.dtype())) {
                    case F -> code.f((float) c.asDouble());
                    case D -> code.d(c.asDouble());
                    case L -> code.l(c.bits());
                    case I -> code.i((int) c.bits());
                    case M -> code.bool(c.bits() != 0);
                };
            }

            private int input(PassProgram.Input in) {
                int at = inputs.indexOf(in);
                if (at < 0) {
                    at = inputs.size();
                    inputs.add(in);
                }
                return code.in(in.kind(), at);
            }

            /** Number of an access to a buffer, among those of this pass. */
            private int use(int access, int buffer, DType dtype) {
                var u = new Step.MemoryUse(access, buffer, dtype);
                if (!memory.contains(u)) {
                    memory.add(u);
                }
                return memory.indexOf(u);
            }

            void toArray(int v, Slot s) {
                var out = new PassProgram.Output(s.kind(), 0, s.number(), code.convert(s.kind(), register(v)));
                if (!outputs.contains(out)) {
                    outputs.add(out);
                }
            }

            void toMemory(Store s) {
                DType d = spec.buffers().get(s.buffer());
                int number = use(s.access(), s.buffer(), d);
                outputs.add(new PassProgram.Output(d.isHalf() ? Kind.I : Kind.of(d), d.bytes(), number,
                        scalar.toMemory(d, register(s.value()))));
            }
        }
    }
}
