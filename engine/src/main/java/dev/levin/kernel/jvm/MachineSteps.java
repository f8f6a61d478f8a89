package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.R10;
import static dev.levin.kernel.x64.Assembler.R11;
import static dev.levin.kernel.x64.Assembler.R8;
import static dev.levin.kernel.x64.Assembler.R9;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RDX;
import static dev.levin.kernel.x64.Assembler.RSI;

import dev.levin.kernel.Value;
import dev.levin.kernel.jvm.MachineFrame.Count;
import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;
import dev.levin.type.DType;

/** Machine code that moves runs of elements between memory and scratch arrays, and fills arrays. */
final class MachineSteps {
    private static final int TAIL = 1;

    private final MachineFrame f;
    private final Assembler a;

    MachineSteps(MachineFrame f) {
        this.f = f;
        a = f.a;
    }

    /** A run of {@code inner} elements, {@code outer} times. Strides in bytes of memory. */
    private record Walk(Count outer, Count inner, long outerStride, long innerStride) {
    }

    private Walk walk(Form form, AccessPlan.Linear x, int bytes) {
        long row = x.rowStride * bytes;
        long lane = x.laneStride * bytes;
        return switch (form) {
            case ONE -> new Walk(Count.of(1), Count.of(1), 0, 0);
            case ROW -> new Walk(Count.of(1), f.rows, 0, row);
            case LANE -> new Walk(Count.of(1), f.lanes, 0, lane);
            case FULL -> f.lanes.is(1) ? new Walk(Count.of(1), f.rows, 0, row) : new Walk(f.rows, f.lanes, row, lane);
        };
    }

    /** True if the elements of any tile lie at fixed strides. */
    static boolean strided(AccessPlan plan) {
        return plan.regular && plan.bounds.length == 0 && plan.picks.length == 0;
    }

    /** True if the elements lie at fixed strides but for what index operands add. */
    static boolean loads(AccessPlan plan) {
        return plan.regular && plan.bounds.length == 0;
    }

    /** Memory to the array of a slot. RSI = memory, RDI = array, R8 = elements left, R9 = rows left, R10 = memory of the row. */
    void load(Step.LoadStep s) {
        AccessPlan plan = f.plans[s.load().access()];
        DType type = f.kernel.spec().buffers().get(s.load().buffer());
        f.address(s.load().buffer(), plan.index, type.bytes());
        if (plan.picks.length > 0) {
            gather(s, plan, type);
        } else {
            run(walk(s.to().form(), plan.index, type.bytes()), f.slot(s.to()), type, s.to().kind(), true);
        }
    }

    /**
     * One element after the other, or one row after the other where indices are the same along it. R12 = number of the
     * element, R10 = memory of the row without what the indices add, R11 = memory of the element.
     */
    private void gather(Step.LoadStep s, AccessPlan plan, DType type) {
        Form form = s.to().form();
        Count rows = f.rows(form);
        Count lanes = f.lanes(form);
        long rowStride = plan.index.rowStride * type.bytes();
        long laneStride = plan.index.laneStride * type.bytes();
        boolean wholeRows = !lanes.is(1) && laneStride == type.bytes()
                && s.picks().stream().allMatch(p -> p.form() == Form.ONE || p.form() == Form.ROW);
        a.lea(RDI, f.scratch(f.slot(s.to())));
        a.mov(R10, MachineFrame.ADDRESS);
        a.movImm(MachineFrame.ROW, 0);
        a.movImm(MachineFrame.ROW_OFFSET, 0);
        var nextRow = new Label();
        var nextLane = new Label();
        a.bind(nextRow);
        a.mov(RSI, R10);
        a.movImm(MachineFrame.LANE, 0);
        if (!wholeRows) {
            a.bind(nextLane);
        }
        var missing = new Label();
        var done = new Label();
        a.mov(R11, RSI);
        for (int k = 0; k < plan.picks.length; k++) {
            index(s.picks().get(k));
            a.cmpImm(RAX, 0);
            a.jump(Cond.L, missing);
            a.movImm(RCX, plan.picks[k].extent());
            a.cmp(RAX, RCX);
            a.jump(Cond.GE, missing);
            a.mulImm(RAX, plan.picks[k].stride() * type.bytes(), RCX);
            a.add(R11, RAX);
        }
        if (wholeRows) {
            a.mov(RSI, R11);
            f.get(R8, lanes);
            dense(lanes, type, s.to().kind(), true);
        } else {
            element(Mem.at(R11, 0), type, s.to().kind());
        }
        a.jump(done);
        a.bind(missing);
        missing(s, wholeRows ? lanes : Count.of(1));
        a.bind(done);
        if (!wholeRows) {
            a.addImm(RDI, s.to().kind().bytes());
            a.addImm(MachineFrame.ROW_OFFSET, 1);
            if (!lanes.is(1)) {
                addLarge(RSI, laneStride);
                a.addImm(MachineFrame.LANE, 1);
                f.compare(MachineFrame.LANE, lanes);
                a.jump(Cond.L, nextLane);
            }
        }
        addLarge(R10, rowStride);
        a.addImm(MachineFrame.ROW, 1);
        f.compare(MachineFrame.ROW, rows);
        a.jump(Cond.L, nextRow);
    }

