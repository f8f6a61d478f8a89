package dev.levin.kernel.cuda;

import dev.levin.kernel.KernelSpec;
import dev.levin.kernel.ReduceOp;
import dev.levin.kernel.ScalarOp;
import dev.levin.kernel.Store;
import dev.levin.kernel.Value;
import dev.levin.kernel.cuda.Schedule.AccessMode;
import dev.levin.kernel.cuda.Schedule.Mode;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes the body of one kernel. A row kernel goes over its row once for each stage: values that differ along the row are
 * computed in the loops, as often as stages need them; values of a row once, between the loops.
 */
final class BodyWriter {
    private static final String IN = "    ";

    private final KernelSpec spec;
    private final Schedule s;
    private final boolean finish;
    private final Indexing index;
    private final int[] level;
    private final int stages;
    private final boolean pointwise;
    private final int vectorAxis;
    /** Values that differ along the row, or in a pointwise kernel from one element to the next. */
    private final BitSet full = new BitSet();
    /** Values kept in registers from one stage to the next, and those already there. */
    private final BitSet kept = new BitSet();
    private final BitSet ready = new BitSet();
    private final StringBuilder out = new StringBuilder();

    /** @param finish write the kernel that folds the pieces of a split one */
    BodyWriter(KernelSpec spec, Schedule schedule, boolean finish) {
        this.spec = spec;
        this.s = schedule;
        this.finish = finish;
        index = new Indexing(spec, schedule.wide());
        level = spec.levels();
        stages = Schedule.stages(spec);
        pointwise = schedule.mode() == Mode.POINTWISE;
        vectorAxis = pointwise ? spec.outerRank() - 1 : spec.rank() - 1;
        for (int v = 0; v < level.length; v++) {
            full.set(v, varies(v));
        }
    }

    private boolean varies(int v) {
        Value value = spec.values().get(v);
        int access = switch (value) {
            case Value.Load l -> l.access();
            case Value.Index i -> i.access();
            case Value.Random r -> r.access();
            default -> -1;
        };
        if (value instanceof Value.Reduce) {
            return false;
        }
        if (pointwise && access >= 0) {
            return true;
        }
        return access >= 0 && dependsOnReduced(access) || value.operands().stream().anyMatch(full::get);
    }

    private boolean dependsOnReduced(int access) {
        var shape = spec.accesses().get(access);
        return shape.terms().stream().anyMatch(t -> spec.isReduced(t.axis()))
                || shape.bounds().stream().anyMatch(b -> b.stream().anyMatch(t -> spec.isReduced(t.axis())));
    }

    String write() {
        for (int b = 0; b < spec.buffers().size(); b++) {
            String type = Types.memory(spec.buffers().get(b));
            boolean stored = false;
            for (Store store : spec.stores()) {
                stored |= store.buffer() == b;
            }
            line(IN, (stored ? "" : "const ") + type + "* __restrict__ b" + b + " = a.b" + b + ";");
        }
        if (finish) {
            finish();
        } else if (pointwise) {
            pointwise();
        } else {
            rows();
        }
        return out.toString();
    }

    private void line(String indent, String text) {
        out.append(indent).append(text).append('\n');
    }

    // ---- frames ---------------------------------------------------------------------------------------------------------------

    private void pointwise() {
        String i = index.type();
        line(IN, "const " + i + " g = (" + i + ") block * " + s.threads() + " + (int) threadIdx.x;");
        line(IN, "if (g >= " + index.argument("n") + ") return;");
        index.coordinates(out, IN, "g", 0, spec.outerRank(), vectorAxis, s.vector());
        between(0, false);
        Set<Integer> sinks = new HashSet<>();
        spec.stores().forEach(x -> sinks.add(x.value()));
        iteration(IN, sinks, List.of(), spec.stores(), null);
    }

