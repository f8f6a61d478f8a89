package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.R12;
import static dev.levin.kernel.x64.Assembler.R13;
import static dev.levin.kernel.x64.Assembler.R14;
import static dev.levin.kernel.x64.Assembler.R15;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RBP;
import static dev.levin.kernel.x64.Assembler.RBX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RDX;
import static dev.levin.kernel.x64.Assembler.RSI;

import dev.levin.kernel.Kernel;
import dev.levin.kernel.jvm.MachineFrame.Count;
import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Mem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A whole kernel as machine code: two functions, {@code run(params, from, to, scratch)} for a range of units and
 * {@code finish(params, 0, 0, scratch)} for reductions that were cut into pieces. Extents and strides are literals in the code.
 * Steps, tiles and the order of sums are those of {@link TileRunner}, so results have the same bits.
 */
final class MachineEmitter {
    /** Folds of one pass that stay in registers. */
    private static final int MAX_FOLDS = 4;

    private final MachineFrame f;
    private final Assembler a;
    private final Kernel kernel;
    private final Tiling tiling;
    private final Lowered lowered;
    private final MachineSteps steps;
    private final MachineFolds folds;
    private final int unit;
    private final int unitEnd;
    private final int tile;
    private final int tileEnd;
    private final int chunk;
    private final int rowsAt;
    private final int lanesAt;

    /**
     * @param finish offset of the second function
     * @param scratch bytes of scratch a thread needs
     */
    record Code(byte[] bytes, int finish, int scratch) {
    }

    private MachineEmitter(Kernel kernel, Tiling tiling, Lowered lowered, AccessPlan[] plans) {
        this.kernel = kernel;
        this.tiling = tiling;
        this.lowered = lowered;
        f = new MachineFrame(kernel, tiling, lowered, plans);
        a = f.a;
        steps = new MachineSteps(f);
        folds = new MachineFolds(f);
        unit = f.reserve(8, 8);
        unitEnd = f.reserve(8, 8);
        tile = f.reserve(8, 8);
        tileEnd = f.reserve(8, 8);
        chunk = f.reserve(8, 8);
        rowsAt = f.reserve(8, 8);
        lanesAt = f.reserve(8, 8);
        for (int k = 0; k < f.moves.length; k++) {
            long extent = kernel.geometry().extent(k);
            f.moves[k] = k == tiling.axisM() ? extent > tiling.mTile() : k == tiling.axisN() ? extent > tiling.nTile() : extent > 1;
        }
    }

    /** True if every step of the kernel has a machine form. */
    static boolean supports(Kernel kernel, Tiling tiling, Lowered lowered, AccessPlan[] plans) {
        boolean passes = lowered.passes().stream().allMatch(MachineBody::supports);
        boolean reductions = lowered.reductions().stream().allMatch(MachineFolds::supports);
        return passes && reductions && kernel.outer() * kernel.reduced() > 0 && lowered.stages().stream().allMatch(s -> supports(s, tiling, plans))
                && supports(lowered.epilogue(), tiling, plans);
    }

    private static boolean supports(List<Step> steps, Tiling tiling, AccessPlan[] plans) {
        for (Step s : steps) {
            boolean ok = switch (s) {
                case Step.PassStep p -> p.memory().stream().allMatch(u -> MachineSteps.strided(plans[u.access()]));
                case Step.LoadStep l -> MachineSteps.loads(plans[l.load().access()]);
                case Step.StoreStep t -> MachineSteps.strided(plans[t.access()]);
                case Step.IndexStep i -> plans[i.index().access()].index.regular;
                case Step.RandomStep r -> MachineSteps.randoms(plans[r.random().access()].index, r.to().form(), tiling);
                case Step.ReduceStep r -> true;
                case Step.UniformStep u -> true;
                case Step.ConstStep c -> true;
            };
            if (!ok) {
                return false;
            }
        }
        return true;
    }

    static Code emit(Kernel kernel, Tiling tiling, Lowered lowered, AccessPlan[] plans) {
        return new MachineEmitter(kernel, tiling, lowered, plans).emit();
    }

    private Code emit() {
        enter();
        a.store(f.scratch(unit), RSI);
        a.store(f.scratch(unitEnd), RDX);
        run();
        leave();
        int finish = a.size();
        if (tiling.chunks() > 1) {
            enter();
            combine();
            leave();
        } else {
            a.ret();
        }
        return new Code(a.bytes(), finish, f.scratchBytes());
    }

