package dev.levin.device.cpu.gemm;

import static dev.levin.kernel.x64.Assembler.L256;
import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.R10;
import static dev.levin.kernel.x64.Assembler.R11;
import static dev.levin.kernel.x64.Assembler.R12;
import static dev.levin.kernel.x64.Assembler.R13;
import static dev.levin.kernel.x64.Assembler.R14;
import static dev.levin.kernel.x64.Assembler.R15;
import static dev.levin.kernel.x64.Assembler.R8;
import static dev.levin.kernel.x64.Assembler.R9;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RBP;
import static dev.levin.kernel.x64.Assembler.RBX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RDX;
import static dev.levin.kernel.x64.Assembler.RSI;

import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;

/**
 * Emits the code of one kind of F32 product: tiles of {@link #ROWS} rows by panels of up to three vectors, their sums in
 * registers over one stretch of k, and the copies that bring operands into the order in which tiles read them.
 *
 * <p>Every element is one chain of fused multiply-adds over a stretch, whatever the tile it falls into.
 */
final class GemmCode extends TileCode {
    private static final Mask TAIL = new Mask(1, true);

    /** Words of the parameter block of {@code compute}. */
    static final int A = 0;
    static final int B = 1;
    static final int C = 2;
    static final int BIAS = 3;
    static final int TILES = 4;
    static final int PANELS = 5;
    static final int DEPTH = 6;
    static final int ADD = 7;
    static final int FINISH = 8;
    static final int ROW_TAIL = 9;
    static final int COLUMN_TAIL = 10;
    /** What to bring near meanwhile: rows of memory by lines of 64 bytes, from one row to the next after its last line. */
    static final int NEXT = 11;
    static final int NEXT_ROWS = 12;
    static final int NEXT_LINES = 13;
    static final int NEXT_STEP = 14;
    static final int WORDS = 15;

    /**
     * What the code depends on; strides in bytes.
     *
     * @param aRow between rows of A as tiles read it
     * @param aStep between elements along k of A as tiles read it
     * @param aTile between tiles of A
     * @param bStep between rows of B as tiles read it
     * @param bPanel between panels of three vectors of B; smaller ones follow without a gap
     * @param rowTail rows of the last, smaller tile, or 0
     * @param columns of C and B
     */
    record Spec(int aRow, int aStep, int aTile, int bStep, int bPanel, boolean packedB, int cRow, int rowTail, int columns, boolean bias,
            boolean relu) {
    }

    /** Copies of A (k-major to tiles) and B; strides in bytes as they are in memory. */
    record PackA(int aStep, int tileBytes, int rowTail) {
    }

    /** @param transposed whether k runs along rows of memory, {@code stride} bytes apart from column to column */
    record PackB(boolean transposed, int stride, int panelBytes, int columns, int depthTail) {
    }

    private GemmCode() {
    }

    private static boolean masked(int columns, int panel) {
        return columns % LANE != 0 && panel == tails(columns).length - 1;
    }

    // ---- product ------------------------------------------------------------------------------------------------------

    private static Mem word(int w) {
        return Mem.at(RDI, 8L * w);
    }

    /** {@code void compute(long[] parameters)}. */
    static byte[] compute(Spec s) {
        var g = new GemmCode();
        g.enter();
        g.tailMask(s.columns);
        Assembler a = g.a;
        a.load(R13, word(A));
        a.load(R15, word(C));
        a.load(RBX, word(TILES));
        if (s.packedB) {
            a.load(R9, word(NEXT));
            a.load(R8, word(NEXT_LINES));
            a.load(R14, word(NEXT_ROWS));
        }
        var done = new Label();
        g.loop(RBX, () -> {
            g.row(s, ROWS);
            a.addImm(R13, s.aTile);
            a.addImm(R15, ROWS * s.cRow);
        });
        if (s.rowTail > 0) {
            a.load(RAX, word(ROW_TAIL));
            a.cmpImm(RAX, 0);
            a.jump(Cond.E, done);
            g.row(s, s.rowTail);
        }
        a.bind(done);
        g.leave();
        return a.bytes();
    }

    private void row(Spec s, int rows) {
        a.load(RSI, word(B));
        a.mov(RBP, R15);
        a.load(RCX, word(BIAS));
        a.load(R12, word(PANELS));
        loop(R12, () -> {
            tile(s, rows, 3, false);
            a.addImm(RSI, s.bPanel);
            a.addImm(RBP, 3 * VECTOR);
            a.addImm(RCX, 3 * VECTOR);
        });
        int[] tails = tails(s.columns);
        if (tails.length == 0) {
            return;
        }
        var none = new Label();
        a.load(RAX, word(COLUMN_TAIL));
        a.cmpImm(RAX, 0);
        a.jump(Cond.E, none);
        for (int t = 0; t < tails.length; t++) {
            tile(s, rows, tails[t], masked(s.columns, t));
            a.addImm(RSI, s.bPanel / 3 * tails[t]);
            a.addImm(RBP, VECTOR * tails[t]);
            a.addImm(RCX, VECTOR * tails[t]);
        }
        a.bind(none);
    }