    private void rows() {
        String i = index.type();
        String block = s.split() ? "block / (int) a.pieces" : "block";
        if (s.mode() == Mode.COLUMNS) {
            line(IN, "const int t = (int) threadIdx.x / " + s.rows() + ";");
            line(IN, i + " o = (" + i + ") (" + block + ") * " + s.rows() + " + (int) threadIdx.x % " + s.rows() + ";");
        } else {
            line(IN, "const int t = (int) threadIdx.x % " + s.lanes() + ";");
            line(IN, i + " o = (" + i + ") (" + block + ") * " + s.rows() + " + (int) threadIdx.x / " + s.lanes() + ";");
        }
        outerPosition();
        if (s.split()) {
            line(IN, "const int piece = block % (int) a.pieces;");
            line(IN, "const " + i + " first = (" + i + ") piece * (" + index.argument("chunk") + ");");
            line(IN, "const " + i + " end = first + " + index.argument("chunk") + " < " + index.argument("m") + " ? first + " + index.argument("chunk")
                    + " : " + index.argument("m") + ";");
        } else {
            line(IN, "const " + i + " first = 0, end = " + index.argument("m") + ";");
        }
        List<Store> stores = spec.stores().stream().filter(x -> !x.outer()).toList();
        boolean lastLoop = stores.stream().anyMatch(x -> level[x.value()] >= stages);
        chooseKept(stores, lastLoop);
        for (int stage = 0; stage < stages; stage++) {
            between(stage, true);
            List<Integer> folds = folds(stage);
            Set<Integer> sinks = new HashSet<>();
            folds.forEach(r -> sinks.add(((Value.Reduce) spec.values().get(r)).operand()));
            List<Store> now = !lastLoop && stage == stages - 1 ? stores : List.of();
            now.forEach(x -> sinks.add(x.value()));
            folds.forEach(this::start);
            loop(sinks, folds, now, stage);
            for (int r : folds) {
                fold(r);
            }
        }
        if (s.split()) {
            return;
        }
        between(stages, true);
        if (lastLoop) {
            Set<Integer> sinks = new HashSet<>();
            stores.forEach(x -> sinks.add(x.value()));
            loop(sinks, List.of(), stores, stages);
        }
        outerStores();
    }

    private void finish() {
        String i = index.type();
        line(IN, "const int t = (int) threadIdx.x % 32;");
        line(IN, i + " o = (" + i + ") block * " + LaunchShape.FINISH_THREADS / 32 + " + (int) threadIdx.x / 32;");
        outerPosition();
        between(0, true);
        int number = 0;
        for (int r : folds(0)) {
            start(r);
            String type = accumulator(r);
            line(IN, "for (int p = t; p < (int) a.pieces; p += 32) {");
            line(IN + IN, "x" + r + "[0] = " + functor(r) + "::of(x" + r + "[0], *(const " + type + "*) (a.scratch + 2 * (("
                    + number + " * a.n + o) * a.pieces + p)));");
            line(IN, "}");
            line(IN, "x" + r + "[0] = fold_lanes<" + functor(r) + ", 32>(x" + r + "[0]);");
            result(r);
            number++;
        }
        between(1, true);
        outerStores();
    }

    private void outerPosition() {
        line(IN, "const bool live = o < " + index.argument("n") + ";");
        line(IN, "if (!live) o = " + index.argument("n") + " - 1;");
        index.coordinates(out, IN, "o", 0, spec.outerRank(), -1, 1);
    }

    private List<Integer> folds(int stage) {
        List<Integer> all = new ArrayList<>();
        for (int v = 0; v < level.length; v++) {
            if (spec.values().get(v) instanceof Value.Reduce && level[v] == stage + 1) {
                all.add(v);
            }
        }
        return all;
    }

    // ---- values of a row --------------------------------------------------------------------------------------------------------

    /** Values of a row that the reductions so far allow. */
    private void between(int stage, boolean rows) {
        for (int v = 0; v < level.length; v++) {
            if (!full.get(v) && level[v] == stage && !(spec.values().get(v) instanceof Value.Reduce)) {
                value(IN, v, "");
            }
        }
    }