    private void addLarge(int r, long v) {
        if (v == (int) v) {
            a.addImm(r, (int) v);
        } else {
            a.movImm(RAX, v);
            a.add(r, RAX);
        }
    }

    /** RAX = index operand of the current element. */
    private void index(Step.Slot pick) {
        int bytes = pick.kind().bytes();
        int at = f.slot(pick);
        Mem m = switch (pick.form()) {
            case ONE -> f.scratch(at);
            case ROW -> Mem.at(MachineFrame.SCRATCH, MachineFrame.ROW, bytes, at);
            case LANE -> Mem.at(MachineFrame.SCRATCH, MachineFrame.LANE, bytes, at);
            case FULL -> Mem.at(MachineFrame.SCRATCH, MachineFrame.ROW_OFFSET, bytes, at);
        };
        if (pick.kind() == Kind.L) {
            a.load(RAX, m);
        } else {
            a.loadSigned(RAX, m);
        }
    }

    /** Where an index (in RAX) is out of range: the fill value, after taking a note of the index if the kernel must fail. */
    private void missing(Step.LoadStep s, Count n) {
        if (s.load().policy() == Value.OutOfRange.FAIL) {
            a.store(f.fault(8), RAX);
            a.movImm(RAX, 1L + f.kernel.spec().values().indexOf(s.load()));
            a.store(f.fault(0), RAX);
        }
        Kind kind = s.to().kind();
        a.movImm(RAX, bits(kind, s.load().fill()));
        f.get(R8, n);
        var again = new Label();
        a.bind(again);
        a.storeLow(Mem.at(RDI, 0), RAX, kind.bytes());
        if (!n.is(1)) {
            a.addImm(RDI, kind.bytes());
            a.addImm(R8, -1);
            a.jump(Cond.NE, again);
        }
    }

    /** Raw bits of a literal in an array of a kind; see {@link Value.Const}. */
    private static long bits(Kind kind, long literal) {
        return switch (kind) {
            case F -> Float.floatToRawIntBits((float) Double.longBitsToDouble(literal));
            default -> literal;
        };
    }

    void store(Step.StoreStep s) {
        AccessPlan plan = f.plans[s.access()];
        Walk w = walk(s.from().form(), plan.index, s.dtype().bytes());
        f.address(s.buffer(), plan.index, s.dtype().bytes());
        run(w, f.slot(s.from()), s.dtype(), s.from().kind(), false);
    }

    private void run(Walk w, int array, DType type, Kind kind, boolean load) {
        a.lea(RDI, f.scratch(array));
        a.mov(R10, MachineFrame.ADDRESS);
        var again = new Label();
        if (!w.outer.is(1)) {
            f.get(R9, w.outer);
        }
        a.bind(again);
        a.mov(RSI, R10);
        f.get(R8, w.inner);
        boolean dense = w.innerStride == type.bytes() || w.inner.is(1);
        if (dense) {
            dense(w.inner, type, kind, load);
        } else {
            strided(w.innerStride, type, kind, load);
        }
        if (!w.outer.is(1)) {
            if (w.outerStride == (int) w.outerStride) {
                a.addImm(R10, (int) w.outerStride);
            } else {
                a.movImm(RAX, w.outerStride);
                a.add(R10, RAX);
            }
            a.addImm(R9, -1);
            a.cmpImm(R9, 0);
            a.jump(Cond.G, again);
        }
    }