    private void tile(Spec s, int rows, int vectors, boolean masked) {
        int step = s.packedB ? VECTOR * vectors : s.bStep;
        for (int r = 0; r < rows * vectors; r++) {
            a.v(Insn.PXORD, L512, r, r, r, Mask.NONE);
        }
        a.mov(R10, R13);
        a.mov(R11, RSI);
        a.load(RAX, word(DEPTH));
        a.mov(RDX, RAX);
        a.andImm(RDX, UNROLL - 1);
        a.shrImm(RAX, Integer.numberOfTrailingZeros(UNROLL));
        Runnable some = () -> {
            for (int u = 0; u < UNROLL; u++) {
                multiply(s, rows, vectors, masked, u, step);
            }
            a.addImm(R10, UNROLL * s.aStep);
            a.addImm(R11, UNROLL * step);
        };
        if (s.packedB && vectors == 3) {
            var nothing = new Label();
            a.cmpImm(R14, 0);
            a.jump(Cond.LE, nothing);
            loop(RAX, () -> {
                next();
                some.run();
            });
            a.bind(nothing);
        }
        loop(RAX, some);
        loop(RDX, () -> {
            multiply(s, rows, vectors, masked, 0, step);
            a.addImm(R10, s.aStep);
            a.addImm(R11, step);
        });
        finish(s, rows, vectors, masked);
    }

    /** Brings the next line near. */
    private void next() {
        var row = new Label();
        a.prefetch(Mem.at(R9, 0));
        a.addImm(R9, VECTOR);
        a.addImm(R8, -1);
        a.cmpImm(R8, 0);
        a.jump(Cond.NE, row);
        a.add(R9, word(NEXT_STEP));
        a.load(R8, word(NEXT_LINES));
        a.addImm(R14, -1);
        a.bind(row);
    }

    private void multiply(Spec s, int rows, int vectors, boolean masked, int u, int step) {
        for (int v = 0; v < vectors; v++) {
            boolean tail = masked && v == vectors - 1 && !s.packedB;
            a.v(Insn.MOVUPS, L512, FIRST_B + v, 0, Mem.at(R11, (long) u * step + VECTOR * v), tail ? TAIL : Mask.NONE, false);
        }
        for (int r = 0; r < rows; r++) {
            int x = FIRST_A + (r & 3);
            a.v(Insn.BROADCASTSS, L512, x, 0, Mem.at(R10, (long) r * s.aRow + (long) u * s.aStep), Mask.NONE, false);
            for (int v = 0; v < vectors; v++) {
                a.v(Insn.FMADD231PS, L512, r * vectors + v, x, FIRST_B + v, Mask.NONE);
            }
        }
    }