    private void outerStores() {
        List<Store> stores = spec.stores().stream().filter(Store::outer).toList();
        if (stores.isEmpty()) {
            return;
        }
        boolean inPlace = stores.stream().anyMatch(x -> spec.values().stream().anyMatch(v -> v instanceof Value.Load l && l.buffer() == x.buffer()));
        if (inPlace && !finish && s.lanes() > 1) {
            // all threads of a row have read the old value before one of them replaces it
            line(IN, s.mode() == Mode.ROWS && s.lanes() <= 32 ? "__syncwarp();" : "__syncthreads();");
        } else if (inPlace) {
            line(IN, "__syncwarp();");
        }
        line(IN, "if (live && t == 0) {");
        for (Store x : stores) {
            line(IN + IN, "put(b" + x.buffer() + "[" + index.offset(x.access(), axis -> "c" + axis) + "], v" + x.value() + ");");
        }
        line(IN, "}");
    }

    // ---- loops ------------------------------------------------------------------------------------------------------------------

    /** Loads and expensive functions that more than one loop needs stay in registers. */
    private void chooseKept(List<Store> stores, boolean lastLoop) {
        if (s.steps() == 0) {
            return;
        }
        int[] uses = new int[level.length];
        for (int stage = 0; stage <= stages; stage++) {
            Set<Integer> sinks = new HashSet<>();
            folds(stage).forEach(r -> sinks.add(((Value.Reduce) spec.values().get(r)).operand()));
            if (stage == (lastLoop ? stages : stages - 1)) {
                stores.forEach(x -> sinks.add(x.value()));
            }
            BitSet needed = needed(sinks);
            needed.stream().forEach(v -> uses[v]++);
        }
        int room = 64 / (s.steps() * s.vector());
        for (int v = level.length - 1; v >= 0 && room > 0; v--) {
            Value value = spec.values().get(v);
            boolean dear = value instanceof Value.Load || value instanceof Value.Random
                    || value instanceof Value.Compute c && c.op().weight() >= 16 && c.op() != ScalarOp.CAST;
            if (dear && full.get(v) && uses[v] > 1) {
                kept.set(v);
                room--;
                line(IN, Types.register(spec.values().get(v).dtype()) + " k" + v + "[" + s.steps() * s.vector() + "];");
            }
        }
    }

    /** Values along the row that sinks need, looking no further than what is already kept. */
    private BitSet needed(Set<Integer> sinks) {
        BitSet needed = new BitSet();
        sinks.forEach(v -> needed.set(v, full.get(v)));
        for (int v = needed.length() - 1; v >= 0; v--) {
            if (needed.get(v) && !ready.get(v)) {
                spec.values().get(v).operands().forEach(o -> {
                    if (full.get(o)) {
                        needed.set(o);
                    }
                });
            }
        }
        return needed;
    }

    private void loop(Set<Integer> sinks, List<Integer> folds, List<Store> stores, int stage) {
        String i = index.type();
        String inner = IN + IN;
        if (s.steps() > 0) {
            line("", "#pragma unroll");
            line(IN, "for (int k = 0; k < " + s.steps() + "; k++) {");
            line(inner, "const " + i + " g = first + k * " + s.lanes() + " + t;");
            line(inner, "if (g < end) {");
            inner += IN;
        } else {
            line("", "#pragma unroll 4");
            line(IN, "for (" + i + " g = first + t; g < end; g += " + s.lanes() + ") {");
        }
        index.coordinates(out, inner, "g", spec.outerRank(), spec.rank(), vectorAxis, s.vector());
        iteration(inner, sinks, folds, stores, "live");
        if (s.steps() > 0) {
            line(IN + IN, "}");
        }
        line(IN, "}");
        BitSet now = needed(sinks);
        now.and(kept);
        ready.or(now);
    }

