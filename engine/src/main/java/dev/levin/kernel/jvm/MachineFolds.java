package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.L128;
import static dev.levin.kernel.x64.Assembler.L256;
import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.R8;
import static dev.levin.kernel.x64.Assembler.R9;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RDX;
import static dev.levin.kernel.x64.Assembler.RSI;

import dev.levin.kernel.ReduceOp;
import dev.levin.kernel.jvm.MachineFrame.Count;
import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;

/** Machine code for reductions, in exactly the order of {@link Folds}. Running results are eight bytes each. */
final class MachineFolds {
    private static final int TAIL = 1;

    private final MachineFrame f;
    private final Assembler a;

    MachineFolds(MachineFrame f) {
        this.f = f;
        a = f.a;
    }

    static boolean supports(Lowered.Reduction r) {
        boolean order = r.op() == ReduceOp.MAX || r.op() == ReduceOp.MIN;
        return switch (r.kind()) {
            case F -> (order || r.op() == ReduceOp.SUM) && (r.result().kind() == Kind.F || r.result().kind() == Kind.D);
            case I, L -> r.op() == ReduceOp.SUM && (r.result().kind() == Kind.I || r.result().kind() == Kind.L);
            default -> false;
        };
    }

    private Count results() {
        return f.tiling.mode() == Tiling.Mode.ROWS ? f.rows : f.lanes;
    }

    /** What folding starts from, as bits of a float. */
    static int startFloat(ReduceOp op) {
        return switch (op) {
            case SUM -> 0;
            case MAX -> Float.floatToRawIntBits(Float.NEGATIVE_INFINITY);
            default -> Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
        };
    }

