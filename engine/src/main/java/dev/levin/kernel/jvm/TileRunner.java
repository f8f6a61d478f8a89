package dev.levin.kernel.jvm;

import dev.levin.kernel.Kernel;
import dev.levin.kernel.Philox;
import dev.levin.kernel.Value;
import dev.levin.kernel.jvm.Step.Slot;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** Runs the steps of a kernel, tile by tile, for one thread. Holds the thread's scratch; not thread-safe. */
final class TileRunner {
    private final Kernel kernel;
    private final Tiling tiling;
    private final Lowered lowered;
    private final AccessPlan[] plans;
    private final PassCode code;
    private final Frame frame;
    private final Folds[] folds;
    private final long[] pos;
    private final List<DType> types;
    /** What each slot holds, so that a tile that reads the same elements again loads nothing. */
    private final long[] heldBase;
    private final int[] heldRows;
    private final int[] heldLanes;
    private int rows;
    private int lanes;
    private long[] buffers;
    private double[] uniforms;

    TileRunner(Kernel kernel, Tiling tiling, Lowered lowered, AccessPlan[] plans, PassCode code,
            boolean vectors) {
        this.kernel = kernel;
        this.tiling = tiling;
        this.lowered = lowered;
        this.plans = plans;
        this.code = code;
        types = kernel.spec().buffers();
        frame = new Frame(lowered.slots().size(), lowered.memoryUses());
        for (Slot s : lowered.slots()) {
            int size = switch (s.form()) {
                case ONE -> 1;
                case ROW -> tiling.mTile();
                case LANE -> tiling.nTile();
                case FULL -> tiling.mTile() * tiling.nTile();
            };
            frame.allocate(s.number(), s.kind(), size);
        }
        int capacity = resultCapacity(tiling);
        folds = lowered.reductions().stream().map(r -> new Folds(r.op(), r.kind(), capacity, vectors)).toArray(Folds[]::new);
        pos = new long[kernel.spec().rank()];
        heldBase = new long[lowered.slots().size()];
        heldRows = new int[heldBase.length];
        heldLanes = new int[heldBase.length];
    }

    /** Results of one tile. */
    static int resultCapacity(Tiling t) {
        return t.mode() == Tiling.Mode.ROWS ? t.mTile() : t.nTile();
    }

    Folds[] folds() {
        return folds;
    }

    /** Number of results of the current tile. */
    int results() {
        return tiling.mode() == Tiling.Mode.ROWS ? rows : lanes;
    }

    void bind(long[] buffers, double[] uniforms) {
        this.buffers = buffers;
        this.uniforms = uniforms;
        Arrays.fill(heldRows, -1);
    }

    /** Runs all stages for one kept tile over the reduced tiles {@code from} to {@code to}; folds hold the results. */
    void stages(long keptTile, long from, long to) {
        moveKept(keptTile);
        var programs = lowered.stages();
        for (int s = 0; s < programs.size(); s++) {
            for (int r = 0; r < folds.length; r++) {
                if (lowered.reductions().get(r).stage() == s) {
                    folds[r].reset(results());
                }
            }
            List<Step> steps = programs.get(s);
            for (long t = from; t < to; t++) {
                moveReduced(t);
                run(steps);
            }
            for (int r = 0; r < folds.length; r++) {
                if (lowered.reductions().get(r).stage() == s) {
                    publish(r);
                }
            }
        }
    }

    /** Steps over the results of one kept tile. */
    void epilogue(long keptTile) {
        moveKept(keptTile);
        run(lowered.epilogue());
    }

    /** Folds the pieces of one kept tile in the order of their number, then runs the epilogue. */
    void combine(int keptTile, int chunks, int capacity, double[][] d, long[][] l, long[][] at) {
        moveKept(keptTile);
        for (int r = 0; r < folds.length; r++) {
            folds[r].reset(results());
            for (int c = 0; c < chunks; c++) {
                int piece = (keptTile * chunks + c) * capacity;
                for (int k = 0; k < results(); k++) {
                    folds[r].combine(k, d[r] == null ? 0 : d[r][piece + k], l[r] == null ? 0 : l[r][piece + k],
                            at[r] == null ? 0 : at[r][piece + k]);
                }
            }
            publish(r);
        }
        run(lowered.epilogue());
    }