    /** Contiguous in memory; leaves RDI behind the run. */
    private void dense(Count n, DType type, Kind kind, boolean load) {
        int width = kind.bytes() == 8 ? 8 : 16;
        boolean tailOnly = n.known() && n.constant() < width;
        var again = new Label();
        var last = new Label();
        var done = new Label();
        if (!tailOnly) {
            a.bind(again);
            a.cmpImm(R8, width);
            a.jump(Cond.L, last);
            vector(type, Mask.NONE, load);
            a.addImm(RSI, width * type.bytes());
            a.addImm(RDI, width * kind.bytes());
            a.addImm(R8, -width);
            a.jump(again);
            a.bind(last);
        }
        if (!n.known() || n.constant() % width != 0) {
            a.cmpImm(R8, 0);
            a.jump(Cond.LE, done);
            a.mov(RCX, R8);
            a.movImm(RAX, 1);
            a.shlCl(RAX);
            a.addImm(RAX, -1);
            a.kmovFrom(TAIL, RAX);
            vector(type, new Mask(TAIL, load), load);
            a.lea(RDI, Mem.at(RDI, R8, kind.bytes(), 0));
            a.bind(done);
        }
    }

    /** One register between memory at RSI and array at RDI. */
    private void vector(DType type, Mask mask, boolean load) {
        Mem memory = Mem.at(RSI, 0);
        Mem array = Mem.at(RDI, 0);
        if (load) {
            switch (type) {
                case F32, I32 -> a.v(Insn.MOVUPS, L512, 0, 0, memory, mask, false);
                case F64, I64 -> a.v(Insn.MOVUPD, L512, 0, 0, memory, mask, false);
                case F16 -> a.v(Insn.CVTPH2PS, L512, 0, 0, memory, mask, false);
                case BF16, I16 -> a.v(type == DType.I16 ? Insn.PMOVSXWD : Insn.PMOVZXWD, L512, 0, 0, memory, mask, false);
                case I8 -> a.v(Insn.PMOVSXBD, L512, 0, 0, memory, mask, false);
                case U8, BOOL -> a.v(Insn.PMOVZXBD, L512, 0, 0, memory, mask, false);
            }
            widened(type);
            boolean quad = type.bytes() == 8;
            a.v(quad ? Insn.STOREUPD : Insn.STOREUPS, L512, 0, 0, array, new Mask(mask.k(), false), false);
            return;
        }
        boolean quad = type.bytes() == 8;
        a.v(quad ? Insn.MOVUPD : Insn.MOVUPS, L512, 0, 0, array, new Mask(mask.k(), mask.k() != 0), false);
        narrowed(type);
        switch (type) {
            case F32, I32 -> a.v(Insn.STOREUPS, L512, 0, 0, memory, mask, false);
            case F64, I64 -> a.v(Insn.STOREUPD, L512, 0, 0, memory, mask, false);
            case F16, BF16, I16 -> a.v(Insn.PMOVDW, L512, 0, 0, memory, mask, false);
            case I8, U8, BOOL -> a.v(Insn.PMOVDB, L512, 0, 0, memory, mask, false);
        }
    }

    /** Raw bits in register 0, one element in four bytes, to the kind of the array. */
    private void widened(DType type) {
        switch (type) {
            case BF16 -> a.shift(false, 6, 0, 0, 16);
            case BOOL -> a.v(Insn.PMINUD, L512, 0, 0, a.constant(1), Mask.NONE, true);
            default -> { }
        }
    }

    /** Rounds floats in register 0 to bits of a 16-bit type, one in four bytes. */
    private void narrowed(DType type) {
        if (type == DType.F16) {
            a.vImm(Insn.CVTPS2PH, L512, 0, 0, 1, 0, Mask.NONE);
            a.v(Insn.PMOVZXWD, L512, 0, 0, 1, Mask.NONE);
        } else if (type == DType.BF16) {
            a.shift(false, 2, 1, 0, 16);
            a.v(Insn.PANDD, L512, 2, 1, a.constant(1), Mask.NONE, true);
            a.v(Insn.PADDD, L512, 2, 2, 0, Mask.NONE);
            a.v(Insn.PADDD, L512, 2, 2, a.constant(0x7fff), Mask.NONE, true);
            a.shift(false, 2, 2, 2, 16);
            // NaN keeps its upper bits and stays one
            a.vImm(Insn.CMPPS, L512, 7, 0, 0, 3, Mask.NONE);
            a.v(Insn.PORD, L512, 2, 1, a.constant(0x40), new Mask(7, false), true);
            a.v(Insn.MOVAPS, L512, 0, 0, 2, Mask.NONE);
        }
    }

