package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;

/**
 * How a convolution or pooling reads an image operand [N, C, S...]: as it lies, or with its channels last in memory.
 *
 * @param source the value in memory: the operand, or [N, S..., C] that the operand is a view of
 */
public record ImageView(int source, boolean channelsLast) {

    public static ImageView of(Program program, int operand) {
        Instr in = program.instr(operand);
        return in.op() == Op.PERMUTE && isBack(in.attr()) ? new ImageView(in.inputs()[0], true) : new ImageView(operand, false);
    }

    /** Which operands of an op are images. */
    public static boolean isImage(Op op, int operand) {
        return switch (op) {
            case CONV, CONV_DGRAD -> operand == 0;
            case CONV_WGRAD, POOL_MAX_GRAD -> true;
            case POOL_MAX, POOL_SUM, POOL_ARGMAX, POOL_SUM_GRAD -> true;
            default -> false;
        };
    }

    /** [N, C, S...] to [N, S..., C]. */
    static long[] last(int rank) {
        long[] p = new long[rank];
        for (int i = 1; i < rank; i++) {
            p[i] = i == rank - 1 ? 1 : i + 1;
        }
        return p;
    }

    /** [N, S..., C] to [N, C, S...]. */
    static long[] back(int rank) {
        long[] p = new long[rank];
        for (int i = 1; i < rank; i++) {
            p[i] = i == 1 ? rank - 1 : i - 1;
        }
        return p;
    }

    static boolean isLast(long[] axes) {
        return axes.length > 2 && java.util.Arrays.equals(axes, last(axes.length));
    }

    private static boolean isBack(long[] axes) {
        return axes.length > 2 && java.util.Arrays.equals(axes, back(axes.length));
    }
}
