package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;

/**
 * An instruction that no generated kernel computes, with what it absorbs: a library or hand-written routine.
 *
 * @param main the instruction that gives the routine
 * @param result the instruction whose value it stores; {@code main} unless an epilogue is absorbed
 * @param bias a vector added along the output channels, or -1
 * @param activation applied last
 * @param channelsLast the result is an image with its channels last in memory
 * @param addend a value of the result's shape added before the activation, or -1
 */
public record Call(int main, int result, int bias, Activation activation, boolean channelsLast, int addend) {
    /** Activations that libraries apply before they store. */
    public enum Activation { NONE, RELU }

    /** Whether instruction {@code main} adds to zeros that nobody has to store: its first operand is then left out. */
    public static boolean addsToZeros(Program program, int main) {
        Program.Instr in = program.instr(main);
        if (in.op() != Op.INDEX_ADD) {
            return false;
        }
        Program.Instr base = program.instr(in.inputs()[0]);
        while (base.op() == Op.RESHAPE || base.op() == Op.EXPAND) {
            base = program.instr(base.inputs()[0]);
        }
        return base.op() == Op.CONST && base.attr()[0] == 0;
    }

    static Call of(int main) {
        return new Call(main, main, -1, Activation.NONE, false, -1);
    }

    /** Whether it does more than its main instruction. */
    public boolean hasEpilogue() {
        return result != main;
    }
}