    /** Converts the state of a reduction into its array. */
    void publish(int r) {
        Lowered.Reduction red = lowered.reductions().get(r);
        Folds f = folds[r];
        Slot to = red.result();
        int n = results();
        boolean floats = red.kind().isFloat();
        for (int k = 0; k < n; k++) {
            switch (to.kind()) {
                case F -> frame.f[to.number()][k] = (float) f.d[k];
                case D -> frame.d[to.number()][k] = f.d[k];
                case I -> frame.i[to.number()][k] = (int) f.l[k];
                default -> frame.l[to.number()][k] = red.op().isArg() ? f.at[k] : floats ? (long) f.d[k] : f.l[k];
            }
        }
    }

    private void moveKept(long tile) {
        long t = tile;
        switch (tiling.mode()) {
            case POINTWISE -> {
                t = moveLanes(t);
                t = moveRows(t);
            }
            case ROWS -> {
                t = moveRows(t);
                lanes = 0;
            }
            default -> {
                t = moveLanes(t);
                rows = 0;
            }
        }
        moveOthers(tiling.kept(), t);
    }

    private void moveReduced(long tile) {
        long t = tile;
        switch (tiling.mode()) {
            case POINTWISE -> { }
            case ROWS -> moveOthers(tiling.reduced(), moveLanes(t));
            default -> moveOthers(tiling.reduced(), moveRows(t));
        }
    }

    private long moveLanes(long t) {
        if (tiling.axisN() < 0) {
            lanes = 1;
            return t;
        }
        long extent = kernel.geometry().extent(tiling.axisN());
        long tiles = Tiling.ceil(extent, tiling.nTile());
        long start = t % tiles * tiling.nTile();
        pos[tiling.axisN()] = start;
        lanes = (int) Math.min(tiling.nTile(), extent - start);
        return t / tiles;
    }

    private long moveRows(long t) {
        if (tiling.axisM() < 0) {
            rows = 1;
            return t;
        }
        long extent = kernel.geometry().extent(tiling.axisM());
        long tiles = Tiling.ceil(extent, tiling.mTile());
        long start = t % tiles * tiling.mTile();
        pos[tiling.axisM()] = start;
        rows = (int) Math.min(tiling.mTile(), extent - start);
        return t / tiles;
    }

    private void moveOthers(List<Integer> axes, long t) {
        for (int k = axes.size() - 1; k >= 0; k--) {
            int a = axes.get(k);
            long e = kernel.geometry().extent(a);
            pos[a] = t % e;
            t /= e;
        }
    }

    private int rows(Form f) {
        return f == Form.ROW || f == Form.FULL ? rows : 1;
    }

    private int lanes(Form f) {
        return f == Form.LANE || f == Form.FULL ? lanes : 1;
    }

    private void run(List<Step> steps) {
        for (int k = 0; k < steps.size(); k++) {
            switch (steps.get(k)) {
                case Step.PassStep p -> pass(p);
                case Step.LoadStep l -> load(l);
                case Step.ReduceStep r -> reduce(r);
                case Step.StoreStep s -> store(s);
                case Step.IndexStep i -> index(i);
                case Step.RandomStep r -> random(r);
                case Step.UniformStep u -> uniform(u);
                case Step.ConstStep c -> Stager.fill(c.constant().dtype(), c.constant().bits(), Stager.array(frame, c.to()), 0, 1);
            }
        }
    }

    private void pass(Step.PassStep p) {
        for (int k = 0; k < p.memory().size(); k++) {
            Step.MemoryUse u = p.memory().get(k);
            AccessPlan.Linear x = plans[u.access()].index;
            frame.addr[k] = buffers[u.buffer()] + x.at(pos) * u.dtype().bytes();
            frame.rowBytes[k] = x.rowStride * u.dtype().bytes();
        }
        switch (p.form()) {
            case ONE -> code.run(p.pass(), frame, 1, 1);
            case ROW -> code.run(p.pass(), frame, 1, rows);
            case LANE -> code.run(p.pass(), frame, 1, lanes);
            case FULL -> code.run(p.pass(), frame, rows, lanes);
        }
    }

