package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDX;

import dev.levin.kernel.ReduceOp;
import dev.levin.kernel.jvm.MachineFrame.Count;
import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One pass as a loop over rows and lanes, sixteen lanes at a time; the last lanes of a row run under a mask.
 */
final class MachinePass extends MachineBody {
    /** Mask of the last lanes, and the part of it that belongs to the second register of an eight byte value. */
    private static final int TAIL = 1;
    private static final int TAIL_HIGH = 2;

    private final List<Step.MemoryUse> memory;
    private final int[] streamRegister;
    private final int[] streamAt;
    private final Count rows;
    private final Count lanes;
    private boolean masked;
    private boolean fullArrays;
    /** Folds that this pass does itself, in registers from 31 down. */
    private final List<Step.ReduceStep> folds;
    /** Whether they run along rows, not down columns. */
    private final boolean alongRows;
    /** Whether what comes next is fetched before the processor does so. */
    private final boolean farAhead;
    /** Where the last register of each row's fold is kept, by fold. */
    private final int[] rowsAt;
    private final Set<Integer> unread;
    private final int[] baseAt;
    /** Registers of lanes that run side by side. */
    private int blocks = 1;

    MachinePass(MachineFrame f, PassProgram program, Step.PassStep step) {
        this(f, program, step, List.of(), Set.of());
    }

    /**
     * @param folds folds of arrays that this pass computes
     * @param unread arrays that nothing but those folds reads
     */
    MachinePass(MachineFrame f, PassProgram program, Step.PassStep step, List<Step.ReduceStep> folds, Set<Integer> unread) {
        super(f, program, rows(f, step).is(1));
        this.folds = folds;
        this.unread = unread;
        memory = step.memory();
        rows = rows(f, step);
        lanes = switch (step.form()) {
            case ONE -> Count.of(1);
            case ROW -> f.rows;
            case LANE, FULL -> f.lanes;
        };
        streamRegister = new int[memory.size()];
        streamAt = new int[memory.size()];
        for (int k = 0; k < streamAt.length; k++) {
            streamRegister[k] = k < MachineFrame.STREAMS.length ? MachineFrame.STREAMS[k] : -1;
            streamAt[k] = streamRegister[k] < 0 ? f.reserve(8, 8) : -1;
        }
        alongRows = f.tiling.mode() == Tiling.Mode.ROWS;
        farAhead = folds.isEmpty() && rows.is(1) && f.kernel.outer() * f.kernel.reduced() >= MANY;
        rowsAt = new int[alongRows ? folds.size() : 0];
        for (int k = 0; k < rowsAt.length; k++) {
            // sixteen rows at a time
            rowsAt[k] = f.reserve(64 * (f.tiling.mTile() + MachineFrame.WIDTH), 64);
        }
        baseAt = new int[folds.isEmpty() || alongRows ? 0 : memory.size()];
        for (int k = 0; k < baseAt.length; k++) {
            baseAt[k] = f.reserve(8, 8);
        }
    }

    private static Count rows(MachineFrame f, Step.PassStep step) {
        return step.form() == Form.FULL ? f.rows : Count.of(1);
    }

    // ---- loops --------------------------------------------------------------------------------------------------------

    void emit() {
        fullArrays = !rows.is(1) && (program.inputs().stream().anyMatch(i -> i.memory() == 0 && i.form() == Form.FULL)
                || program.outputs().stream().anyMatch(o -> o.memory() == 0));
        for (int k = 0; k < memory.size(); k++) {
            Step.MemoryUse u = memory.get(k);
            f.address(u.buffer(), f.plans[u.access()].index, u.dtype().bytes());
            if (baseAt.length > 0) {
                a.store(f.scratch(baseAt[k]), MachineFrame.ADDRESS);
            } else if (streamRegister[k] >= 0) {
                a.mov(streamRegister[k], MachineFrame.ADDRESS);
            } else {
                a.store(f.scratch(streamAt[k]), MachineFrame.ADDRESS);
            }
        }
        tailMask();
        if (!folds.isEmpty() && alongRows) {
            rowsLoop(this::foldedRow);
            var results = new MachineFolds(f);
            for (int k = 0; k < folds.size(); k++) {
                results.rowResults(folds.get(k).number(), folds.get(k).op(), rowsAt[k]);
            }
        } else if (!folds.isEmpty()) {
            lanesLoop(this::columns);
        } else if (rows.is(1)) {
            lanesLoop(this::body);
        } else {
            rowsLoop(() -> lanesLoop(this::body));
        }
    }