    /** One vector of elements: loads, the functions of each element, stores. */
    private void iteration(String indent, Set<Integer> sinks, List<Integer> folds, List<Store> stores, String condition) {
        BitSet needed = needed(sinks);
        boolean vector = s.vector() > 1;
        for (int v = needed.nextSetBit(0); vector && v >= 0; v = needed.nextSetBit(v + 1)) {
            if (!ready.get(v)) {
                vectorLoad(indent, v);
            }
        }
        for (Store x : stores) {
            if (vector && s.modes().get(x.access()) == AccessMode.VECTOR) {
                line(indent, "Vec<" + s.vector() + ", " + Types.memory(spec.buffers().get(x.buffer())) + "> y" + x.buffer() + ";");
            }
        }
        String inner = indent;
        if (vector) {
            line("", "#pragma unroll");
            line(indent, "for (int j = 0; j < " + s.vector() + "; j++) {");
            inner = indent + IN;
        }
        for (int v = needed.nextSetBit(0); v >= 0; v = needed.nextSetBit(v + 1)) {
            String slot = "k" + v + "[" + (vector ? "k * " + s.vector() + " + j" : "k") + "]";
            if (ready.get(v)) {
                line(inner, "const " + Types.register(spec.values().get(v).dtype()) + " v" + v + " = " + slot + ";");
            } else {
                value(inner, v, vector ? "j" : "");
                if (kept.get(v)) {
                    line(inner, slot + " = v" + v + ";");
                }
            }
        }
        for (int r : folds) {
            accumulate(inner, r, vector);
        }
        for (Store x : stores) {
            boolean whole = vector && s.modes().get(x.access()) == AccessMode.VECTOR;
            String target = whole ? "y" + x.buffer() + ".x[j]" : "b" + x.buffer() + "[" + index.offset(x.access(), axis -> coordinate(axis, vector)) + "]";
            line(inner, (condition == null || whole ? "" : "if (" + condition + ") ") + "put(" + target + ", v" + x.value() + ");");
        }
        if (vector) {
            line(indent, "}");
        }
        for (Store x : stores) {
            if (vector && s.modes().get(x.access()) == AccessMode.VECTOR) {
                String type = "Vec<" + s.vector() + ", " + Types.memory(spec.buffers().get(x.buffer())) + ">";
                line(indent, (condition == null ? "" : "if (" + condition + ") ") + "*(" + type + "*) (b" + x.buffer() + " + ("
                        + index.offset(x.access(), axis -> "c" + axis) + ")) = y" + x.buffer() + ";");
            }
        }
    }

    private String coordinate(int axis, boolean vector) {
        return vector && axis == vectorAxis ? "(c" + axis + " + j)" : "c" + axis;
    }

    private void vectorLoad(String indent, int v) {
        switch (spec.values().get(v)) {
            case Value.Load l when s.modes().get(l.access()) == AccessMode.VECTOR -> {
                String type = "Vec<" + s.vector() + ", " + Types.memory(l.dtype()) + ">";
                String inside = index.inside(l.access(), axis -> "c" + axis);
                String from = "*(const " + type + "*) (b" + l.buffer() + " + (" + index.offset(l.access(), axis -> "c" + axis) + "))";
                if (inside.isEmpty()) {
                    line(indent, "const " + type + " w" + v + " = " + from + ";");
                } else {
                    line(indent, "const bool i" + v + " = " + inside + ";");
                    line(indent, type + " w" + v + ";");
                    line(indent, "if (i" + v + ") w" + v + " = " + from + ";");
                }
            }
            case Value.Random r when s.modes().get(r.access()) == AccessMode.VECTOR && s.vector() % 4 == 0 -> {
                line(indent, "Words w" + v + "[" + s.vector() / 4 + "];");
                line("", "#pragma unroll");
                line(indent, "for (int j = 0; j < " + s.vector() / 4 + "; j++) w" + v + "[j] = philox(b" + r.buffer() + "[0], b" + r.buffer()
                        + "[1], " + r.ordinal() + "u, ((i64) (" + index.offset(r.access(), axis -> "c" + axis) + ") >> 2) + j);");
            }
            default -> { }
        }
    }

    // ---- values -----------------------------------------------------------------------------------------------------------------

