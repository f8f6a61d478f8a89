package dev.levin.device.cpu.gemm;

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

import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;

/**
 * Emits the code of F32 convolutions: tiles of rows by panels of up to three vectors, like those of a product, but summed
 * over a list of {@link RunList runs}, stretches along which both operands advance evenly. What falls on padding is in no run.
 */
final class ConvCode extends TileCode {
    /** Words of the parameter block of {@code compute}. */
    static final int A = 0;
    static final int B = 1;
    static final int C = 2;
    static final int BIAS = 3;
    static final int ENTRIES = 4;
    static final int COUNT = 5;
    static final int PANELS = 6;
    static final int COLUMN_TAIL = 7;
    static final int ADD = 8;
    static final int WORDS = 9;

    /**
     * What the code depends on; strides in bytes.
     *
     * @param rows of a tile
     * @param aRow between rows of A
     * @param aStep between elements along k of A
     * @param bPanel between full panels of B
     * @param columns of B, a multiple of 16
     */
    record Spec(int rows, int aRow, int aStep, int bPanel, int cRow, int columns, boolean bias, boolean relu) {
    }

    /**
     * Matrices of {@code rows} times {@code columns} elements, each at most 16, transposed one after the other; strides in bytes.
     *
     * @param fromNext between matrices read
     * @param toNext between matrices written
     */
    record Transposition(int rows, int columns, long fromStride, long toStride, int fromNext, int toNext) {
    }

    private ConvCode() {
    }

    /** {@code void compute(long[] parameters)}: for each entry of the list, one tile by all panels. */
    static byte[] compute(Spec s) {
        var g = new ConvCode();
        g.enter();
        g.entries(s);
        g.leave();
        return g.a.bytes();
    }

    private static Mem word(int w) {
        return Mem.at(RDI, 8L * w);
    }

    private void entries(Spec s) {
        a.load(R13, word(A));
        a.load(R15, word(C));
        a.load(R8, word(ENTRIES));
        a.load(RBX, word(COUNT));
        int[] tails = tails(s.columns);
        loop(RBX, () -> {
            a.loadSigned(RBP, Mem.at(R8, 4L * RunList.RESULT));
            a.add(RBP, R15);
            a.load(RSI, word(B));
            a.load(RCX, word(BIAS));
            a.load(R12, word(PANELS));
            loop(R12, () -> {
                tile(s, 3);
                a.addImm(RSI, s.bPanel);
                a.addImm(RBP, 3 * VECTOR);
                a.addImm(RCX, 3 * VECTOR);
            });
            if (tails.length > 0) {
                var none = new Label();
                a.load(RAX, word(COLUMN_TAIL));
                a.cmpImm(RAX, 0);
                a.jump(Cond.E, none);
                for (int t : tails) {
                    tile(s, t);
                    a.addImm(RSI, s.bPanel / 3 * t);
                    a.addImm(RBP, VECTOR * t);
                    a.addImm(RCX, VECTOR * t);
                }
                a.bind(none);
            }
            // behind the last run
            a.mov(R8, R9);
        });
    }

    private void tile(Spec s, int vectors) {
        int step = VECTOR * vectors;
        for (int r = 0; r < s.rows * vectors; r++) {
            a.v(Insn.PXORD, L512, r, r, r, Mask.NONE);
        }
        a.loadSigned(R14, Mem.at(R8, 4L * RunList.RUNS));
        a.lea(R9, Mem.at(R8, 4L * RunList.HEADER));
        loop(R14, () -> {
            a.loadSigned(R10, Mem.at(R9, 4L * RunList.FROM_A));
            a.add(R10, R13);
            a.loadSigned(R11, Mem.at(R9, 4L * RunList.FROM_B));
            a.mulImm(R11, step, RAX);
            a.add(R11, RSI);
            a.loadSigned(RAX, Mem.at(R9, 4L * RunList.LENGTH));
            a.mov(RDX, RAX);
            a.andImm(RDX, UNROLL - 1);
            a.shrImm(RAX, Integer.numberOfTrailingZeros(UNROLL));
            loop(RAX, () -> {
                for (int u = 0; u < UNROLL; u++) {
                    multiply(s, vectors, u, step);
                }
                a.addImm(R10, UNROLL * s.aStep);
                a.addImm(R11, UNROLL * step);
            });
            loop(RDX, () -> {
                multiply(s, vectors, 0, step);
                a.addImm(R10, s.aStep);
                a.addImm(R11, step);
            });
            a.addImm(R9, 4 * RunList.RUN);
        });
        finish(s, vectors);
    }