    private void load(Step.LoadStep s) {
        Value.Load l = s.load();
        AccessPlan plan = plans[l.access()];
        DType type = types.get(l.buffer());
        int bytes = type.bytes();
        Object to = Stager.array(frame, s.to());
        int m = rows(s.to().form());
        int n = lanes(s.to().form());
        if (plan.regular && plan.picks.length > 0 && plan.bounds.length == 0 && s.picks().stream().noneMatch(this::alongLanes)) {
            gatherRows(s, plan, type, to, m, n);
            return;
        }
        if (!plan.regular || plan.picks.length > 0) {
            elementwise(s, plan, type, to, m, n);
            return;
        }
        long base = plan.index.at(pos);
        if (plan.bounds.length > 0) {
            padded(l, plan, type, base, to, m, n);
            return;
        }
        int slot = s.to().number();
        if (s.remember()) {
            if (heldRows[slot] == m && heldLanes[slot] == n && heldBase[slot] == base) {
                return;
            }
            heldRows[slot] = m;
            heldLanes[slot] = n;
            heldBase[slot] = base;
        }
        long address = buffers[l.buffer()] + base * bytes;
        long rowBytes = plan.index.rowStride * bytes;
        long laneBytes = plan.index.laneStride * bytes;
        if (n == 1 || rowBytes == laneBytes * n) {
            Stager.load(frame, type, address, n == 1 ? rowBytes : laneBytes, to, 0, m * n);
            return;
        }
        for (int i = 0, at = 0; i < m; i++, at += n) {
            Stager.load(frame, type, address + i * rowBytes, laneBytes, to, at, n);
        }
    }

    /** Each row is in bounds for one interval of lanes. */
    private void padded(Value.Load l, AccessPlan plan, DType type, long base, Object to, int m, int n) {
        int bytes = type.bytes();
        for (int i = 0, at = 0; i < m; i++, at += n) {
            long low = 0;
            long high = n;
            for (int b = 0; b < plan.bounds.length; b++) {
                AccessPlan.Linear x = plan.bounds[b];
                long v = x.at(pos) + i * x.rowStride;
                long s = x.laneStride;
                // lanes j with 0 <= v + j s < limit
                if (s == 0) {
                    high = v >= 0 && v < plan.limits[b] ? high : 0;
                } else if (s > 0) {
                    low = Math.max(low, Math.ceilDiv(-v, s));
                    high = Math.min(high, Math.ceilDiv(plan.limits[b] - v, s));
                } else {
                    low = Math.max(low, Math.floorDiv(v - plan.limits[b], -s) + 1);
                    high = Math.min(high, Math.floorDiv(v, -s) + 1);
                }
            }
            int lo = (int) Math.clamp(low, 0, n);
            int hi = (int) Math.clamp(high, lo, n);
            Stager.fill(type, l.fill(), to, at, lo);
            long address = buffers[l.buffer()] + (base + i * plan.index.rowStride + lo * plan.index.laneStride) * bytes;
            Stager.load(frame, type, address, plan.index.laneStride * bytes, to, at + lo, hi - lo);
            Stager.fill(type, l.fill(), to, at + hi, n - hi);
        }
    }