    /** Declares {@code v<number>}. {@code j} names the element of a vector, or is empty. */
    private void value(String indent, int v, String j) {
        Value value = spec.values().get(v);
        boolean vector = !j.isEmpty();
        String declare = "const " + Types.register(value.dtype()) + " v" + v + " = ";
        switch (value) {
            case Value.Const c -> line(indent, declare + Types.literal(c.dtype(), c.bits()) + ";");
            case Value.Uniform u -> line(indent, declare + ScalarCode.cast(u.dtype(), DType.F64, "a.u[" + u.slot() + "]") + ";");
            case Value.Index x -> line(indent, declare + "(" + Types.register(x.dtype()) + ") (" + index.offset(x.access(), axis -> coordinate(axis, vector)) + ");");
            case Value.Random r -> line(indent, declare + (vector && s.vector() % 4 == 0 && s.modes().get(r.access()) == AccessMode.VECTOR
                    ? "(int) w" + v + "[j / 4].x[j % 4]" : "random_bits(b" + r.buffer() + "[0], b" + r.buffer() + "[1], " + r.ordinal() + "u, "
                    + index.offset(r.access(), axis -> coordinate(axis, vector)) + ")") + ";");
            case Value.Load l -> load(indent, v, l, vector);
            case Value.Compute c -> {
                DType from = spec.values().get(c.operands().getFirst()).dtype();
                String[] x = c.operands().stream().map(o -> "v" + o).toArray(String[]::new);
                if (c.dtype().isInt() && (c.op() == ScalarOp.DIV || c.op() == ScalarOp.FMOD)) {
                    line(indent, "if (" + x[1] + " == 0) fail(a.trap, 2, a.launch, 0, 0);");
                }
                line(indent, declare + ScalarCode.expression(c.op(), c.dtype(), from, x) + ";");
            }
            case Value.Reduce r -> throw new IllegalStateException("a reduction is not computed on the spot");
        }
    }

    private void load(String indent, int v, Value.Load l, boolean vector) {
        String type = Types.register(l.dtype());
        String fill = Types.literal(l.dtype(), l.fill());
        if (vector && s.modes().get(l.access()) == AccessMode.VECTOR) {
            String inside = spec.accesses().get(l.access()).bounds().isEmpty() ? "" : "i" + v;
            line(indent, "const " + type + " v" + v + " = " + (inside.isEmpty() ? "reg(w" + v + ".x[j])" : inside + " ? reg(w" + v + ".x[j]) : " + fill) + ";");
            return;
        }
        String inside = index.inside(l.access(), axis -> coordinate(axis, vector));
        StringBuilder offset = new StringBuilder(index.offset(l.access(), axis -> coordinate(axis, vector)));
        if (inside.isEmpty() && l.picks().isEmpty()) {
            line(indent, "const " + type + " v" + v + " = reg(b" + l.buffer() + "[" + offset + "]);");
            return;
        }
        line(indent, type + " v" + v + " = " + fill + ";");
        line(indent, (inside.isEmpty() ? "" : "if (" + inside + ") ") + "{");
        List<String> filled = new ArrayList<>();
        for (int p = 0; p < l.picks().size(); p++) {
            String extent = "a.a" + l.access() + "p" + p + "e";
            String k = "p" + v + "_" + p;
            line(indent + IN, "i64 " + k + " = v" + l.picks().get(p) + ";");
            if (l.policy() == Value.OutOfRange.FAIL) {
                line(indent + IN, "if ((u64) " + k + " >= (u64) " + extent + ") { fail(a.trap, 1, a.launch, " + k + ", " + extent + "); " + k + " = 0; }");
            } else {
                filled.add("(u64) " + k + " < (u64) " + extent);
            }
            offset.append(" + ").append(index.argument("a" + l.access() + "p" + p + "s")).append(" * (").append(index.type()).append(") ").append(k);
        }
        line(indent + IN, (filled.isEmpty() ? "" : "if (" + String.join(" && ", filled) + ") ") + "v" + v + " = reg(b" + l.buffer() + "[" + offset + "]);");
        line(indent, "}");
    }