    private static final int[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    private void enter() {
        for (int r : SAVED) {
            a.push(r);
        }
        a.mov(R15, RDI);
        a.mov(R14, RCX);
    }

    private void leave() {
        for (int k = SAVED.length - 1; k >= 0; k--) {
            a.pop(SAVED[k]);
        }
        a.ret();
    }

    private void run() {
        var again = new Label();
        var done = new Label();
        a.bind(again);
        a.load(RAX, f.scratch(unit));
        a.cmp(RAX, f.scratch(unitEnd));
        a.jump(Cond.GE, done);
        if (tiling.chunks() > 1) {
            a.movImm(RCX, tiling.chunks());
            a.div(RCX);
            a.store(f.scratch(chunk), RDX);
        }
        moveKept();
        for (int s = 0; s < lowered.stages().size(); s++) {
            stage(s);
        }
        if (tiling.chunks() > 1) {
            partial(unit);
            for (int r = 0; r < lowered.reductions().size(); r++) {
                folds.save(r);
                a.addImm(RDI, 8 * TileRunner.resultCapacity(tiling));
            }
        } else {
            steps(lowered.epilogue());
        }
        a.load(RAX, f.scratch(unit));
        a.addImm(RAX, 1);
        a.store(f.scratch(unit), RAX);
        a.jump(again);
        a.bind(done);
    }

    /** RDI = partial results of the unit at a place in scratch. */
    private void partial(int at) {
        int size = 8 * TileRunner.resultCapacity(tiling) * lowered.reductions().size();
        a.load(RDI, f.scratch(at));
        a.mulImm(RDI, size, RAX);
        a.add(RDI, Mem.at(MachineFrame.PARAMS, 8L * (kernel.spec().buffers().size() + uniforms(kernel))));
    }

    /** Uniform slots in the parameter block. */
    static int uniforms(Kernel kernel) {
        int n = 0;
        for (var v : kernel.spec().values()) {
            if (v instanceof dev.levin.kernel.Value.Uniform u) {
                n = Math.max(n, u.slot() + 1);
            }
        }
        return n;
    }

    private void stage(int s) {
        for (int r = 0; r < lowered.reductions().size(); r++) {
            if (lowered.reductions().get(r).stage() == s) {
                folds.reset(r);
            }
        }
        long tiles = tiling.reducedTiles(kernel);
        var again = new Label();
        var done = new Label();
        if (tiles > 1) {
            bounds(tiles);
            a.bind(again);
            a.load(RAX, f.scratch(tile));
            a.cmp(RAX, f.scratch(tileEnd));
            a.jump(Cond.GE, done);
        }
        moveReduced(tiles > 1);
        steps(lowered.stages().get(s));
        if (tiles > 1) {
            a.load(RAX, f.scratch(tile));
            a.addImm(RAX, 1);
            a.store(f.scratch(tile), RAX);
            a.jump(again);
            a.bind(done);
        }
        for (int r = 0; r < lowered.reductions().size(); r++) {
            if (lowered.reductions().get(r).stage() == s) {
                folds.publish(r);
            }
        }
    }

    /** First and last reduced tile of this unit. */
    private void bounds(long tiles) {
        if (tiling.chunks() == 1) {
            a.movImm(RAX, 0);
            a.store(f.scratch(tile), RAX);
            a.movImm(RAX, tiles);
            a.store(f.scratch(tileEnd), RAX);
            return;
        }
        for (int k = 0; k < 2; k++) {
            a.load(RAX, f.scratch(chunk));
            a.addImm(RAX, k);
            a.mulImm(RAX, tiles, RCX);
            a.movImm(RCX, tiling.chunks());
            a.div(RCX);
            a.store(f.scratch(k == 0 ? tile : tileEnd), RAX);
        }
    }

    private void combine() {
        long kept = tiling.keptTiles(kernel);
        var again = new Label();
        var pieces = new Label();
        a.movImm(RAX, 0);
        a.store(f.scratch(unit), RAX);
        a.bind(again);
        moveKept();
        for (int r = 0; r < lowered.reductions().size(); r++) {
            folds.reset(r);
        }
        a.movImm(RAX, 0);
        a.store(f.scratch(chunk), RAX);
        a.bind(pieces);
        // number of the piece
        a.load(RAX, f.scratch(unit));
        a.mulImm(RAX, tiling.chunks(), RCX);
        a.add(RAX, f.scratch(chunk));
        a.store(f.scratch(tile), RAX);
        partial(tile);
        for (int r = 0; r < lowered.reductions().size(); r++) {
            folds.combine(r);
            a.addImm(RDI, 8 * TileRunner.resultCapacity(tiling));
        }
        a.load(RAX, f.scratch(chunk));
        a.addImm(RAX, 1);
        a.store(f.scratch(chunk), RAX);
        a.cmpImm(RAX, tiling.chunks());
        a.jump(Cond.L, pieces);
        for (int r = 0; r < lowered.reductions().size(); r++) {
            folds.publish(r);
        }
        steps(lowered.epilogue());
        a.load(RAX, f.scratch(unit));
        a.addImm(RAX, 1);
        a.store(f.scratch(unit), RAX);
        a.cmpImm(RAX, Math.toIntExact(kept));
        a.load(RAX, f.scratch(unit));
        a.jump(Cond.L, again);
    }

    // ---- positions ----------------------------------------------------------------------------------------------------

    /** RAX = kept tile. */
    private void moveKept() {
        switch (tiling.mode()) {
            case POINTWISE -> {
                f.lanes = side(tiling.axisN(), tiling.nTile(), lanesAt, true);
                f.rows = side(tiling.axisM(), tiling.mTile(), rowsAt, true);
            }
            case ROWS -> f.rows = side(tiling.axisM(), tiling.mTile(), rowsAt, true);
            default -> f.lanes = side(tiling.axisN(), tiling.nTile(), lanesAt, true);
        }
        others(tiling.kept());
    }

    private void moveReduced(boolean several) {
        if (tiling.mode() == Tiling.Mode.POINTWISE) {
            return;
        }
        if (several) {
            a.load(RAX, f.scratch(tile));
        }
        if (tiling.mode() == Tiling.Mode.ROWS) {
            f.lanes = side(tiling.axisN(), tiling.nTile(), lanesAt, several);
        } else {
            f.rows = side(tiling.axisM(), tiling.mTile(), rowsAt, several);
        }
        if (several) {
            others(tiling.reduced());
        }
    }

    /** Takes the tile's place along one of its sides from RAX, which keeps the rest; returns how many elements it has. */
    private Count side(int axis, int size, int countAt, boolean several) {
        if (axis < 0) {
            return Count.of(1);
        }
        long extent = kernel.geometry().extent(axis);
        long tiles = Tiling.ceil(extent, size);
        if (tiles == 1 || !several) {
            return Count.of(extent);
        }
        a.movImm(RCX, tiles);
        a.div(RCX);
        a.mulImm(RDX, size, RCX);
        a.store(f.position(axis), RDX);
        if (extent % size == 0) {
            return Count.of(size);
        }
        a.movImm(RCX, extent);
        a.sub(RCX, RDX);
        a.cmpImm(RCX, size);
        var small = new Label();
        a.jump(Cond.LE, small);
        a.movImm(RCX, size);
        a.bind(small);
        a.store(f.scratch(countAt), RCX);
        return new Count(0, countAt);
    }

    private void others(List<Integer> axes) {
        for (int k = axes.size() - 1; k >= 0; k--) {
            long e = kernel.geometry().extent(axes.get(k));
            if (e == 1) {
                continue;
            }
            a.movImm(RCX, e);
            a.div(RCX);
            a.store(f.position(axes.get(k)), RDX);
        }
    }

    /** Folds that the last pass before them can do in registers: down columns, or along rows of whole pairs of registers. */
    private List<Step.ReduceStep> folded(List<Step> list) {
        int last = -1;
        for (int k = 0; k < list.size(); k++) {
            last = list.get(k) instanceof Step.PassStep ? k : last;
        }
        boolean columns = tiling.mode() == Tiling.Mode.COLUMNS;
        boolean rows = tiling.mode() == Tiling.Mode.ROWS && !f.rows.is(1) && f.lanes.known() && f.lanes.constant() % Folds.LANES == 0;
        if (!columns && !rows || last < 0 || ((Step.PassStep) list.get(last)).form() != Form.FULL) {
            return List.of();
        }
        var outputs = lowered.passes().get(((Step.PassStep) list.get(last)).pass()).outputs();
        return list.stream().filter(Step.ReduceStep.class::isInstance).map(Step.ReduceStep.class::cast)
                .filter(r -> r.from().kind() == Kind.F && outputs.stream().anyMatch(o -> o.memory() == 0 && o.number() == r.from().number()))
                .limit(columns ? MAX_FOLDS : MachinePass.ROW_FOLDS).toList();
    }

    /** Arrays of those folds that nothing else reads. */
    private Set<Integer> unread(List<Step.ReduceStep> folds) {
        var slots = new HashSet<Integer>();
        folds.forEach(r -> slots.add(r.from().number()));
        lowered.passes().forEach(p -> p.inputs().stream().filter(i -> i.memory() == 0).forEach(i -> slots.remove(i.number())));
        var all = new ArrayList<>(lowered.stages());
        all.add(lowered.epilogue());
        for (List<Step> list : all) {
            for (Step s : list) {
                switch (s) {
                    case Step.StoreStep t -> slots.remove(t.from().number());
                    case Step.LoadStep l -> l.picks().forEach(p -> slots.remove(p.number()));
                    case Step.ReduceStep r when !folds.contains(r) -> slots.remove(r.from().number());
                    default -> { }
                }
            }
        }
        return slots;
    }

    private void steps(List<Step> list) {
        List<Step.ReduceStep> inRegisters = folded(list);
        Step last = list.stream().filter(Step.PassStep.class::isInstance).reduce(null, (x, y) -> y);
        for (Step s : list) {
            switch (s) {
                case Step.PassStep p when p == last && !inRegisters.isEmpty() ->
                    new MachinePass(f, lowered.passes().get(p.pass()), p, inRegisters, unread(inRegisters)).emit();
                case Step.PassStep p -> new MachinePass(f, lowered.passes().get(p.pass()), p).emit();
                case Step.LoadStep l -> steps.load(l);
                case Step.StoreStep t -> steps.store(t);
                case Step.IndexStep i -> steps.index(i);
                case Step.RandomStep r -> steps.random(r);
                case Step.UniformStep u -> steps.uniform(u);
                case Step.ConstStep c -> steps.constant(c);
                case Step.ReduceStep r -> {
                    if (!inRegisters.contains(r)) {
                        folds.reduce(r);
                    }
                }
            }
        }
    }
}
