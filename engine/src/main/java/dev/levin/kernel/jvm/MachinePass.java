package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.L256;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One pass as a loop over rows and lanes, sixteen lanes at a time; the last lanes of a row run under a mask. A value of
 * eight bytes takes two vector registers. Registers are given out instruction by instruction; when none is left, the
 * value that is needed latest goes to scratch.
 */
final class MachinePass {
    /** Mask of the last lanes, and the part of it that belongs to the second register of an eight byte value. */
    private static final int TAIL = 1;
    private static final int TAIL_HIGH = 2;
    private static final int FIRST_MASK = 3;
    private static final int MASKS = 4;
    private static final int SPARE_MASK = 7;
    private static final int NEVER = Integer.MAX_VALUE;

    private final MachineFrame f;
    private final Assembler a;
    private final PassProgram program;
    private final List<Micro> code;
    private final int[][] uses;
    private final List<Step.MemoryUse> memory;
    private final int[] streamRegister;
    private final int[] streamAt;
    private final Count rows;
    private final Count lanes;
    private boolean masked;
    private boolean fullArrays;
    private int position;
    /** Vector register of each part of each value, or -1; spill number or -1. */
    private int[][] register;
    private int[][] spilled;
    private final int[] owner = new int[32];
    private final boolean[] pinned = new boolean[32];
    private int[] maskRegister;
    private int[] maskSpilled;
    private final int[] maskOwner = new int[8];
    private final boolean[] maskPinned = new boolean[8];
    private int spillCount;
    /** Column folds that this pass does itself, in registers from 31 down. */
    private final List<Step.ReduceStep> folds;
    private final Set<Integer> unread;
    private final int[] baseAt;
    /** Registers of columns that run side by side, and the current one. */
    private int blocks = 1;
    private int block;

    MachinePass(MachineFrame f, PassProgram program, Step.PassStep step) {
        this(f, program, step, List.of(), Set.of());
    }

    /**
     * @param folds folds down the columns of arrays that this pass computes
     * @param unread arrays that nothing but those folds reads
     */
    MachinePass(MachineFrame f, PassProgram program, Step.PassStep step, List<Step.ReduceStep> folds, Set<Integer> unread) {
        this.folds = folds;
        this.unread = unread;
        this.f = f;
        a = f.a;
        this.program = program;
        code = program.code();
        memory = step.memory();
        uses = uses();
        boolean full = step.form() == Form.FULL;
        rows = full ? f.rows : Count.of(1);
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
        baseAt = new int[folds.isEmpty() ? 0 : memory.size()];
        for (int k = 0; k < baseAt.length; k++) {
            baseAt[k] = f.reserve(8, 8);
        }
    }

    /** True if every instruction has a machine form. */
    static boolean supports(PassProgram p) {
        for (Micro m : p.code()) {
            boolean whole = m.kind() == Kind.I || m.kind() == Kind.L;
            if (m.op() == Micro.Op.CALL || m.op() == Micro.Op.REM || m.op() == Micro.Op.DIV && whole) {
                return false;
            }
            if (m.kind() == Kind.M && (m.op() == Micro.Op.IN || m.op() == Micro.Op.CVT)) {
                return false;
            }
        }
        return true;
    }

    private int[][] uses() {
        var lists = new ArrayList<List<Integer>>();
        for (int k = 0; k < code.size(); k++) {
            lists.add(new ArrayList<>());
        }
        for (int k = 0; k < code.size(); k++) {
            Micro m = code.get(k);
            for (int o : new int[] {m.a(), m.b(), m.c()}) {
                if (o >= 0) {
                    lists.get(o).add(k);
                }
            }
        }
        for (int k = 0; k < program.outputs().size(); k++) {
            lists.get(program.outputs().get(k).id()).add(code.size() + k);
        }
        return lists.stream().map(l -> l.stream().mapToInt(Integer::intValue).toArray()).toArray(int[][]::new);
    }

    // ---- loops --------------------------------------------------------------------------------------------------------

    void emit() {
        fullArrays = !rows.is(1) && (program.inputs().stream().anyMatch(i -> i.memory() == 0 && i.form() == Form.FULL)
                || program.outputs().stream().anyMatch(o -> o.memory() == 0));
        for (int k = 0; k < memory.size(); k++) {
            Step.MemoryUse u = memory.get(k);
            f.address(u.buffer(), f.plans[u.access()].index, u.dtype().bytes());
            if (!folds.isEmpty()) {
                a.store(f.scratch(baseAt[k]), MachineFrame.ADDRESS);
            } else if (streamRegister[k] >= 0) {
                a.mov(streamRegister[k], MachineFrame.ADDRESS);
            } else {
                a.store(f.scratch(streamAt[k]), MachineFrame.ADDRESS);
            }
        }
        tailMask();
        if (!folds.isEmpty()) {
            allColumns();
        } else if (rows.is(1)) {
            lanesLoop(this::body);
        } else {
            rowsLoop(() -> lanesLoop(this::body));
        }
    }