    private void finish(Spec s, int rows, int vectors, boolean masked) {
        var store = new Label();
        var added = new Label();
        a.load(RAX, word(ADD));
        a.cmpImm(RAX, 0);
        a.jump(Cond.E, added);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                boolean tail = masked && v == vectors - 1;
                if (tail) {
                    a.v(Insn.MOVUPS, L512, FIRST_B, 0, at(s, r, v), TAIL, false);
                    a.v(Insn.ADDPS, L512, r * vectors + v, r * vectors + v, FIRST_B, Mask.NONE);
                } else {
                    a.v(Insn.ADDPS, L512, r * vectors + v, r * vectors + v, at(s, r, v), Mask.NONE, false);
                }
            }
        }
        a.bind(added);
        if (s.bias || s.relu) {
            a.load(RAX, word(FINISH));
            a.cmpImm(RAX, 0);
            a.jump(Cond.E, store);
            for (int v = 0; s.bias && v < vectors; v++) {
                boolean tail = masked && v == vectors - 1;
                a.v(Insn.MOVUPS, L512, FIRST_B, 0, Mem.at(RCX, VECTOR * v), tail ? TAIL : Mask.NONE, false);
                for (int r = 0; r < rows; r++) {
                    a.v(Insn.ADDPS, L512, r * vectors + v, r * vectors + v, FIRST_B, Mask.NONE);
                }
            }
            if (s.relu) {
                a.v(Insn.PXORD, L512, FIRST_B, FIRST_B, FIRST_B, Mask.NONE);
                for (int r = 0; r < rows * vectors; r++) {
                    // the second source comes back where one of them is NaN
                    a.v(Insn.MAXPS, L512, r, FIRST_B, r, Mask.NONE);
                }
            }
        }
        a.bind(store);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                boolean tail = masked && v == vectors - 1;
                a.v(Insn.STOREUPS, L512, r * vectors + v, 0, at(s, r, v), tail ? new Mask(1, false) : Mask.NONE, false);
            }
        }
    }

    private static Mem at(Spec s, int row, int vector) {
        return Mem.at(RBP, (long) row * s.cRow + VECTOR * vector);
    }

    // ---- copies -------------------------------------------------------------------------------------------------------

    /** {@code void packA(from, to, depth, tiles, tail)}: element (row, k) of a tile goes to {@code k * ROWS + row}. */
    static byte[] packA(PackA p) {
        var g = new GemmCode();
        Assembler a = g.a;
        // rdi from, rsi to, rdx depth, rcx tiles, r8 whether the smaller tile comes, too
        if (p.rowTail > 0) {
            a.movImm(RAX, (1L << p.rowTail) - 1);
            a.kmovFrom(1, RAX);
        }
        // two tiles share the cache lines of A
        a.mov(R9, RCX);
        a.andImm(R9, 1);
        a.shrImm(RCX, 1);
        g.loop(RCX, () -> {
            g.copyTiles(p, true, Mask.NONE);
            a.addImm(RDI, 2 * ROWS * 4);
            a.addImm(RSI, 2 * p.tileBytes);
        });
        g.loop(R9, () -> {
            g.copyTiles(p, false, Mask.NONE);
            a.addImm(RDI, ROWS * 4);
            a.addImm(RSI, p.tileBytes);
        });
        if (p.rowTail > 0) {
            var none = new Label();
            a.cmpImm(R8, 0);
            a.jump(Cond.E, none);
            g.copyTiles(p, false, TAIL);
            a.bind(none);
        }
        a.ret();
        return a.bytes();
    }

    private void copyTiles(PackA p, boolean two, Mask mask) {
        a.mov(R10, RDI);
        a.mov(R11, RSI);
        a.mov(RAX, RDX);
        loop(RAX, () -> {
            a.v(Insn.MOVUPS, two ? L512 : L256, 0, 0, Mem.at(R10, 0), mask, false);
            a.v(Insn.STOREUPS, L256, 0, 0, Mem.at(R11, 0), Mask.NONE, false);
            if (two) {
                a.vImm(Insn.EXTRACTF32X8, L512, 0, 0, Mem.at(R11, p.tileBytes), 1, Mask.NONE, false);
            }
            a.addImm(R10, p.aStep);
            a.addImm(R11, ROWS * 4);
        });
    }

    /** {@code void packB(from, to, depth, panels, tail)}: row k of a panel of v vectors goes to {@code k * v} vectors behind its start. */
    static byte[] packB(PackB p) {
        var g = new GemmCode();
        Assembler a = g.a;
        g.tailMask(p.columns);
        if (p.transposed && p.depthTail > 0) {
            a.movImm(RAX, (1L << p.depthTail) - 1);
            a.kmovFrom(2, RAX);
        }
        g.loop(RCX, () -> {
            g.copyPanel(p, 3, LANE);
            a.addImm(RDI, 3 * (p.transposed ? LANE * p.stride : VECTOR));
            a.addImm(RSI, p.panelBytes);
        });
        int[] tails = tails(p.columns);
        if (tails.length > 0) {
            var none = new Label();
            a.cmpImm(R8, 0);
            a.jump(Cond.E, none);
            for (int t = 0; t < tails.length; t++) {
                g.copyPanel(p, tails[t], masked(p.columns, t) ? p.columns % LANE : LANE);
                a.addImm(RDI, tails[t] * (p.transposed ? LANE * p.stride : VECTOR));
                a.addImm(RSI, p.panelBytes / 3 * tails[t]);
            }
            a.bind(none);
        }
        a.ret();
        return a.bytes();
    }

    /** @param last columns of the last vector */
    private void copyPanel(PackB p, int vectors, int last) {
        if (!p.transposed) {
            a.mov(R10, RDI);
            a.mov(R11, RSI);
            a.mov(RAX, RDX);
            loop(RAX, () -> {
                for (int v = 0; v < vectors; v++) {
                    a.v(Insn.MOVUPS, L512, v, 0, Mem.at(R10, VECTOR * v), v == vectors - 1 && last < LANE ? TAIL : Mask.NONE, false);
                    a.v(Insn.STOREUPS, L512, v, 0, Mem.at(R11, VECTOR * v), Mask.NONE, false);
                }
                a.addImm(R10, p.stride);
                a.addImm(R11, VECTOR * vectors);
            });
            return;
        }
        for (int v = 0; v < vectors; v++) {
            int columns = v == vectors - 1 ? last : LANE;
            a.lea(R10, Mem.at(RDI, (long) v * LANE * p.stride));
            a.lea(R11, Mem.at(RSI, VECTOR * v));
            a.mov(RAX, RDX);
            a.shrImm(RAX, 4);
            loop(RAX, () -> {
                transpose(columns, p.stride, Mask.NONE, LANE, VECTOR * vectors, Mask.NONE);
                a.addImm(R10, VECTOR);
                a.addImm(R11, LANE * VECTOR * vectors);
            });
            if (p.depthTail > 0) {
                var none = new Label();
                a.mov(RAX, RDX);
                a.andImm(RAX, LANE - 1);
                a.cmpImm(RAX, 0);
                a.jump(Cond.E, none);
                transpose(columns, p.stride, new Mask(2, true), p.depthTail, VECTOR * vectors, Mask.NONE);
                a.bind(none);
            }
        }
    }

    // ---- frame --------------------------------------------------------------------------------------------------------

    private void tailMask(int columns) {
        if (columns % LANE != 0) {
            a.movImm(RAX, (1L << columns % LANE) - 1);
            a.kmovFrom(1, RAX);
        }
    }
}