    /** One element after the other. R11 = scratch for values. */
    private void strided(long stride, DType type, Kind kind, boolean load) {
        var again = new Label();
        var done = new Label();
        a.cmpImm(R8, 0);
        a.jump(Cond.LE, done);
        boolean half = type.isHalf();
        boolean quad = kind.bytes() == 8;
        a.bind(again);
        if (load) {
            element(Mem.at(RSI, 0), type, kind);
        } else {
            a.loadZero(R11, Mem.at(RDI, 0), quad ? 8 : 4);
            if (half) {
                a.movLane(0, R11, false, true);
                narrowed(type);
                a.movLane(0, R11, false, false);
            }
            a.storeLow(Mem.at(RSI, 0), R11, type.bytes());
        }
        a.addImm(RDI, kind.bytes());
        if (stride == (int) stride) {
            a.addImm(RSI, (int) stride);
        } else {
            a.movImm(RAX, stride);
            a.add(RSI, RAX);
        }
        a.addImm(R8, -1);
        a.jump(Cond.NE, again);
        a.bind(done);
    }

    /** One element of memory to the array at RDI. Spoils R11, which may be the base. */
    private void element(Mem from, DType type, Kind kind) {
        a.loadZero(R11, from, type.bytes());
        if (type.isHalf() || type == DType.I16 || type == DType.I8 || type == DType.BOOL) {
            a.movLane(0, R11, false, true);
            switch (type) {
                case F16 -> a.v(Insn.CVTPH2PS, Assembler.L128, 0, 0, 0, Mask.NONE);
                case I16 -> a.v(Insn.PMOVSXWD, Assembler.L128, 0, 0, 0, Mask.NONE);
                case I8 -> a.v(Insn.PMOVSXBD, Assembler.L128, 0, 0, 0, Mask.NONE);
                default -> widened(type);
            }
            a.movLane(0, R11, false, false);
        }
        a.storeLow(Mem.at(RDI, 0), R11, kind.bytes());
    }

    // ---- values that are not loaded -----------------------------------------------------------------------------------

    /** Positions as values. */
    void index(Step.IndexStep s) {
        AccessPlan.Linear x = f.plans[s.index().access()].index;
        boolean quad = s.to().kind() == Kind.L;
        Walk w = walk(s.to().form(), x, 1);
        f.index(x, 1);
        a.lea(RDI, f.scratch(f.slot(s.to())));
        int width = quad ? 8 : 16;
        // 1 = multiples of the stride, 2 = step of a register
        if (quad) {
            long[] lanes = new long[8];
            for (int k = 0; k < 8; k++) {
                lanes[k] = k * w.innerStride;
            }
            a.v(Insn.MOVUPD, L512, 1, 0, a.constant(lanes), Mask.NONE, false);
            a.v(Insn.BROADCASTSD, L512, 2, 0, a.constant(8 * w.innerStride), Mask.NONE, false);
        } else {
            int[] lanes = new int[16];
            for (int k = 0; k < 16; k++) {
                lanes[k] = (int) (k * w.innerStride);
            }
            a.v(Insn.MOVUPS, L512, 1, 0, a.constant(lanes), Mask.NONE, false);
            a.v(Insn.BROADCASTSS, L512, 2, 0, a.constant((int) (16 * w.innerStride)), Mask.NONE, false);
        }
        Insn add = quad ? Insn.PADDQ : Insn.PADDD;
        var rows = new Label();
        if (!w.outer.is(1)) {
            f.get(R9, w.outer);
        }
        a.bind(rows);
        a.v(quad ? Insn.PBROADCASTQ_R : Insn.PBROADCASTD_R, L512, 0, 0, MachineFrame.ADDRESS, Mask.NONE);
        a.v(add, L512, 0, 0, 1, Mask.NONE);
        f.get(R8, w.inner);
        a.mov(RSI, RDI);
        var again = new Label();
        a.bind(again);
        // arrays have room for one register behind their last element, and rows are written in order
        a.v(quad ? Insn.STOREUPD : Insn.STOREUPS, L512, 0, 0, Mem.at(RSI, 0), Mask.NONE, false);
        a.v(add, L512, 0, 0, 2, Mask.NONE);
        a.addImm(RSI, 64);
        a.addImm(R8, -width);
        a.cmpImm(R8, 0);
        a.jump(Cond.G, again);
        if (!w.outer.is(1)) {
            f.get(R8, w.inner);
            a.lea(RDI, Mem.at(RDI, R8, quad ? 8 : 4, 0));
            a.movImm(RAX, w.outerStride);
            a.add(MachineFrame.ADDRESS, RAX);
            a.addImm(R9, -1);
            a.cmpImm(R9, 0);
            a.jump(Cond.G, rows);
        }
    }