    private void multiply(Spec s, int vectors, int u, int step) {
        for (int v = 0; v < vectors; v++) {
            a.v(Insn.MOVUPS, L512, FIRST_B + v, 0, Mem.at(R11, (long) u * step + VECTOR * v), Mask.NONE, false);
        }
        for (int r = 0; r < s.rows; r++) {
            int x = FIRST_A + (r & 3);
            a.v(Insn.BROADCASTSS, L512, x, 0, Mem.at(R10, (long) r * s.aRow + (long) u * s.aStep), Mask.NONE, false);
            for (int v = 0; v < vectors; v++) {
                a.v(Insn.FMADD231PS, L512, r * vectors + v, x, FIRST_B + v, Mask.NONE);
            }
        }
    }

    private void finish(Spec s, int vectors) {
        var added = new Label();
        a.loadSigned(RAX, Mem.at(R8, 4L * RunList.FLAGS));
        a.mov(RDX, RAX);
        a.andImm(RAX, RunList.ADD);
        a.add(RAX, word(ADD));
        a.cmpImm(RAX, 0);
        a.jump(Cond.E, added);
        for (int r = 0; r < s.rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.v(Insn.ADDPS, L512, r * vectors + v, r * vectors + v, at(s, r, v), Mask.NONE, false);
            }
        }
        a.bind(added);
        if (s.bias || s.relu) {
            var store = new Label();
            a.andImm(RDX, RunList.FINISH);
            a.cmpImm(RDX, 0);
            a.jump(Cond.E, store);
            epilogue(s, vectors);
            a.bind(store);
        }
        for (int r = 0; r < s.rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.v(Insn.STOREUPS, L512, r * vectors + v, 0, at(s, r, v), Mask.NONE, false);
            }
        }
    }

    private void epilogue(Spec s, int vectors) {
        for (int v = 0; s.bias && v < vectors; v++) {
            a.v(Insn.MOVUPS, L512, FIRST_B, 0, Mem.at(RCX, VECTOR * v), Mask.NONE, false);
            for (int r = 0; r < s.rows; r++) {
                a.v(Insn.ADDPS, L512, r * vectors + v, r * vectors + v, FIRST_B, Mask.NONE);
            }
        }
        if (s.relu) {
            a.v(Insn.PXORD, L512, FIRST_B, FIRST_B, FIRST_B, Mask.NONE);
            for (int r = 0; r < s.rows * vectors; r++) {
                // the second source comes back where one of them is NaN
                a.v(Insn.MAXPS, L512, r, FIRST_B, r, Mask.NONE);
            }
        }
    }

    private static Mem at(Spec s, int row, int vector) {
        return Mem.at(RBP, (long) row * s.cRow + VECTOR * vector);
    }

    /** {@code void transpose(from, to, count, 0, 0)}. */
    static byte[] transpose(Transposition t) {
        var g = new ConvCode();
        // rdi from, rsi to, rdx how many
        g.a.mov(R10, RDI);
        g.a.mov(R11, RSI);
        g.mask(1, t.columns);
        g.mask(2, t.rows);
        g.loop(RDX, () -> {
            g.transpose(t.rows, t.fromStride, t.columns < LANE ? new Mask(1, true) : Mask.NONE, t.columns, t.toStride,
                    t.rows < LANE ? new Mask(2, false) : Mask.NONE);
            g.a.addImm(R10, t.fromNext);
            g.a.addImm(R11, t.toNext);
        });
        g.a.ret();
        return g.a.bytes();
    }

    private void mask(int k, int elements) {
        a.movImm(RAX, (1L << elements) - 1);
        a.kmovFrom(k, RAX);
    }

    /** {@code void add(from, to, vectors, 0, 0)}: adds to what is at {@code to}. */
    static byte[] add() {
        var g = new ConvCode();
        g.loop(RDX, () -> {
            g.a.v(Insn.MOVUPS, L512, 0, 0, Mem.at(RSI, 0), Mask.NONE, false);
            g.a.v(Insn.ADDPS, L512, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
            g.a.v(Insn.STOREUPS, L512, 0, 0, Mem.at(RSI, 0), Mask.NONE, false);
            g.a.addImm(RDI, VECTOR);
            g.a.addImm(RSI, VECTOR);
        });
        g.a.ret();
        return g.a.bytes();
    }
}