    private static final int TOP = 31;

    /** Register in which a fold of sixteen columns runs. */
    private int accumulator(int fold, int block) {
        return alongRows ? TOP - 2 * fold - block % 2 : TOP - fold * blocks - block;
    }

    private int accumulators(int ofBlocks) {
        return alongRows ? 2 * folds.size() : folds.size() * ofBlocks;
    }

    /** Folds along rows in one pass: each has a mask register for NaN, those of the last lanes, which such rows have not. */
    static final int ROW_FOLDS = 2;

    /** A row's lanes, then what its folds leave in two registers: even and odd ones, in the order of {@link Folds}. */
    private void foldedRow() {
        for (int k = 0; k < folds.size(); k++) {
            for (int b = 0; b < 2; b++) {
                a.v(Insn.BROADCASTSS, L512, accumulator(k, b), 0, a.constant(MachineFolds.startFloat(folds.get(k).op())), Mask.NONE, false);
            }
            a.kxor(nan(k), nan(k), nan(k));
        }
        lanesLoop(this::body);
        a.mov(RAX, MachineFrame.ROW);
        a.mulImm(RAX, 64, RCX);
        for (int k = 0; k < folds.size(); k++) {
            int even = accumulator(k, 0);
            int odd = accumulator(k, 1);
            switch (folds.get(k).op()) {
                case SUM -> a.v(Insn.ADDPS, L512, even, even, odd, Mask.NONE);
                default -> {
                    a.vImm(Insn.RANGEPS, L512, even, even, odd, rangeImm(folds.get(k)), Mask.NONE);
                    var clean = new Label();
                    a.kortest(nan(k), nan(k));
                    a.jump(Cond.E, clean);
                    a.v(Insn.BROADCASTSS, L512, even, 0, a.constant(Float.floatToRawIntBits(Float.NaN)), Mask.NONE, false);
                    a.bind(clean);
                }
            }
            a.v(Insn.STOREUPS, L512, even, 0, Mem.at(MachineFrame.SCRATCH, RAX, 1, rowsAt[k]), Mask.NONE, false);
        }
    }

    private static int rangeImm(Step.ReduceStep s) {
        return s.op() == ReduceOp.MAX ? 5 : 4;
    }

    private static int nan(int fold) {
        return TAIL + fold;
    }

    /** Positions from which a long row is fetched before the processor does so: it stops at each page, and a cache does not hold the row. */
    private static final long MANY = 1 << 18;
    /** Bytes by which it is fetched ahead. */
    private static final int AHEAD = 3072;

    private static final int MOST_BLOCKS = 4;
    /** Instructions in the body of a loop. */
    private static final int MOST_CODE = 600;
    /** Registers for operands that stay in memory and for results underway. */
    private static final int SPARE_REGISTERS = 3;

    /** How many registers of lanes run side by side in this pass. */
    private int sideBySide() {
        int most = Math.min(MOST_BLOCKS, MOST_CODE / Math.max(1, program.code().size()));
        if (lanes.known()) {
            most = Math.min(most, lanes.constant() / MachineFrame.WIDTH);
        }
        while (most > 1 && SideBySide.fitting(program, 32 - SPARE_REGISTERS - accumulators(most), MASKS) < most) {
            most--;
        }
        if (alongRows && !folds.isEmpty()) {
            return most == MOST_BLOCKS && lanes.constant() % (MOST_BLOCKS * MachineFrame.WIDTH) == 0 ? MOST_BLOCKS : 2;
        }
        return Math.max(1, most);
    }

    private void blocks(int n) {
        if (n != blocks) {
            blocks = n;
            copies(n);
        }
    }

    /** Some registers of columns: all their rows, one after the other, then the folds' results. */
    private void columns(boolean tail) {
        for (int k = 0; k < folds.size(); k++) {
            for (int b = 0; b < blocks; b++) {
                a.v(Insn.BROADCASTSS, L512, accumulator(k, b), 0, a.constant(MachineFolds.startFloat(folds.get(k).op())), Mask.NONE, false);
            }
        }
        for (int k = 0; k < memory.size(); k++) {
            int r = streamRegister[k] >= 0 ? streamRegister[k] : RAX;
            a.load(r, f.scratch(baseAt[k]));
            if (streamRegister[k] < 0) {
                a.store(f.scratch(streamAt[k]), r);
            }
        }
        rowsLoop(() -> body(tail));
        var results = new MachineFolds(f);
        for (int k = 0; k < folds.size(); k++) {
            for (int b = 0; b < blocks; b++) {
                int at = f.fold(folds.get(k).number()) + 8 * MachineFrame.WIDTH * b;
                a.lea(Assembler.RDI, Mem.at(MachineFrame.SCRATCH, MachineFrame.LANE, 8, at));
                results.addToResults(folds.get(k).op(), accumulator(k, b));
            }
        }
    }