    /** Index maps with div or mod on a side of the tile, and gathers. */
    private void elementwise(Step.LoadStep s, AccessPlan plan, DType type, Object to, int m, int n) {
        Value.Load l = s.load();
        long[] p = pos.clone();
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                shift(p, s.to().form(), i, j);
                boolean inside = true;
                for (int b = 0; b < plan.bounds.length && inside; b++) {
                    long v = plan.bounds[b].at(p);
                    inside = v >= 0 && v < plan.limits[b];
                }
                long offset = inside ? plan.index.at(p) : 0;
                for (int k = 0; k < plan.picks.length && inside; k++) {
                    long index = pick(s.picks().get(k), i, j, n);
                    inside = inRange(index, plan.picks[k].extent(), l);
                    offset += index * plan.picks[k].stride();
                }
                if (inside) {
                    Stager.load(frame, type, buffers[l.buffer()] + offset * type.bytes(), type.bytes(), to, i * n + j, 1);
                } else {
                    Stager.fill(type, l.fill(), to, i * n + j, 1);
                }
            }
        }
    }

    private boolean alongLanes(Slot pick) {
        return pick.form() == Form.LANE || pick.form() == Form.FULL;
    }

    /** Gathers whose indices are the same along a row: one run of lanes for each row. */
    private void gatherRows(Step.LoadStep s, AccessPlan plan, DType type, Object to, int m, int n) {
        Value.Load l = s.load();
        int bytes = type.bytes();
        long base = plan.index.at(pos);
        for (int i = 0, at = 0; i < m; i++, at += n) {
            long offset = base + i * plan.index.rowStride;
            boolean inside = true;
            for (int k = 0; k < plan.picks.length; k++) {
                long index = pick(s.picks().get(k), i, 0, n);
                inside &= inRange(index, plan.picks[k].extent(), l);
                offset += index * plan.picks[k].stride();
            }
            if (inside) {
                Stager.load(frame, type, buffers[l.buffer()] + offset * bytes, plan.index.laneStride * bytes, to, at, n);
            } else {
                Stager.fill(type, l.fill(), to, at, n);
            }
        }
    }

    private boolean inRange(long index, long extent, Value.Load l) {
        if (index >= 0 && index < extent) {
            return true;
        }
        if (l.policy() == Value.OutOfRange.FAIL) {
            throw new IndexOutOfBoundsException("index " + index + " is out of range for an axis of extent " + extent
                    + " in " + kernel.spec().name() + ": " + l);
        }
        return false;
    }

    private long pick(Slot s, int i, int j, int n) {
        int at = switch (s.form()) {
            case ONE -> 0;
            case ROW -> i;
            case LANE -> j;
            case FULL -> i * n + j;
        };
        return s.kind() == Kind.L ? frame.l[s.number()][at] : frame.i[s.number()][at];
    }

    private void shift(long[] p, Form f, int i, int j) {
        if (tiling.axisM() >= 0 && (f == Form.ROW || f == Form.FULL)) {
            p[tiling.axisM()] = pos[tiling.axisM()] + i;
        }
        if (tiling.axisN() >= 0 && (f == Form.LANE || f == Form.FULL)) {
            p[tiling.axisN()] = pos[tiling.axisN()] + j;
        }
    }

    private void store(Step.StoreStep s) {
        AccessPlan plan = plans[s.access()];
        int bytes = s.dtype().bytes();
        Object from = Stager.array(frame, s.from());
        int m = rows(s.from().form());
        int n = lanes(s.from().form());
        if (!plan.regular) {
            long[] p = pos.clone();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    shift(p, s.from().form(), i, j);
                    Stager.store(frame, s.dtype(), buffers[s.buffer()] + plan.index.at(p) * bytes, bytes, from, i * n + j, 1);
                }
            }
            return;
        }
        long address = buffers[s.buffer()] + plan.index.at(pos) * bytes;
        long rowBytes = plan.index.rowStride * bytes;
        long laneBytes = plan.index.laneStride * bytes;
        if (n == 1 || rowBytes == laneBytes * n) {
            Stager.store(frame, s.dtype(), address, n == 1 ? rowBytes : laneBytes, from, 0, m * n);
            return;
        }
        for (int i = 0, at = 0; i < m; i++, at += n) {
            Stager.store(frame, s.dtype(), address + i * rowBytes, laneBytes, from, at, n);
        }
    }

    private void index(Step.IndexStep s) {
        AccessPlan.Linear x = plans[s.index().access()].index;
        Slot to = s.to();
        int m = rows(to.form());
        int n = lanes(to.form());
        long[] p = pos.clone();
        for (int i = 0; i < m; i++) {
            long first = 0;
            for (int j = 0; j < n; j++) {
                long v;
                if (x.regular && j > 0) {
                    v = first + j * x.laneStride;
                } else {
                    shift(p, to.form(), i, j);
                    v = x.at(p);
                    first = v;
                }
                if (to.kind() == Kind.L) {
                    frame.l[to.number()][i * n + j] = v;
                } else {
                    frame.i[to.number()][i * n + j] = (int) v;
                }
            }
        }
    }

    private void random(Step.RandomStep s) {
        AccessPlan.Linear x = plans[s.random().access()].index;
        long state = buffers[s.random().buffer()];
        long seed = Frame.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, state);
        long step = Frame.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, state + 8);
        int ordinal = s.random().ordinal();
        Slot to = s.to();
        int[] out = frame.i[to.number()];
        int m = rows(to.form());
        int n = lanes(to.form());
        long[] p = pos.clone();
        for (int i = 0; i < m; i++) {
            shift(p, to.form(), i, 0);
            if (x.regular && x.laneStride == 1) {
                Philox.fill(seed, step, ordinal, x.at(p), out, i * n, n);
                continue;
            }
            for (int j = 0; j < n; j++) {
                shift(p, to.form(), i, j);
                out[i * n + j] = Philox.bits(seed, step, ordinal, x.at(p));
            }
        }
    }

    private void uniform(Step.UniformStep s) {
        double v = uniforms[s.uniform().slot()];
        int to = s.to().number();
        switch (s.uniform().dtype()) {
            case F64 -> frame.d[to][0] = v;
            case F32 -> frame.f[to][0] = (float) v;
            case F16 -> frame.f[to][0] = Float.float16ToFloat(Float.floatToFloat16((float) v));
            case BF16 -> frame.f[to][0] = HostArray.bf16ToFloat(HostArray.floatToBf16((float) v));
            case I64 -> frame.l[to][0] = (long) v;
            case BOOL -> frame.i[to][0] = v != 0 ? 1 : 0;
            case I32 -> frame.i[to][0] = (int) v;
            case I16 -> frame.i[to][0] = (short) (int) v;
            case I8 -> frame.i[to][0] = (byte) (int) v;
            case U8 -> frame.i[to][0] = (int) v & 0xff;
        }
    }

    private void reduce(Step.ReduceStep s) {
        Folds f = folds[s.number()];
        int array = s.from().number();
        boolean byRow = tiling.mode() == Tiling.Mode.ROWS;
        long first = f.op.isArg() ? reducedPosition() : 0;
        long step = f.op.isArg() ? reducedStride(byRow ? tiling.axisN() : tiling.axisM()) : 0;
        switch (s.from().kind()) {
            case F -> {
                if (byRow) {
                    f.rows(frame.f[array], rows, lanes, first, step);
                } else {
                    f.columns(frame.f[array], rows, lanes, first, step);
                }
            }
            case D -> {
                if (byRow) {
                    f.rows(frame.d[array], rows, lanes, first, step);
                } else {
                    f.columns(frame.d[array], rows, lanes, first, step);
                }
            }
            case I -> {
                if (byRow) {
                    f.rows(frame.i[array], rows, lanes, first, step);
                } else {
                    f.columns(frame.i[array], rows, lanes, first, step);
                }
            }
            default -> {
                if (byRow) {
                    f.rows(frame.l[array], rows, lanes, first, step);
                } else {
                    f.columns(frame.l[array], rows, lanes, first, step);
                }
            }
        }
    }

    /** Row-major stride of an axis within the reduced axes. */
    private long reducedStride(int axis) {
        long stride = 1;
        for (int a = pos.length - 1; a > axis && axis >= 0; a--) {
            stride *= kernel.geometry().extent(a);
        }
        return stride;
    }

    /** Row-major position of the tile's first element within the reduced axes. */
    private long reducedPosition() {
        long p = 0;
        for (int a = kernel.spec().outerRank(); a < pos.length; a++) {
            p = p * kernel.geometry().extent(a) + pos[a];
        }
        return p;
    }
}