    private static final int TOP = 31;

    /** Register in which a fold of the current sixteen columns runs. */
    private int accumulator(int fold) {
        return TOP - fold * blocks - block;
    }

    /** All columns of the tile, several registers wide where that leaves enough for the values. */
    private void allColumns() {
        int wide = folds.size() <= 2 && code.size() <= NARROW ? WIDE : 1;
        if (lanes.known() && wide > 1 && lanes.constant() >= wide * MachineFrame.WIDTH) {
            int step = wide * MachineFrame.WIDTH;
            int end = lanes.constant() / step * step;
            var again = new Label();
            a.movImm(MachineFrame.LANE, 0);
            a.bind(again);
            columns(wide, false);
            a.addImm(MachineFrame.LANE, step);
            a.cmpImm(MachineFrame.LANE, end);
            a.jump(Cond.L, again);
            for (int left = lanes.constant() - end; left > 0; left -= MachineFrame.WIDTH) {
                columns(1, left < MachineFrame.WIDTH);
                a.addImm(MachineFrame.LANE, MachineFrame.WIDTH);
            }
        } else {
            lanesLoop(tail -> columns(1, tail));
        }
    }

    private static final int WIDE = 4;
    private static final int NARROW = 200;

    /** Some registers of columns: all their rows, one after the other, then the folds' results. */
    private void columns(int wide, boolean tail) {
        blocks = wide;
        for (int k = 0; k < folds.size(); k++) {
            for (block = 0; block < blocks; block++) {
                a.v(Insn.BROADCASTSS, L512, accumulator(k), 0, a.constant(MachineFolds.startFloat(folds.get(k).op())), Mask.NONE, false);
            }
        }
        for (int k = 0; k < memory.size(); k++) {
            int r = streamRegister[k] >= 0 ? streamRegister[k] : RAX;
            a.load(r, f.scratch(baseAt[k]));
            if (streamRegister[k] < 0) {
                a.store(f.scratch(streamAt[k]), r);
            }
        }
        rowsLoop(() -> {
            for (block = 0; block < blocks; block++) {
                body(tail);
                if (blocks > 1) {
                    a.addImm(MachineFrame.LANE, block < blocks - 1 ? MachineFrame.WIDTH : (1 - blocks) * MachineFrame.WIDTH);
                }
            }
        });
        var results = new MachineFolds(f);
        for (int k = 0; k < folds.size(); k++) {
            for (block = 0; block < blocks; block++) {
                int at = f.fold(folds.get(k).number()) + 8 * MachineFrame.WIDTH * block;
                a.lea(Assembler.RDI, Mem.at(MachineFrame.SCRATCH, MachineFrame.LANE, 8, at));
                results.addToResults(folds.get(k).op(), accumulator(k));
            }
        }
    }