    private void fold(Step.ReduceStep s, int register, int v) {
        int x = use(v, 0);
        if (s.op() == ReduceOp.SUM) {
            a.v(Insn.ADDPS, L512, register, register, x, Mask.NONE);
        } else if (alongRows) {
            int nan = nan(folds.indexOf(s));
            a.vImm(Insn.CMPPS, L512, SPARE_MASK, x, x, 3, Mask.NONE);
            a.kor(nan, nan, SPARE_MASK);
            a.vImm(Insn.RANGEPS, L512, register, register, x, rangeImm(s), Mask.NONE);
        } else {
            int r = allocate();
            javaExtreme(a, r, register, x, s.op() == ReduceOp.MAX, false, L512);
            a.v(Insn.MOVAPS, L512, register, 0, r, Mask.NONE);
        }
    }

    private void rowsLoop(Runnable row) {
        var again = new Label();
        var done = new Label();
        a.movImm(MachineFrame.ROW, 0);
        a.movImm(MachineFrame.ROW_OFFSET, 0);
        if (!rows.known()) {
            f.compare(MachineFrame.ROW, rows);
            a.jump(Cond.GE, done);
        }
        a.bind(again);
        row.run();
        for (int k = 0; k < memory.size(); k++) {
            Step.MemoryUse u = memory.get(k);
            long step = f.plans[u.access()].index.rowStride * u.dtype().bytes();
            if (step != 0) {
                int r = streamRegister[k] >= 0 ? streamRegister[k] : RAX;
                if (streamRegister[k] < 0) {
                    a.load(RAX, f.scratch(streamAt[k]));
                }
                if (step == (int) step) {
                    a.addImm(r, (int) step);
                } else {
                    a.movImm(RCX, step);
                    a.add(r, RCX);
                }
                if (streamRegister[k] < 0) {
                    a.store(f.scratch(streamAt[k]), RAX);
                }
            }
        }
        f.addTimes(MachineFrame.ROW_OFFSET, lanes, RAX);
        a.addImm(MachineFrame.ROW, 1);
        f.compare(MachineFrame.ROW, rows);
        a.jump(Cond.L, again);
        a.bind(done);
    }

    private void tailMask() {
        if (lanes.known()) {
            int tail = lanes.constant() % MachineFrame.WIDTH;
            if (tail != 0) {
                a.movImm(RAX, (1 << tail) - 1);
                a.kmovFrom(TAIL, RAX);
            }
        } else {
            f.get(RCX, lanes);
            a.andImm(RCX, MachineFrame.WIDTH - 1);
            a.movImm(RAX, 1);
            a.shlCl(RAX);
            a.addImm(RAX, -1);
            a.kmovFrom(TAIL, RAX);
        }
        a.kshiftRight(TAIL_HIGH, TAIL, 8);
    }

    /** Lanes side by side, then one register at a time, then the last ones under a mask. */
    private void lanesLoop(Consumer<Boolean> block) {
        int wide = sideBySide();
        a.movImm(MachineFrame.LANE, 0);
        if (lanes.known()) {
            int full = lanes.constant() / MachineFrame.WIDTH * MachineFrame.WIDTH;
            int end = full / (wide * MachineFrame.WIDTH) * (wide * MachineFrame.WIDTH);
            steps(wide, 0, end, block);
            if (wide > 1) {
                steps(1, end, full, block);
            }
            if (full != lanes.constant()) {
                blocks(1);
                block.accept(true);
            }
            return;
        }
        steps(wide, block);
        if (wide > 1) {
            steps(1, block);
        }
        var none = new Label();
        f.compare(MachineFrame.LANE, lanes);
        a.jump(Cond.GE, none);
        block.accept(true);
        a.bind(none);
    }