    void uniform(Step.UniformStep s) {
        a.load(RAX, Mem.at(MachineFrame.PARAMS, 8L * (f.kernel.spec().buffers().size() + s.uniform().slot())));
        a.store(f.scratch(f.slot(s.to())), RAX);
    }

    void constant(Step.ConstStep s) {
        a.movImm(RAX, bits(s.to().kind(), s.constant().bits()));
        a.store(f.scratch(f.slot(s.to())), RAX);
    }

    /** True if the elements of a row of the tile follow each other in the draw. */
    static boolean randoms(AccessPlan.Linear x, Form form, Tiling t) {
        return x.regular && switch (form) {
            case ONE -> true;
            case ROW -> x.rowStride == 1;
            case LANE -> x.laneStride == 1;
            case FULL -> (t.nTile() > 1 ? x.laneStride : x.rowStride) == 1;
        };
    }

    /**
     * Random words of the elements of a tile, row by row. Sixteen blocks of four words go through the rounds together; the
     * lane 4q + p of a register works on block 4p + q, so that transposing each quarter gives the words in order.
     */
    void random(Step.RandomStep s) {
        AccessPlan.Linear x = f.plans[s.random().access()].index;
        int array = f.slot(s.to());
        // one row of words, from a multiple of four elements on
        int longest = (s.to().form() == Form.ONE ? 1 : Math.max(f.tiling.nTile(), f.tiling.mTile())) + 4 + 64;
        int words = f.reserve(4 * longest + 64, 64);
        Walk w = walk(s.to().form(), x, 1);
        f.index(x, 1);
        a.lea(RDI, f.scratch(array));
        if (!w.outer.is(1)) {
            f.get(R9, w.outer);
        }
        a.load(RAX, f.buffer(s.random().buffer()));
        a.load(R10, Mem.at(RAX, 0));
        a.load(R11, Mem.at(RAX, 8));
        var rows = new Label();
        a.bind(rows);
        // words of the row, rounded to whole blocks
        a.mov(RSI, MachineFrame.ADDRESS);
        a.andImm(RSI, 3);
        f.get(R8, w.inner);
        a.add(R8, RSI);
        a.lea(RDX, f.scratch(words));
        a.mov(RCX, MachineFrame.ADDRESS);
        a.sub(RCX, RSI);
        var blocks = new Label();
        a.bind(blocks);
        sixteenBlocks(s.random().ordinal());
        a.addImm(RDX, 256);
        a.addImm(RCX, 64);
        a.addImm(R8, -64);
        a.cmpImm(R8, 0);
        a.jump(Cond.G, blocks);
        // to the array, without what comes before the first element
        a.lea(RSI, Mem.at(MachineFrame.SCRATCH, RSI, 4, words));
        f.get(R8, w.inner);
        dense(w.inner, DType.I32, Kind.I, true);
        if (!w.outer.is(1)) {
            a.movImm(RAX, w.outerStride);
            a.add(MachineFrame.ADDRESS, RAX);
            a.addImm(R9, -1);
            a.cmpImm(R9, 0);
            a.jump(Cond.G, rows);
        }
    }