    private void fold(Step.ReduceStep s, int register, int v) {
        int x = use(v, 0);
        if (s.op() == ReduceOp.SUM) {
            a.v(Insn.ADDPS, L512, register, register, x, Mask.NONE);
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

    private void lanesLoop(Consumer<Boolean> block) {
        int full = lanes.known() ? lanes.constant() / MachineFrame.WIDTH * MachineFrame.WIDTH : -1;
        a.movImm(MachineFrame.LANE, 0);
        if (full == MachineFrame.WIDTH) {
            block.accept(false);
            a.movImm(MachineFrame.LANE, MachineFrame.WIDTH);
        } else if (full != 0) {
            var again = new Label();
            var done = new Label();
            if (full < 0) {
                f.get(RAX, lanes);
                a.cmpImm(RAX, MachineFrame.WIDTH);
                a.jump(Cond.L, done);
            }
            a.bind(again);
            block.accept(false);
            a.addImm(MachineFrame.LANE, MachineFrame.WIDTH);
            if (full > 0) {
                a.cmpImm(MachineFrame.LANE, full);
            } else {
                f.get(RAX, lanes);
                a.andImm(RAX, -MachineFrame.WIDTH);
                a.cmp(MachineFrame.LANE, RAX);
            }
            a.jump(Cond.L, again);
            a.bind(done);
        }
        if (full < 0) {
            var none = new Label();
            f.compare(MachineFrame.LANE, lanes);
            a.jump(Cond.GE, none);
            block.accept(true);
            a.bind(none);
        } else if (full != lanes.constant()) {
            block.accept(true);
        }
    }

    private void body(boolean tail) {
        masked = tail;
        spillCount = 0;
        register = new int[code.size()][2];
        spilled = new int[code.size()][2];
        maskRegister = new int[code.size()];
        maskSpilled = new int[code.size()];
        for (int k = 0; k < code.size(); k++) {
            Arrays.fill(register[k], -1);
            Arrays.fill(spilled[k], -1);
        }
        Arrays.fill(maskRegister, -1);
        Arrays.fill(maskSpilled, -1);
        Arrays.fill(owner, -1);
        Arrays.fill(maskOwner, -1);
        if (fullArrays) {
            a.lea(RDX, Mem.at(MachineFrame.ROW_OFFSET, MachineFrame.LANE, 1, 0));
        }
        for (position = 0; position < code.size(); position++) {
            Micro m = code.get(position);
            if (!folded(position)) {
                instruction(m, position);
            }
            endInstruction(m.a(), m.b(), m.c());
        }
        for (PassProgram.Output out : program.outputs()) {
            write(out);
            endInstruction(out.id(), -1, -1);
            position++;
        }
    }

    // ---- registers ----------------------------------------------------------------------------------------------------

    /** Literals and inputs that are the same for all lanes stay in memory and are broadcast where they are used. */
    private boolean folded(int v) {
        Micro m = code.get(v);
        if (m.op() == Micro.Op.CONST) {
            return m.kind() != Kind.M;
        }
        if (m.op() != Micro.Op.IN) {
            return false;
        }
        PassProgram.Input in = program.inputs().get((int) m.imm());
        return in.memory() == 0 && (in.form() == Form.ONE || in.form() == Form.ROW);
    }

    private Mem foldedOperand(int v) {
        Micro m = code.get(v);
        if (m.op() == Micro.Op.CONST) {
            return m.kind().bytes() == 8 ? a.constant(m.imm()) : a.constant((int) m.imm());
        }
        PassProgram.Input in = program.inputs().get((int) m.imm());
        int at = f.slot(f.lowered.slots().get(in.number()));
        return in.form() == Form.ONE || rows.is(1) ? f.scratch(at)
                : Mem.at(MachineFrame.SCRATCH, MachineFrame.ROW, in.kind().bytes(), at);
    }

    private int nextUse(int v) {
        for (int u : uses[v]) {
            if (u >= position) {
                return u;
            }
        }
        return NEVER;
    }

    private int lastUse(int v) {
        return uses[v].length == 0 ? -1 : uses[v][uses[v].length - 1];
    }

    private int allocate() {
        int registers = 32 - folds.size() * blocks;
        for (int r = 0; r < registers; r++) {
            if (owner[r] == -1 && !pinned[r]) {
                pinned[r] = true;
                return r;
            }
        }
        int victim = -1;
        int latest = -1;
        for (int r = 0; r < registers; r++) {
            if (!pinned[r]) {
                int next = nextUse(owner[r] >> 1);
                if (next > latest) {
                    latest = next;
                    victim = r;
                }
            }
        }
        if (victim < 0) {
            throw new IllegalStateException("an instruction of a kernel needs more than 32 registers");
        }
        int v = owner[victim] >> 1;
        int part = owner[victim] & 1;
        if (spilled[v][part] < 0 && latest != NEVER) {
            spilled[v][part] = spillCount++;
            a.v(Insn.STOREUPS, L512, victim, 0, f.scratch(f.spill(spilled[v][part])), Mask.NONE, false);
        }
        register[v][part] = -1;
        owner[victim] = -1;
        pinned[victim] = true;
        return victim;
    }

    /** A register for a part of the result. */
    private int define(int v, int part) {
        int r = allocate();
        own(v, part, r);
        return r;
    }

    private void own(int v, int part, int r) {
        register[v][part] = r;
        owner[r] = v << 1 | part;
    }

    /** Register that holds a part of a value; a folded value is broadcast into one for this instruction. */
    private int use(int v, int part) {
        if (folded(v)) {
            int r = allocate();
            boolean quad = kind(v).bytes() == 8;
            a.v(quad ? Insn.BROADCASTSD : Insn.BROADCASTSS, L512, r, 0, foldedOperand(v), Mask.NONE, false);
            return r;
        }
        int r = register[v][part];
        if (r < 0) {
            r = allocate();
            a.v(Insn.MOVUPS, L512, r, 0, f.scratch(f.spill(spilled[v][part])), Mask.NONE, false);
            own(v, part, r);
        }
        pinned[r] = true;
        return r;
    }

    /** True if this instruction is the last to need the value, so that its register may become the result's. */
    private boolean dies(int v) {
        return !folded(v) && lastUse(v) == position;
    }

    /** Gives the register of a dying value to the result; returns it. */
    private int takeOver(int v, int part, int result) {
        int r = use(v, part);
        register[v][part] = -1;
        own(result, part, r);
        return r;
    }

    private void endInstruction(int... operands) {
        for (int o : operands) {
            if (o >= 0 && lastUse(o) == position) {
                release(o);
            }
        }
        Arrays.fill(pinned, false);
        Arrays.fill(maskPinned, false);
    }

    private void release(int v) {
        for (int part = 0; part < 2; part++) {
            if (register[v][part] >= 0) {
                owner[register[v][part]] = -1;
                register[v][part] = -1;
            }
        }
        if (maskRegister[v] >= 0) {
            maskOwner[maskRegister[v]] = -1;
            maskRegister[v] = -1;
        }
    }

    private int allocateMask() {
        int victim = -1;
        int latest = -1;
        for (int k = FIRST_MASK; k < FIRST_MASK + MASKS; k++) {
            if (maskOwner[k] < 0 && !maskPinned[k]) {
                maskPinned[k] = true;
                return k;
            }
            if (!maskPinned[k] && nextUse(maskOwner[k]) > latest) {
                latest = nextUse(maskOwner[k]);
                victim = k;
            }
        }
        int v = maskOwner[victim];
        if (maskSpilled[v] < 0) {
            maskSpilled[v] = spillCount++;
            a.kstore(f.scratch(f.spill(maskSpilled[v])), victim);
        }
        maskRegister[v] = -1;
        maskOwner[victim] = -1;
        maskPinned[victim] = true;
        return victim;
    }

    private int defineMask(int v) {
        int k = allocateMask();
        maskRegister[v] = k;
        maskOwner[k] = v;
        return k;
    }

    private int useMask(int v) {
        int k = maskRegister[v];
        if (k < 0) {
            k = allocateMask();
            a.kload(k, f.scratch(f.spill(maskSpilled[v])));
            maskRegister[v] = k;
            maskOwner[k] = v;
        }
        maskPinned[k] = true;
        return k;
    }

    /** The mask for a part of an eight byte value; the spare mask register may hold it. */
    private int maskPart(int v, int part, boolean quad) {
        int k = useMask(v);
        if (!quad || part == 0) {
            return k;
        }
        a.kshiftRight(SPARE_MASK, k, 8);
        return SPARE_MASK;
    }

    // ---- memory and arrays --------------------------------------------------------------------------------------------

    private Kind kind(int v) {
        return code.get(v).kind();
    }

    private static int parts(Kind k) {
        return k.bytes() == 8 ? 2 : 1;
    }

    private Mask tail(int part, boolean zero) {
        return masked ? new Mask(part == 0 ? TAIL : TAIL_HIGH, zero) : Mask.NONE;
    }

    private Mem stream(int number, int bytes) {
        int r = streamRegister[number];
        if (r < 0) {
            a.load(RAX, f.scratch(streamAt[number]));
            r = RAX;
        }
        return Mem.at(r, MachineFrame.LANE, bytes, 0);
    }

    private Mem array(int slot, boolean full, int bytes) {
        int at = f.slot(f.lowered.slots().get(slot));
        return Mem.at(MachineFrame.SCRATCH, full && !rows.is(1) ? RDX : MachineFrame.LANE, bytes, at);
    }

    private void read(PassProgram.Input in, int v) {
        if (in.memory() == 1 || in.memory() == 2) {
            int r = define(v, 0);
            a.v(in.memory() == 1 ? Insn.PMOVZXBD : Insn.PMOVZXWD, L512, r, 0, stream(in.number(), in.memory()), tail(0, true), false);
            return;
        }
        int bytes = in.kind().bytes();
        Mem m = in.memory() != 0 ? stream(in.number(), bytes) : array(in.number(), in.form() == Form.FULL, bytes);
        for (int p = 0; p < parts(in.kind()); p++) {
            int r = define(v, p);
            a.v(bytes == 8 ? Insn.MOVUPD : Insn.MOVUPS, L512, r, 0, m.plus(64 * p), tail(p, true), false);
        }
    }

    private void write(PassProgram.Output out) {
        if (out.memory() == 0) {
            for (int k = 0; k < folds.size(); k++) {
                if (folds.get(k).from().number() == out.number()) {
                    fold(folds.get(k), accumulator(k), out.id());
                }
            }
            if (unread.contains(out.number())) {
                return;
            }
        }
        int bytes = out.kind().bytes();
        if (out.memory() == 1 || out.memory() == 2) {
            int r = use(out.id(), 0);
            a.v(out.memory() == 1 ? Insn.PMOVDB : Insn.PMOVDW, L512, r, 0, stream(out.number(), out.memory()), tail(0, false), false);
            return;
        }
        Mem m = out.memory() != 0 ? stream(out.number(), bytes) : array(out.number(), true, bytes);
        for (int p = 0; p < parts(out.kind()); p++) {
            int r = use(out.id(), p);
            a.v(bytes == 8 ? Insn.STOREUPD : Insn.STOREUPS, L512, r, 0, m.plus(64 * p), tail(p, false), false);
        }
    }

    // ---- instructions -------------------------------------------------------------------------------------------------

    private void instruction(Micro m, int v) {
        if (m.kind() == Kind.M) {
            maskInstruction(m, v);
            return;
        }
        Kind k = m.kind();
        boolean quad = k.bytes() == 8;
        switch (m.op()) {
            case IN -> read(program.inputs().get((int) m.imm()), v);
            case ADD, SUB, MUL, DIV, AND, OR, XOR -> binary(binaryInsn(m.op(), k), m, v, m.op() != Micro.Op.SUB && m.op() != Micro.Op.DIV);
            case NEG -> withConstant(quad ? Insn.PXORQ : Insn.PXORD, v, m.a(), quad, quad ? Long.MIN_VALUE : Integer.MIN_VALUE);
            case ABS -> abs(m, v);
            case SQRT -> unary(k == Kind.F ? Insn.SQRTPS : Insn.SQRTPD, m.a(), v);
            case MAX, MIN -> extreme(m, v);
            case SCALE -> binary(Insn.SCALEFPS, m, v, false);
            case FMA -> fma(m, v);
            case SHL, SHR, USHR -> shift(m, v);
            case SEL -> select(m, v);
            case BITS -> bits(m, v);
            case CVT -> convert(m, v);
            default -> throw new IllegalStateException("no machine form of " + m);
        }
    }

    private static Insn binaryInsn(Micro.Op op, Kind k) {
        return switch (op) {
            case ADD -> pick(k, Insn.ADDPS, Insn.ADDPD, Insn.PADDD, Insn.PADDQ);
            case SUB -> pick(k, Insn.SUBPS, Insn.SUBPD, Insn.PSUBD, Insn.PSUBQ);
            case MUL -> pick(k, Insn.MULPS, Insn.MULPD, Insn.PMULLD, Insn.PMULLQ);
            case DIV -> pick(k, Insn.DIVPS, Insn.DIVPD, null, null);
            case AND -> pick(k, Insn.PANDD, Insn.PANDQ, Insn.PANDD, Insn.PANDQ);
            case OR -> pick(k, Insn.PORD, Insn.PORQ, Insn.PORD, Insn.PORQ);
            default -> pick(k, Insn.PXORD, Insn.PXORQ, Insn.PXORD, Insn.PXORQ);
        };
    }

    private static Insn pick(Kind k, Insn f, Insn d, Insn i, Insn l) {
        return switch (k) {
            case F -> f;
            case D -> d;
            case I -> i;
            case L -> l;
            case M -> throw new IllegalStateException("masks have instructions of their own");
        };
    }

    private void binary(Insn insn, Micro m, int v, boolean commutes) {
        int x = m.a();
        int y = m.b();
        if (commutes && folded(x) && !folded(y)) {
            x = m.b();
            y = m.a();
        }
        for (int p = 0; p < parts(m.kind()); p++) {
            int left = use(x, p);
            if (folded(y)) {
                int r = define(v, p);
                a.v(insn, L512, r, left, foldedOperand(y), Mask.NONE, true);
            } else {
                int right = use(y, p);
                int r = define(v, p);
                a.v(insn, L512, r, left, right, Mask.NONE);
            }
            unpinParts(x, y);
        }
    }

    /** Registers of parts already done may be reused. */
    private void unpinParts(int... values) {
        for (int v : values) {
            for (int p = 0; p < 2; p++) {
                if (v >= 0 && register[v][p] >= 0) {
                    pinned[register[v][p]] = false;
                }
            }
        }
        // broadcasts of folded operands belong to nobody
        for (int r = 0; r < 32; r++) {
            if (owner[r] < 0) {
                pinned[r] = false;
            }
        }
    }

    private void withConstant(Insn insn, int v, int x, boolean quad, long bits) {
        for (int p = 0; p < (quad ? 2 : 1); p++) {
            int left = use(x, p);
            int r = define(v, p);
            a.v(insn, L512, r, left, quad ? a.constant(bits) : a.constant((int) bits), Mask.NONE, true);
            unpinParts(x);
        }
    }

    private void abs(Micro m, int v) {
        switch (m.kind()) {
            case F -> withConstant(Insn.PANDD, v, m.a(), false, Integer.MAX_VALUE);
            case D -> withConstant(Insn.PANDQ, v, m.a(), true, Long.MAX_VALUE);
            case I -> unary(Insn.PABSD, m.a(), v);
            default -> unary(Insn.PABSQ, m.a(), v);
        }
    }

    private void unary(Insn insn, int x, int v) {
        for (int p = 0; p < parts(kind(v)); p++) {
            int from = use(x, p);
            a.v(insn, L512, define(v, p), 0, from, Mask.NONE);
            unpinParts(x);
        }
    }

    /** Java's rules: NaN wins, and minus zero is below zero. */
    private void extreme(Micro m, int v) {
        Kind k = m.kind();
        boolean max = m.op() == Micro.Op.MAX;
        if (!k.isFloat()) {
            binary(max ? pick(k, null, null, Insn.PMAXSD, Insn.PMAXSQ) : pick(k, null, null, Insn.PMINSD, Insn.PMINSQ), m, v, true);
            return;
        }
        if (k == Kind.F && isNumber(m.b())) {
            extremeLiteral(m, v, max);
            return;
        }
        for (int p = 0; p < parts(k); p++) {
            int x = use(m.a(), p);
            int y = use(m.b(), p);
            int r = define(v, p);
            javaExtreme(a, r, x, y, max, k == Kind.D, L512);
            unpinParts(m.a(), m.b());
        }
    }

    private boolean isNumber(int v) {
        Micro m = code.get(v);
        return m.op() == Micro.Op.CONST && !Float.isNaN(Float.intBitsToFloat((int) m.imm())) && (int) m.imm() != Integer.MIN_VALUE;
    }

    /** The instructions give their second source where it is NaN or both are zeros. */
    private void extremeLiteral(Micro m, int v, boolean max) {
        int literal = use(m.b(), 0);
        int x = use(m.a(), 0);
        int r = define(v, 0);
        a.v(max ? Insn.MAXPS : Insn.MINPS, L512, r, literal, x, Mask.NONE);
        if (max && (int) code.get(m.b()).imm() == 0) {
            // minus zero to zero
            a.v(Insn.ADDPS, L512, r, r, literal, Mask.NONE);
        }
    }

    /** {@code r = max(x, y)} or {@code min}; {@code r} differs from both. */
    static void javaExtreme(Assembler a, int r, int x, int y, boolean max, boolean quad, int length) {
        a.vImm(quad ? Insn.RANGEPD : Insn.RANGEPS, length, r, x, y, max ? 5 : 4, Mask.NONE);
        a.vImm(quad ? Insn.CMPPD : Insn.CMPPS, length, SPARE_MASK, x, y, 3, Mask.NONE);
        a.v(quad ? Insn.ADDPD : Insn.ADDPS, length, r, x, y, new Mask(SPARE_MASK, false));
    }

    private void fma(Micro m, int v) {
        boolean quad = m.kind() == Kind.D;
        Insn form213 = quad ? Insn.FMADD213PD : Insn.FMADD213PS;
        Insn form231 = quad ? Insn.FMADD231PD : Insn.FMADD231PS;
        for (int p = 0; p < parts(m.kind()); p++) {
            int x = m.a();
            int y = m.b();
            if (!dies(x) && dies(y) && x != y) {
                x = m.b();
                y = m.a();
            }
            if (dies(m.c()) && m.c() != x && m.c() != y && !(dies(x) && folded(y))) {
                // c = x * y + c
                int left = use(folded(x) ? y : x, p);
                int other = folded(x) ? x : y;
                if (folded(other)) {
                    int r = takeOver(m.c(), p, v);
                    a.v(form231, L512, r, left, foldedOperand(other), Mask.NONE, true);
                } else {
                    int right = use(other, p);
                    a.v(form231, L512, takeOver(m.c(), p, v), left, right, Mask.NONE);
                }
            } else {
                // x = y * x + c
                if (folded(x) && !folded(y)) {
                    int swap = x;
                    x = y;
                    y = swap;
                }
                int right = use(y, p);
                int r;
                if (dies(x) && x != y && x != m.c()) {
                    r = takeOver(x, p, v);
                } else {
                    int from = use(x, p);
                    if (folded(x)) {
                        own(v, p, from);
                        r = from;
                    } else {
                        r = define(v, p);
                        a.v(Insn.MOVAPS, L512, r, 0, from, Mask.NONE);
                    }
                }
                if (folded(m.c())) {
                    a.v(form213, L512, r, right, foldedOperand(m.c()), Mask.NONE, true);
                } else {
                    a.v(form213, L512, r, right, use(m.c(), p), Mask.NONE);
                }
            }
            unpinParts(m.a(), m.b(), m.c());
        }
    }

    private void shift(Micro m, int v) {
        boolean quad = m.kind() == Kind.L;
        if (m.b() >= 0) {
            Insn insn = switch (m.op()) {
                case SHL -> quad ? Insn.PSLLVQ : Insn.PSLLVD;
                case SHR -> quad ? Insn.PSRAVQ : Insn.PSRAVD;
                default -> quad ? Insn.PSRLVQ : Insn.PSRLVD;
            };
            binary(insn, m, v, false);
            return;
        }
        int direction = m.op() == Micro.Op.SHL ? 6 : m.op() == Micro.Op.SHR ? 4 : 2;
        for (int p = 0; p < parts(m.kind()); p++) {
            int from = use(m.a(), p);
            a.shift(quad, direction, define(v, p), from, (int) m.imm());
            unpinParts(m.a());
        }
    }

    private void select(Micro m, int v) {
        boolean quad = m.kind().bytes() == 8;
        for (int p = 0; p < parts(m.kind()); p++) {
            int k = maskPart(m.a(), p, quad);
            int no = use(m.c(), p);
            if (folded(m.b())) {
                a.v(quad ? Insn.BLENDMPD : Insn.BLENDMPS, L512, define(v, p), no, foldedOperand(m.b()), new Mask(k, false), true);
            } else {
                int yes = use(m.b(), p);
                a.v(quad ? Insn.BLENDMPD : Insn.BLENDMPS, L512, define(v, p), no, yes, new Mask(k, false));
            }
            unpinParts(m.b(), m.c());
        }
    }

    private void bits(Micro m, int v) {
        for (int p = 0; p < parts(m.kind()); p++) {
            if (folded(m.a())) {
                own(v, p, use(m.a(), p));
            } else if (dies(m.a())) {
                takeOver(m.a(), p, v);
            } else {
                int from = use(m.a(), p);
                a.v(Insn.MOVAPS, L512, define(v, p), 0, from, Mask.NONE);
            }
        }
    }

    private void maskInstruction(Micro m, int v) {
        switch (m.op()) {
            case CONST -> {
                int k = defineMask(v);
                if (m.imm() != 0) {
                    a.kxnor(k, k, k);
                } else {
                    a.kxor(k, k, k);
                }
            }
            case EQ, LT, LE -> compare(m, v);
            case AND, OR, XOR -> {
                int x = useMask(m.a());
                int y = useMask(m.b());
                int k = defineMask(v);
                switch (m.op()) {
                    case AND -> a.kand(k, x, y);
                    case OR -> a.kor(k, x, y);
                    default -> a.kxor(k, x, y);
                }
            }
            case NOT -> {
                int x = useMask(m.a());
                a.knot(defineMask(v), x);
            }
            case SEL -> {
                int c = useMask(m.a());
                int yes = useMask(m.b());
                a.kand(SPARE_MASK, c, yes);
                int no = useMask(m.c());
                int k = defineMask(v);
                a.kandn(k, c, no);
                a.kor(k, k, SPARE_MASK);
            }
            default -> throw new IllegalStateException("no machine form of " + m);
        }
    }

    private void compare(Micro m, int v) {
        Kind k = kind(m.a());
        boolean quad = k.bytes() == 8;
        Insn insn = pick(k, Insn.CMPPS, Insn.CMPPD, Insn.PCMPD, Insn.PCMPQ);
        // ordered and quiet for floats
        int imm = switch (m.op()) {
            case EQ -> 0;
            case LT -> k.isFloat() ? 0x11 : 1;
            default -> k.isFloat() ? 0x12 : 2;
        };
        int result = allocateMask();
        for (int p = 0; p < parts(k); p++) {
            int x = use(m.a(), p);
            int to = p == 0 ? result : SPARE_MASK;
            if (folded(m.b())) {
                a.vImm(insn, L512, to, x, foldedOperand(m.b()), imm, Mask.NONE, true);
            } else {
                a.vImm(insn, L512, to, x, use(m.b(), p), imm, Mask.NONE);
            }
            unpinParts(m.a(), m.b());
        }
        if (quad) {
            a.kunpck(result, SPARE_MASK, result);
        }
        maskRegister[v] = result;
        maskOwner[result] = v;
    }

    // ---- conversions --------------------------------------------------------------------------------------------------

    private void convert(Micro m, int v) {
        Kind to = m.kind();
        Kind from = kind(m.a());
        if (from == Kind.M) {
            oneOrZero(m, v, to);
            return;
        }
        boolean wide = from.bytes() == 8;
        boolean wideResult = to.bytes() == 8;
        if (wide == wideResult) {
            for (int p = 0; p < parts(to); p++) {
                int x = use(m.a(), p);
                same(from, to, define(v, p), x);
                unpinParts(m.a());
            }
        } else if (wideResult) {
            widen(m.a(), v, from, to);
        } else {
            narrow(m.a(), v, from, to);
        }
    }

    private void oneOrZero(Micro m, int v, Kind to) {
        boolean quad = to.bytes() == 8;
        for (int p = 0; p < parts(to); p++) {
            int k = maskPart(m.a(), p, quad);
            Mem one = switch (to) {
                case F -> a.constant(Float.floatToRawIntBits(1));
                case D -> a.constant(Double.doubleToRawLongBits(1));
                case I -> a.constant(1);
                default -> a.constant(1L);
            };
            a.v(quad ? Insn.BROADCASTSD : Insn.BROADCASTSS, L512, define(v, p), 0, one, new Mask(k, true), false);
        }
    }

    private void same(Kind from, Kind to, int r, int x) {
        if (from == Kind.I) {
            a.v(Insn.CVTDQ2PS, L512, r, 0, x, Mask.NONE);
        } else if (from == Kind.F) {
            toWhole(Insn.CVTTPS2DQ, r, x, false, a.constant(Float.floatToRawIntBits(0x1p31f)), a.constant(Integer.MAX_VALUE), false);
        } else if (from == Kind.L) {
            a.v(Insn.CVTQQ2PD, L512, r, 0, x, Mask.NONE);
        } else {
            toWhole(Insn.CVTTPD2QQ, r, x, true, a.constant(Double.doubleToRawLongBits(0x1p63)), a.constant(Long.MAX_VALUE), true);
        }
    }

    /** Conversion that saturates and takes NaN to 0; the processor gives the least value for all it can't represent. */
    private void toWhole(Insn insn, int r, int x, boolean fromQuad, Mem limit, Mem most, boolean toQuad) {
        a.v(insn, L512, r, 0, x, Mask.NONE);
        clean(r, x, fromQuad, limit, most, toQuad, 3);
    }

    private void clean(int r, int x, boolean fromQuad, Mem limit, Mem most, boolean toQuad, int unordered) {
        Insn cmp = fromQuad ? Insn.CMPPD : Insn.CMPPS;
        // x >= limit
        a.vImm(cmp, fromQuad || !toQuad ? L512 : L256, SPARE_MASK, x, limit, 0x1d, Mask.NONE, true);
        a.v(toQuad ? Insn.BROADCASTSD : Insn.BROADCASTSS, L512, r, 0, most, new Mask(SPARE_MASK, false), false);
        a.vImm(cmp, fromQuad || !toQuad ? L512 : L256, SPARE_MASK, x, x, unordered, Mask.NONE);
        a.v(toQuad ? Insn.PXORQ : Insn.PXORD, L512, r, r, r, new Mask(SPARE_MASK, false));
    }

    /** Sixteen lanes of four bytes to two registers of eight bytes. */
    private void widen(int x, int v, Kind from, Kind to) {
        for (int p = 0; p < 2; p++) {
            int source = use(x, 0);
            int half = source;
            if (p == 1) {
                half = allocate();
                a.vImm(Insn.EXTRACTF32X8, L512, source, 0, half, 1, Mask.NONE);
            }
            int r = define(v, p);
            if (from == Kind.I) {
                a.v(to == Kind.L ? Insn.PMOVSXDQ : Insn.CVTDQ2PD, L512, r, 0, half, Mask.NONE);
            } else if (to == Kind.D) {
                a.v(Insn.CVTPS2PD, L512, r, 0, half, Mask.NONE);
            } else {
                a.v(Insn.CVTTPS2QQ, L512, r, 0, half, Mask.NONE);
                clean(r, half, false, a.constant(Float.floatToRawIntBits(0x1p63f)), a.constant(Long.MAX_VALUE), true, 3);
            }
            unpinParts(x);
        }
    }

    private void narrow(int x, int v, Kind from, Kind to) {
        int r = define(v, 0);
        for (int p = 0; p < 2; p++) {
            int source = use(x, p);
            int half = p == 0 ? r : allocate();
            if (from == Kind.L) {
                if (to == Kind.I) {
                    a.v(Insn.PMOVQD, L512, source, 0, half, Mask.NONE);
                } else {
                    a.v(Insn.CVTQQ2PS, L512, half, 0, source, Mask.NONE);
                }
            } else if (to == Kind.F) {
                a.v(Insn.CVTPD2PS, L512, half, 0, source, Mask.NONE);
            } else {
                doubleToInt(half, source);
            }
            if (p == 1) {
                a.vImm(Insn.INSERTF32X8, L512, r, r, half, 1, Mask.NONE);
            }
        }
    }

    private void doubleToInt(int r, int x) {
        a.v(Insn.CVTTPD2DQ, L512, r, 0, x, Mask.NONE);
        a.vImm(Insn.CMPPD, L512, SPARE_MASK, x, a.constant(Double.doubleToRawLongBits(0x1p31)), 0x1d, Mask.NONE, true);
        a.v(Insn.BROADCASTSS, L256, r, 0, a.constant(Integer.MAX_VALUE), new Mask(SPARE_MASK, false), false);
        a.vImm(Insn.CMPPD, L512, SPARE_MASK, x, x, 3, Mask.NONE);
        a.v(Insn.PXORD, L256, r, r, r, new Mask(SPARE_MASK, false));
    }
}