    private void steps(int wide, int from, int to, Consumer<Boolean> block) {
        if (from == to) {
            return;
        }
        blocks(wide);
        var again = new Label();
        a.bind(again);
        block.accept(false);
        a.addImm(MachineFrame.LANE, wide * MachineFrame.WIDTH);
        if (to - from > wide * MachineFrame.WIDTH) {
            a.cmpImm(MachineFrame.LANE, to);
            a.jump(Cond.L, again);
        }
    }

    /** As long as there are so many registers of lanes, a number known only at run time. */
    private void steps(int wide, Consumer<Boolean> block) {
        blocks(wide);
        var again = new Label();
        var done = new Label();
        a.bind(again);
        f.get(RAX, lanes);
        a.addImm(RAX, -wide * MachineFrame.WIDTH);
        a.cmp(MachineFrame.LANE, RAX);
        a.jump(Cond.G, done);
        block.accept(false);
        a.addImm(MachineFrame.LANE, wide * MachineFrame.WIDTH);
        a.jump(again);
        a.bind(done);
    }

    private void body(boolean tail) {
        masked = tail;
        start(accumulators(blocks));
        if (fullArrays) {
            a.lea(RDX, Mem.at(MachineFrame.ROW_OFFSET, MachineFrame.LANE, 1, 0));
        }
        for (int v = 0; v < code.size(); v++) {
            Micro m = code.get(v);
            if (!folded(v)) {
                instruction(m, v);
            }
            endInstruction(m.a(), m.b(), m.c());
        }
        for (SideBySide.BlockOutput out : copies.outputs()) {
            write(out.output(), out.block());
            endInstruction(out.output().id());
        }
    }

    // ---- memory and arrays --------------------------------------------------------------------------------------------

    private Mask tail(int part, boolean zero) {
        return masked ? new Mask(part == 0 ? TAIL : TAIL_HIGH, zero) : Mask.NONE;
    }

    private Mem stream(int number, int bytes, int block) {
        int r = streamRegister[number];
        if (r < 0) {
            a.load(RAX, f.scratch(streamAt[number]));
            r = RAX;
        }
        return Mem.at(r, MachineFrame.LANE, bytes, (long) block * MachineFrame.WIDTH * bytes);
    }

    private Mem array(int slot, boolean full, int bytes, int block) {
        int at = f.slot(f.lowered.slots().get(slot)) + block * MachineFrame.WIDTH * bytes;
        return Mem.at(MachineFrame.SCRATCH, full && !rows.is(1) ? RDX : MachineFrame.LANE, bytes, at);
    }

    @Override
    void read(PassProgram.Input in, int v) {
        if (in.memory() == 1 || in.memory() == 2) {
            int r = define(v, 0);
            a.v(in.memory() == 1 ? Insn.PMOVZXBD : Insn.PMOVZXWD, L512, r, 0, stream(in.number(), in.memory(), copies.block()[v]), tail(0, true), false);
            return;
        }
        int bytes = in.kind().bytes();
        Mem m = in.memory() != 0 ? stream(in.number(), bytes, copies.block()[v])
                : array(in.number(), in.form() == Form.FULL, bytes, copies.block()[v]);
        for (int p = 0; p < parts(in.kind()); p++) {
            int r = define(v, p);
            if (farAhead && in.memory() != 0) {
                a.prefetch(m.plus(64 * p + AHEAD));
            }
            a.v(bytes == 8 ? Insn.MOVUPD : Insn.MOVUPS, L512, r, 0, m.plus(64 * p), tail(p, true), false);
        }
    }

    private void write(PassProgram.Output out, int block) {
        if (out.memory() == 0) {
            for (int k = 0; k < folds.size(); k++) {
                if (folds.get(k).from().number() == out.number()) {
                    fold(folds.get(k), accumulator(k, block), out.id());
                }
            }
            if (unread.contains(out.number())) {
                return;
            }
        }
        int bytes = out.kind().bytes();
        if (out.memory() == 1 || out.memory() == 2) {
            int r = use(out.id(), 0);
            a.v(out.memory() == 1 ? Insn.PMOVDB : Insn.PMOVDW, L512, r, 0, stream(out.number(), out.memory(), block), tail(0, false), false);
            return;
        }
        Mem m = out.memory() != 0 ? stream(out.number(), bytes, block) : array(out.number(), true, bytes, block);
        for (int p = 0; p < parts(out.kind()); p++) {
            int r = use(out.id(), p);
            a.v(bytes == 8 ? Insn.STOREUPD : Insn.STOREUPS, L512, r, 0, m.plus(64 * p), tail(p, false), false);
        }
    }
}