    private static long start(Lowered.Reduction r) {
        if (r.op() == ReduceOp.SUM) {
            return 0;
        }
        return Double.doubleToRawLongBits(r.op() == ReduceOp.MAX ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
    }

    /** Sets the running results to their start value. */
    void reset(int number) {
        var r = f.lowered.reductions().get(number);
        f.get(RCX, results());
        a.lea(RDI, f.scratch(f.fold(number)));
        a.v(Insn.BROADCASTSD, L512, 0, 0, a.constant(start(r)), Mask.NONE, false);
        var again = new Label();
        a.bind(again);
        a.v(Insn.STOREUPD, L512, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
        a.addImm(RDI, 64);
        a.addImm(RCX, -8);
        a.cmpImm(RCX, 0);
        a.jump(Cond.G, again);
    }

    /** Converts running results into the array of the reduction. */
    void publish(int number) {
        var r = f.lowered.reductions().get(number);
        Step.Slot to = r.result();
        f.get(RCX, results());
        a.lea(RSI, f.scratch(f.fold(number)));
        a.lea(RDI, f.scratch(f.slot(to)));
        var again = new Label();
        a.bind(again);
        a.v(Insn.MOVUPD, L512, 0, 0, Mem.at(RSI, 0), Mask.NONE, false);
        switch (to.kind()) {
            case F -> {
                a.v(Insn.CVTPD2PS, L512, 0, 0, 0, Mask.NONE);
                a.v(Insn.STOREUPS, L256, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
            }
            case I -> {
                a.v(Insn.PMOVQD, L512, 0, 0, 0, Mask.NONE);
                a.v(Insn.STOREUPS, L256, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
            }
            default -> a.v(Insn.STOREUPD, L512, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
        }
        a.addImm(RSI, 64);
        a.addImm(RDI, to.kind().bytes() * 8);
        a.addImm(RCX, -8);
        a.cmpImm(RCX, 0);
        a.jump(Cond.G, again);
    }

    /** Folds the array of a step into the running results. */
    void reduce(Step.ReduceStep s) {
        int array = f.slot(s.from());
        if (f.tiling.mode() == Tiling.Mode.ROWS) {
            rows(s, array);
        } else {
            columns(s, array);
        }
    }

    // ---- rows ---------------------------------------------------------------------------------------------------------

    private void rows(Step.ReduceStep s, int array) {
        Kind kind = s.from().kind();
        a.lea(RSI, f.scratch(array));
        a.lea(RDI, f.scratch(f.fold(s.number())));
        f.get(R9, f.rows);
        if (kind == Kind.F && s.op() != ReduceOp.SUM) {
            a.v(Insn.BROADCASTSS, L512, 4, 0, a.constant(Float.floatToRawIntBits(
                    s.op() == ReduceOp.MAX ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY)), Mask.NONE, false);
        }
        var again = new Label();
        a.bind(again);
        switch (kind) {
            case F -> {
                if (s.op() == ReduceOp.SUM) {
                    sumRow();
                } else {
                    extremeRow(s.op() == ReduceOp.MAX);
                }
            }
            default -> sumWholeRow(kind);
        }
        a.addImm(RDI, 8);
        a.addImm(R9, -1);
        a.cmpImm(R9, 0);
        a.jump(Cond.G, again);
    }

    /** Row at RSI, which then points behind it. */
    private void sumRow() {
        int main = f.lanes.known() ? f.lanes.constant() / Folds.LANES * Folds.LANES : -1;
        var tail = new Label();
        f.get(RCX, f.lanes);
        a.v(Insn.PXORD, L512, 0, 0, 0, Mask.NONE);
        if (main != 0) {
            if (main < 0) {
                a.cmpImm(RCX, Folds.LANES);
                a.jump(Cond.L, tail);
            }
            a.v(Insn.MOVUPS, L512, 0, 0, Mem.at(RSI, 0), Mask.NONE, false);
            a.v(Insn.MOVUPS, L512, 1, 0, Mem.at(RSI, 64), Mask.NONE, false);
            a.addImm(RSI, 128);
            a.addImm(RCX, -Folds.LANES);
            if (main != Folds.LANES) {
                var loop = new Label();
                var folded = new Label();
                a.bind(loop);
                a.cmpImm(RCX, Folds.LANES);
                a.jump(Cond.L, folded);
                a.v(Insn.ADDPS, L512, 0, 0, Mem.at(RSI, 0), Mask.NONE, false);
                a.v(Insn.ADDPS, L512, 1, 1, Mem.at(RSI, 64), Mask.NONE, false);
                a.addImm(RSI, 128);
                a.addImm(RCX, -Folds.LANES);
                a.jump(loop);
                a.bind(folded);
            }
            a.v(Insn.ADDPS, L512, 0, 0, 1, Mask.NONE);
            a.vImm(Insn.EXTRACTF32X8, L512, 0, 0, 1, 1, Mask.NONE);
            a.v(Insn.ADDPS, L256, 0, 0, 1, Mask.NONE);
            a.vImm(Insn.EXTRACTF32X4, L256, 0, 0, 1, 1, Mask.NONE);
            a.v(Insn.ADDPS, L128, 0, 0, 1, Mask.NONE);
            a.vImm(Insn.PSHUFD, L128, 1, 0, 0, 0xee, Mask.NONE);
            a.v(Insn.ADDPS, L128, 0, 0, 1, Mask.NONE);
            a.vImm(Insn.PSHUFD, L128, 1, 0, 0, 0x55, Mask.NONE);
            a.v(Insn.ADDSS, L128, 0, 0, 1, Mask.NONE);
        }
        a.bind(tail);
        a.v(Insn.CVTSS2SD, L128, 0, 0, 0, Mask.NONE);
        if (main < 0 || main != f.lanes.constant()) {
            a.v(Insn.PXORD, L512, 2, 2, 2, Mask.NONE);
            var loop = new Label();
            var done = new Label();
            a.cmpImm(RCX, 0);
            a.jump(Cond.LE, done);
            a.bind(loop);
            a.v(Insn.ADDSS, L128, 2, 2, Mem.at(RSI, 0), Mask.NONE, false);
            a.addImm(RSI, 4);
            a.addImm(RCX, -1);
            a.jump(Cond.NE, loop);
            a.bind(done);
            a.v(Insn.CVTSS2SD, L128, 2, 2, 2, Mask.NONE);
            a.v(Insn.ADDSD, L128, 0, 0, 2, Mask.NONE);
        }
        a.v(Insn.ADDSD, L128, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
        a.v(Insn.STORESD, L128, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
    }

    /** Row at RSI, which then points behind it; register 4 holds the start value. Mask 3 gathers NaN. */
    private void extremeRow(boolean max) {
        int imm = max ? 5 : 4;
        f.get(RCX, f.lanes);
        a.v(Insn.MOVAPS, L512, 0, 0, 4, Mask.NONE);
        a.kxor(3, 3, 3);
        var loop = new Label();
        var last = new Label();
        var done = new Label();
        if (!f.lanes.known() || f.lanes.constant() >= 16) {
            a.bind(loop);
            a.cmpImm(RCX, 16);
            a.jump(Cond.L, last);
            a.v(Insn.MOVUPS, L512, 1, 0, Mem.at(RSI, 0), Mask.NONE, false);
            a.vImm(Insn.CMPPS, L512, 5, 1, 1, 3, Mask.NONE);
            a.kor(3, 3, 5);
            a.vImm(Insn.RANGEPS, L512, 0, 0, 1, imm, Mask.NONE);
            a.addImm(RSI, 64);
            a.addImm(RCX, -16);
            a.jump(loop);
            a.bind(last);
        }
        if (!f.lanes.known() || f.lanes.constant() % 16 != 0) {
            a.cmpImm(RCX, 0);
            a.jump(Cond.LE, done);
            a.movImm(RAX, 1);
            a.shlCl(RAX);
            a.addImm(RAX, -1);
            a.kmovFrom(TAIL, RAX);
            a.v(Insn.MOVAPS, L512, 1, 0, 4, Mask.NONE);
            a.v(Insn.MOVUPS, L512, 1, 0, Mem.at(RSI, 0), new Mask(TAIL, false), false);
            a.vImm(Insn.CMPPS, L512, 5, 1, 1, 3, Mask.NONE);
            a.kor(3, 3, 5);
            a.vImm(Insn.RANGEPS, L512, 0, 0, 1, imm, Mask.NONE);
            a.lea(RSI, Mem.at(RSI, RCX, 4, 0));
            a.bind(done);
        }
        a.vImm(Insn.EXTRACTF32X8, L512, 0, 0, 1, 1, Mask.NONE);
        a.vImm(Insn.RANGEPS, L256, 0, 0, 1, imm, Mask.NONE);
        a.vImm(Insn.EXTRACTF32X4, L256, 0, 0, 1, 1, Mask.NONE);
        a.vImm(Insn.RANGEPS, L128, 0, 0, 1, imm, Mask.NONE);
        a.vImm(Insn.PSHUFD, L128, 1, 0, 0, 0xee, Mask.NONE);
        a.vImm(Insn.RANGEPS, L128, 0, 0, 1, imm, Mask.NONE);
        a.vImm(Insn.PSHUFD, L128, 1, 0, 0, 0x55, Mask.NONE);
        a.vImm(Insn.RANGEPS, L128, 0, 0, 1, imm, Mask.NONE);
        var clean = new Label();
        a.kortest(3, 3);
        a.jump(Cond.E, clean);
        a.v(Insn.BROADCASTSS, L128, 0, 0, a.constant(Float.floatToRawIntBits(Float.NaN)), Mask.NONE, false);
        a.bind(clean);
        a.v(Insn.CVTSS2SD, L128, 0, 0, 0, Mask.NONE);
        a.v(Insn.MOVSD, L128, 1, 0, Mem.at(RDI, 0), Mask.NONE, false);
        MachineBody.javaExtreme(a, 2, 1, 0, max, true, L128);
        a.v(Insn.STORESD, L128, 2, 0, Mem.at(RDI, 0), Mask.NONE, false);
    }

    /** Sum of ints or longs, which has no order. */
    private void sumWholeRow(Kind kind) {
        f.get(RCX, f.lanes);
        a.load(RDX, Mem.at(RDI, 0));
        var loop = new Label();
        a.bind(loop);
        if (kind == Kind.I) {
            a.loadSigned(RAX, Mem.at(RSI, 0));
        } else {
            a.load(RAX, Mem.at(RSI, 0));
        }
        a.add(RDX, RAX);
        a.addImm(RSI, kind.bytes());
        a.addImm(RCX, -1);
        a.cmpImm(RCX, 0);
        a.jump(Cond.G, loop);
        a.store(Mem.at(RDI, 0), RDX);
    }

    /** Folds each row's sixteen lanes at {@code at}, halves onto halves, sixteen rows at a time, and that into the running results. */
    void rowResults(int number, ReduceOp op, int at) {
        a.lea(RSI, f.scratch(at));
        a.lea(RDI, f.scratch(f.fold(number)));
        f.get(R9, f.rows);
        var again = new Label();
        a.bind(again);
        for (int row = 0; row < 16; row++) {
            a.v(Insn.MOVUPS, L512, row, 0, Mem.at(RSI, 64L * row), Mask.NONE, false);
        }
        // rows n and n + 4, then with n + 8 and n + 12: each keeps a quarter of a register
        for (int n = 0; n < 4; n++) {
            join(op, n, n + 4, 0x44, 0xee);
            join(op, n + 8, n + 12, 0x44, 0xee);
            join(op, n, n + 8, 0x88, 0xdd);
        }
        for (int n = 0; n < 4; n += 2) {
            a.v(Insn.UNPCKHPD, L512, 16, n, n + 1, Mask.NONE);
            a.v(Insn.UNPCKLPD, L512, n, n, n + 1, Mask.NONE);
            combine(op, n, 16);
        }
        a.vImm(Insn.SHUFPS, L512, 16, 0, 2, 0xdd, Mask.NONE);
        a.vImm(Insn.SHUFPS, L512, 0, 0, 2, 0x88, Mask.NONE);
        combine(op, 0, 16);
        addToResults(op, 0);
        a.addImm(RSI, 16 * 64);
        a.addImm(RDI, 16 * 8);
        a.addImm(R9, -16);
        a.cmpImm(R9, 0);
        a.jump(Cond.G, again);
    }

    /** Quarters of {@code x} and {@code y} that the two shuffles pick, folded, in {@code x}. */
    private void join(ReduceOp op, int x, int y, int low, int high) {
        a.vImm(Insn.SHUFF32X4, L512, 16, x, y, high, Mask.NONE);
        a.vImm(Insn.SHUFF32X4, L512, x, x, y, low, Mask.NONE);
        combine(op, x, 16);
    }

    private void combine(ReduceOp op, int x, int y) {
        if (op == ReduceOp.SUM) {
            a.v(Insn.ADDPS, L512, x, x, y, Mask.NONE);
        } else {
            a.vImm(Insn.RANGEPS, L512, x, x, y, op == ReduceOp.MAX ? 5 : 4, Mask.NONE);
        }
    }

    // ---- columns ------------------------------------------------------------------------------------------------------

    /** Sixteen columns at a time; what lies behind the last column is padding of the arrays. */
    private void columns(Step.ReduceStep s, int array) {
        Kind kind = s.from().kind();
        int width = kind == Kind.L ? 8 : 16;
        var block = new Label();
        a.lea(RSI, f.scratch(array));
        a.lea(RDI, f.scratch(f.fold(s.number())));
        f.get(R9, f.lanes);
        // bytes from row to row
        f.get(RDX, f.lanes);
        a.mulImm(RDX, kind.bytes(), RAX);
        a.bind(block);
        a.mov(RAX, RSI);
        f.get(R8, f.rows);
        if (kind == Kind.F) {
            floatColumns(s.op());
        } else {
            wholeColumns(kind);
        }
        a.addImm(RSI, 64);
        a.addImm(RDI, 8 * width);
        a.addImm(R9, -width);
        a.cmpImm(R9, 0);
        a.jump(Cond.G, block);
    }

    private void floatColumns(ReduceOp op) {
        a.v(Insn.MOVUPS, L512, 0, 0, Mem.at(RAX, 0), Mask.NONE, false);
        var loop = new Label();
        var folded = new Label();
        a.bind(loop);
        a.addImm(R8, -1);
        a.jump(Cond.E, folded);
        a.add(RAX, RDX);
        if (op == ReduceOp.SUM) {
            a.v(Insn.ADDPS, L512, 0, 0, Mem.at(RAX, 0), Mask.NONE, false);
        } else {
            a.v(Insn.MOVUPS, L512, 1, 0, Mem.at(RAX, 0), Mask.NONE, false);
            MachineBody.javaExtreme(a, 2, 0, 1, op == ReduceOp.MAX, false, L512);
            a.v(Insn.MOVAPS, L512, 0, 0, 2, Mask.NONE);
        }
        a.jump(loop);
        a.bind(folded);
        addToResults(op, 0);
    }

    /** Folds sixteen floats in a register into the running results at RDI. Spoils registers 0 to 3. */
    void addToResults(ReduceOp op, int column) {
        a.vImm(Insn.EXTRACTF32X8, L512, column, 0, 1, 1, Mask.NONE);
        a.v(Insn.CVTPS2PD, L512, 0, 0, column, Mask.NONE);
        a.v(Insn.CVTPS2PD, L512, 1, 0, 1, Mask.NONE);
        for (int p = 0; p < 2; p++) {
            Mem d = Mem.at(RDI, 64L * p);
            if (op == ReduceOp.SUM) {
                a.v(Insn.ADDPD, L512, p, p, d, Mask.NONE, false);
                a.v(Insn.STOREUPD, L512, p, 0, d, Mask.NONE, false);
            } else {
                a.v(Insn.MOVUPD, L512, 2, 0, d, Mask.NONE, false);
                MachineBody.javaExtreme(a, 3, 2, p, op == ReduceOp.MAX, true, L512);
                a.v(Insn.STOREUPD, L512, 3, 0, d, Mask.NONE, false);
            }
        }
    }

    private void wholeColumns(Kind kind) {
        int parts = kind == Kind.I ? 2 : 1;
        for (int p = 0; p < parts; p++) {
            a.v(Insn.MOVUPD, L512, p, 0, Mem.at(RDI, 64L * p), Mask.NONE, false);
        }
        var loop = new Label();
        a.bind(loop);
        for (int p = 0; p < parts; p++) {
            if (kind == Kind.I) {
                a.v(Insn.PMOVSXDQ, L512, 2, 0, Mem.at(RAX, 32L * p), Mask.NONE, false);
                a.v(Insn.PADDQ, L512, p, p, 2, Mask.NONE);
            } else {
                a.v(Insn.PADDQ, L512, p, p, Mem.at(RAX, 0), Mask.NONE, false);
            }
        }
        a.add(RAX, RDX);
        a.addImm(R8, -1);
        a.jump(Cond.NE, loop);
        for (int p = 0; p < parts; p++) {
            a.v(Insn.STOREUPD, L512, p, 0, Mem.at(RDI, 64L * p), Mask.NONE, false);
        }
    }

    // ---- pieces -------------------------------------------------------------------------------------------------------

    /** Copies the running results to the piece's place in the partial results; RDI points there. */
    void save(int number) {
        copy(number, true);
    }

    private void copy(int number, boolean save) {
        int n = TileRunner.resultCapacity(f.tiling);
        a.lea(RSI, f.scratch(f.fold(number)));
        for (int k = 0; k < n; k += 8) {
            int left = Math.min(8, n - k);
            a.movImm(RAX, (1 << left) - 1);
            a.kmovFrom(TAIL, RAX);
            a.v(Insn.MOVUPD, L512, 0, 0, Mem.at(save ? RSI : RDI, 8L * k), new Mask(TAIL, true), false);
            a.v(Insn.STOREUPD, L512, 0, 0, Mem.at(save ? RDI : RSI, 8L * k), new Mask(TAIL, false), false);
        }
    }

    /** Folds the piece at RDI into the running results. */
    void combine(int number) {
        var r = f.lowered.reductions().get(number);
        int n = TileRunner.resultCapacity(f.tiling);
        a.lea(RSI, f.scratch(f.fold(number)));
        for (int k = 0; k < n; k += 8) {
            a.movImm(RAX, (1 << Math.min(8, n - k)) - 1);
            a.kmovFrom(TAIL, RAX);
            a.v(Insn.MOVUPD, L512, 0, 0, Mem.at(RSI, 8L * k), Mask.NONE, false);
            a.v(Insn.MOVUPD, L512, 1, 0, Mem.at(RDI, 8L * k), new Mask(TAIL, true), false);
            int result = 0;
            if (!r.kind().isFloat()) {
                a.v(Insn.PADDQ, L512, 0, 0, 1, Mask.NONE);
            } else if (r.op() == ReduceOp.SUM) {
                a.v(Insn.ADDPD, L512, 0, 0, 1, Mask.NONE);
            } else {
                MachineBody.javaExtreme(a, 2, 0, 1, r.op() == ReduceOp.MAX, true, L512);
                result = 2;
            }
            a.v(Insn.STOREUPD, L512, result, 0, Mem.at(RSI, 8L * k), Mask.NONE, false);
        }
    }
}