    /** Element RCX (a multiple of four) and 63 more, to memory at RDX. R10 = seed, R11 = step. Spoils RAX. */
    private void sixteenBlocks(int ordinal) {
        // q = element / 4 + offset of the lane, as longs: low halves in 0, high halves in 1
        long[] first = new long[8];
        long[] second = new long[8];
        for (int lane = 0; lane < 16; lane++) {
            long block = 4 * (lane % 4) + lane / 4;
            if (lane < 8) {
                first[lane] = block;
            } else {
                second[lane - 8] = block;
            }
        }
        a.mov(RAX, RCX);
        a.shrImm(RAX, 2);
        a.v(Insn.PBROADCASTQ_R, L512, 4, 0, RAX, Mask.NONE);
        a.v(Insn.PADDQ, L512, 5, 4, a.constant(second), Mask.NONE, false);
        a.v(Insn.PADDQ, L512, 4, 4, a.constant(first), Mask.NONE, false);
        a.v(Insn.PMOVQD, L512, 4, 0, 0, Mask.NONE);
        a.v(Insn.PMOVQD, L512, 5, 0, 6, Mask.NONE);
        a.vImm(Insn.INSERTF32X8, L512, 0, 0, 6, 1, Mask.NONE);
        a.shift(true, 2, 4, 4, 32);
        a.shift(true, 2, 5, 5, 32);
        a.v(Insn.PMOVQD, L512, 4, 0, 1, Mask.NONE);
        a.v(Insn.PMOVQD, L512, 5, 0, 6, Mask.NONE);
        a.vImm(Insn.INSERTF32X8, L512, 1, 1, 6, 1, Mask.NONE);
        a.mov(RAX, R11);
        a.shrImm(RAX, 32);
        a.v(Insn.PBROADCASTD_R, L512, 4, 0, RAX, Mask.NONE);
        a.v(Insn.PXORD, L512, 1, 1, 4, Mask.NONE);
        a.v(Insn.BROADCASTSS, L512, 2, 0, a.constant(ordinal), Mask.NONE, false);
        a.v(Insn.PBROADCASTD_R, L512, 3, 0, R11, Mask.NONE);
        // keys in 8 and 9
        a.v(Insn.PBROADCASTD_R, L512, 8, 0, R10, Mask.NONE);
        a.mov(RAX, R10);
        a.shrImm(RAX, 32);
        a.v(Insn.PBROADCASTD_R, L512, 9, 0, RAX, Mask.NONE);
        a.v(Insn.BROADCASTSS, L512, 10, 0, a.constant(0xD2511F53), Mask.NONE, false);
        a.v(Insn.BROADCASTSS, L512, 11, 0, a.constant(0xCD9E8D57), Mask.NONE, false);
        // odd lanes take the upper half of a product as it is
        a.movImm(RAX, 0xaaaa);
        a.kmovFrom(7, RAX);
        for (int round = 0; round < 10; round++) {
            product(0, 10, 12, 13);
            product(2, 11, 14, 15);
            // c0 = high1 ^ c1 ^ k0, c1 = low1, c2 = high0 ^ c3 ^ k1, c3 = low0
            a.v(Insn.PXORD, L512, 0, 15, 1, Mask.NONE);
            a.v(Insn.PXORD, L512, 0, 0, 8, Mask.NONE);
            a.v(Insn.PXORD, L512, 2, 13, 3, Mask.NONE);
            a.v(Insn.PXORD, L512, 2, 2, 9, Mask.NONE);
            a.v(Insn.MOVAPS, L512, 1, 0, 14, Mask.NONE);
            a.v(Insn.MOVAPS, L512, 3, 0, 12, Mask.NONE);
            a.v(Insn.PADDD, L512, 8, 8, a.constant(0x9E3779B9), Mask.NONE, true);
            a.v(Insn.PADDD, L512, 9, 9, a.constant(0xBB67AE85), Mask.NONE, true);
        }
        a.v(Insn.UNPCKLPS, L512, 4, 0, 1, Mask.NONE);
        a.v(Insn.UNPCKHPS, L512, 5, 0, 1, Mask.NONE);
        a.v(Insn.UNPCKLPS, L512, 6, 2, 3, Mask.NONE);
        a.v(Insn.UNPCKHPS, L512, 7, 2, 3, Mask.NONE);
        a.v(Insn.UNPCKLPD, L512, 0, 4, 6, Mask.NONE);
        a.v(Insn.UNPCKHPD, L512, 1, 4, 6, Mask.NONE);
        a.v(Insn.UNPCKLPD, L512, 2, 5, 7, Mask.NONE);
        a.v(Insn.UNPCKHPD, L512, 3, 5, 7, Mask.NONE);
        for (int k = 0; k < 4; k++) {
            a.v(Insn.STOREUPS, L512, k, 0, Mem.at(RDX, 64L * k), Mask.NONE, false);
        }
    }

    /** Low and high words of the products of all lanes with a factor. Spoils 16 and 17. */
    private void product(int x, int factor, int low, int high) {
        a.v(Insn.PMULUDQ, L512, 16, x, factor, Mask.NONE);
        a.vImm(Insn.PSHUFD, L512, 17, 0, x, 0xf5, Mask.NONE);
        a.v(Insn.PMULUDQ, L512, 17, 17, factor, Mask.NONE);
        // high: odd lanes of 17, and the odd lanes of 16 moved to even ones
        a.vImm(Insn.PSHUFD, L512, high, 0, 16, 0xf5, Mask.NONE);
        a.v(Insn.BLENDMPS, L512, high, high, 17, new Mask(7, false));
        // low: even lanes of 16, and the even lanes of 17 moved to odd ones
        a.vImm(Insn.PSHUFD, L512, low, 0, 17, 0xa0, Mask.NONE);
        a.v(Insn.BLENDMPS, L512, low, 16, low, new Mask(7, false));
    }
}