    // ---- reductions ---------------------------------------------------------------------------------------------------------------

    private Value.Reduce reduce(int r) {
        return (Value.Reduce) spec.values().get(r);
    }

    private String functor(int r) {
        return switch (reduce(r).op()) {
            case SUM -> "Sum";
            case PROD -> "Prod";
            case MAX -> "Max";
            case MIN -> "Min";
            case ARGMAX -> "ArgMax";
            case ARGMIN -> "ArgMin";
        };
    }

    private String accumulator(int r) {
        Value.Reduce reduce = reduce(r);
        return reduce.op().isArg() ? "Arg<" + Types.register(spec.values().get(reduce.operand()).dtype()) + ">" : Types.register(reduce.dtype());
    }

    private String identity(int r) {
        Value.Reduce reduce = reduce(r);
        DType d = reduce.dtype();
        boolean max = reduce.op() == ReduceOp.MAX;
        return switch (reduce.op()) {
            case ARGMAX, ARGMIN -> "{0, -1}";
            case SUM -> Types.literal(d, d.isFloat() ? Double.doubleToRawLongBits(0) : 0);
            case PROD -> Types.literal(d, d.isFloat() ? Double.doubleToRawLongBits(1) : 1);
            case MAX, MIN -> Types.literal(d, d.isFloat() ? Double.doubleToRawLongBits(max ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY)
                    : d == DType.BOOL ? max ? 0 : 1 : d == DType.I64 ? max ? Long.MIN_VALUE : Long.MAX_VALUE : max ? Integer.MIN_VALUE : Integer.MAX_VALUE);
        };
    }

    private void start(int r) {
        int n = finish ? 1 : s.vector();
        StringBuilder x = new StringBuilder(accumulator(r) + " x" + r + "[" + n + "] = {");
        for (int j = 0; j < n; j++) {
            x.append(j == 0 ? "" : ", ").append(identity(r));
        }
        line(IN, x + "};");
    }

    private void accumulate(String indent, int r, boolean vector) {
        Value.Reduce reduce = reduce(r);
        String x = "x" + r + "[" + (vector ? "j" : "0") + "]";
        String v = "v" + reduce.operand();
        if (reduce.op().isArg()) {
            line(indent, accumulator(r) + " y" + r + "_ = {" + v + ", (i64) g * " + s.vector() + (vector ? " + j" : "") + "};");
            v = "y" + r + "_";
        } else {
            v = "(" + Types.register(reduce.dtype()) + ") " + v;
        }
        line(indent, x + " = " + functor(r) + "::of(" + x + ", " + v + ");");
    }

    /** The result of a row from those of its threads; a piece's result goes to memory. */
    private void fold(int r) {
        String x = "x" + r;
        String f = functor(r);
        for (int j = 1; j < s.vector(); j++) {
            line(IN, x + "[0] = " + f + "::of(" + x + "[0], " + x + "[" + j + "]);");
        }
        if (s.lanes() > 1) {
            String call = s.mode() == Mode.COLUMNS ? "fold_columns<" + f + ", " + s.lanes() + ", " + s.rows() + ">"
                    : s.lanes() <= 32 ? "fold_lanes<" + f + ", " + s.lanes() + ">" : "fold_block<" + f + ", " + s.lanes() + ">";
            line(IN, x + "[0] = " + call + "(" + x + "[0]);");
        }
        if (s.split()) {
            int number = folds(0).indexOf(r);
            line(IN, "if (live && t == 0) *(" + accumulator(r) + "*) (a.scratch + 2 * ((" + number + " * a.n + o) * a.pieces + piece)) = " + x + "[0];");
        } else {
            result(r);
        }
    }

    private void result(int r) {
        Value.Reduce reduce = reduce(r);
        line(IN, "const " + Types.register(reduce.dtype()) + " v" + r + " = x" + r + "[0]" + (reduce.op().isArg() ? ".at" : "") + ";");
    }
}
