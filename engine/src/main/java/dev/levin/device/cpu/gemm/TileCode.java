package dev.levin.device.cpu.gemm;

import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.R10;
import static dev.levin.kernel.x64.Assembler.R11;
import static dev.levin.kernel.x64.Assembler.R12;
import static dev.levin.kernel.x64.Assembler.R13;
import static dev.levin.kernel.x64.Assembler.R14;
import static dev.levin.kernel.x64.Assembler.R15;
import static dev.levin.kernel.x64.Assembler.RBP;
import static dev.levin.kernel.x64.Assembler.RBX;

import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;

/** What emitters of tiled products share: how columns fall into panels, transposition, loops and the frame of a function. */
abstract class TileCode {
    /** Rows of a tile: with three vectors 24 sums, three vectors of B, two elements of A. */
    static final int ROWS = 8;
    static final int LANE = 16;
    static final int VECTOR = 64;
    /** Columns of a full panel. */
    static final int PANEL = 3 * LANE;
    static final int UNROLL = 4;
    static final int FIRST_B = 24;
    static final int FIRST_A = 28;

    private static final int[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    final Assembler a = new Assembler();

    /** Full panels of three vectors of a matrix with that many columns; what is left goes to {@link #tails}. */
    static int panels(int columns) {
        int full = columns / LANE / 3;
        int left = vectors(columns) - 3 * full;
        return left == 1 && full > 0 ? full - 1 : full;
    }

    /** Vectors of each panel behind the full ones: at most two. */
    static int[] tails(int columns) {
        int left = vectors(columns) - 3 * panels(columns);
        return left == 0 ? new int[0] : left == 4 ? new int[] {2, 2} : new int[] {left};
    }

    static int vectors(int columns) {
        return (columns + LANE - 1) / LANE;
    }

    /**
     * Memory rows [R10 + column * fromStride] of up to sixteen elements become {@code depth} rows at R11; spoils all vector
     * registers up to 23.
     *
     * @param columns rows that are read; in place of others there are zeros
     * @param depth rows that are written
     */
    final void transpose(int columns, long fromStride, Mask load, int depth, long toStride, Mask store) {
        for (int c = 0; c < LANE; c++) {
            if (c < columns) {
                a.v(Insn.MOVUPS, L512, c, 0, Mem.at(R10, c * fromStride), load, false);
            } else {
                a.v(Insn.PXORD, L512, c, c, c, Mask.NONE);
            }
        }
        for (int c = 0; c < LANE; c += 2) {
            a.v(Insn.UNPCKLPS, L512, 16 + c, c, c + 1, Mask.NONE);
            a.v(Insn.UNPCKHPS, L512, 17 + c, c, c + 1, Mask.NONE);
        }
        for (int g = 0; g < LANE; g += 4) {
            a.v(Insn.UNPCKLPD, L512, g, 16 + g, 18 + g, Mask.NONE);
            a.v(Insn.UNPCKHPD, L512, g + 1, 16 + g, 18 + g, Mask.NONE);
            a.v(Insn.UNPCKLPD, L512, g + 2, 17 + g, 19 + g, Mask.NONE);
            a.v(Insn.UNPCKHPD, L512, g + 3, 17 + g, 19 + g, Mask.NONE);
        }
        for (int q = 0; q < Math.min(4, depth); q++) {
            a.vImm(Insn.SHUFF32X4, L512, 16, q, 4 + q, 0x88, Mask.NONE);
            a.vImm(Insn.SHUFF32X4, L512, 17, q, 4 + q, 0xdd, Mask.NONE);
            a.vImm(Insn.SHUFF32X4, L512, 18, 8 + q, 12 + q, 0x88, Mask.NONE);
            a.vImm(Insn.SHUFF32X4, L512, 19, 8 + q, 12 + q, 0xdd, Mask.NONE);
            int[] pair = {16, 17, 16, 17};
            int[] pick = {0x88, 0x88, 0xdd, 0xdd};
            for (int lane = 0; lane < 4; lane++) {
                int row = 4 * lane + q;
                if (row < depth) {
                    a.vImm(Insn.SHUFF32X4, L512, 20 + lane, pair[lane], pair[lane] + 2, pick[lane], Mask.NONE);
                    a.v(Insn.STOREUPS, L512, 20 + lane, 0, Mem.at(R11, row * toStride), store, false);
                }
            }
        }
    }

    /** Runs {@code body} as often as the register says, which is 0 afterwards. */
    final void loop(int counter, Runnable body) {
        var end = new Label();
        a.cmpImm(counter, 0);
        a.jump(Cond.E, end);
        var again = new Label();
        a.bind(again);
        body.run();
        a.addImm(counter, -1);
        a.cmpImm(counter, 0);
        a.jump(Cond.NE, again);
        a.bind(end);
    }

    /** Saves the registers a caller expects back. */
    final void enter() {
        for (int r : SAVED) {
            a.push(r);
        }
    }

    final void leave() {
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        a.ret();
    }
}
