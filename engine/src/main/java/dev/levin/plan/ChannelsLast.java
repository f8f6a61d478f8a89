package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.type.Shape;
import java.util.Arrays;

/**
 * The layout pass: convolutions and poolings leave their images with the channels last, and what lies between them is
 * computed in that order, so that neither the library nor a kernel transposes anything inside a chain.
 *
 * <p>Nothing but PERMUTEs is added; their pairs cancel when the program is normalised again, and routines look through
 * the ones at their operands and results.
 */
final class ChannelsLast {
    private final Program program;
    private final ProgramBuilder out = new ProgramBuilder();
    private final int[] plain;
    private final int[] last;
    private final boolean[] wanted;
    private final boolean[] random;
    /** Scalar functions that only reductions read, which sum in any order. */
    private final boolean[] folded;

    private ChannelsLast(Program program) {
        this.program = program;
        int n = program.size();
        plain = new int[n];
        last = new int[n];
        wanted = new boolean[n];
        random = new boolean[n];
        folded = new boolean[n];
        Arrays.fill(plain, -1);
        Arrays.fill(last, -1);
    }

    /** The same program; unchanged where it has no convolution. */
    static Program rewrite(Program program) {
        for (int i = 0; i < program.size(); i++) {
            if (program.instr(i).op() == Op.CONV) {
                return new ChannelsLast(program).run();
            }
        }
        return program;
    }

    private Program run() {
        markFolded();
        for (int i = program.size() - 1; i >= 0; i--) {
            want(i);
        }
        for (int i = 0; i < plain.length; i++) {
            Instr in = program.instr(i);
            random[i] = in.op() == Op.RANDOM_BITS;
            for (int k : in.inputs()) {
                random[i] |= random[k] && (in.op().isPointwise() || in.op().kind() == Op.Kind.VIEW);
            }
            place(i, in);
        }
        int[] outputs = Arrays.stream(program.outputs()).map(this::plain).toArray();
        Program.Assign[] assigns = Arrays.stream(program.assigns()).map(s -> new Program.Assign(s.slot(), plain(s.value())))
                .toArray(Program.Assign[]::new);
        return out.build(program.leafCount(), outputs, assigns);
    }

    private void markFolded() {
        Arrays.fill(folded, true);
        for (int o : program.outputs()) {
            folded[o] = false;
        }
        for (Program.Assign s : program.assigns()) {
            folded[s.value()] = false;
        }
        for (int i = program.size() - 1; i >= 0; i--) {
            Instr in = program.instr(i);
            boolean passes = isFold(in) || in.op().isPointwise() && folded[i];
            for (int k : in.inputs()) {
                folded[k] &= passes;
            }
        }
    }

    /** Whether what it reads has its channels last already, or is the same for many pixels. */
    private boolean followsLast(Instr in) {
        return anyLast(in) && Arrays.stream(in.inputs()).allMatch(k -> last[k] >= 0 || program.instr(k).op() == Op.EXPAND);
    }

    /** Marks the inputs that would rather be read with channels last. */
    private void want(int i) {
        Instr in = program.instr(i);
        for (int k = 0; k < in.inputs().length; k++) {
            boolean image = ImageView.isImage(in.op(), k) && isImageOp(in);
            boolean passes = wanted[i] && (in.op().isPointwise() || in.op() == Op.EXPAND)
                    && program.instr(in.inputs()[k]).shape().rank() == in.shape().rank();
            wanted[in.inputs()[k]] |= image || passes;
        }
    }

    private boolean isImageOp(Instr in) {
        int rank = in.shape().rank();
        return in.dtype() != dev.levin.type.DType.F64 && in.shape().numel() > 0 && rank >= 3 && rank <= 5 && switch (in.op()) {
            case CONV, CONV_DGRAD, CONV_WGRAD, POOL_MAX, POOL_SUM, POOL_MAX_GRAD, POOL_SUM_GRAD -> true;
            default -> false;
        };
    }

    private void place(int i, Instr in) {
        int rank = in.shape().rank();
        if (isImageOp(in) && in.op() != Op.CONV_WGRAD && (in.op() == Op.CONV || in.op() == Op.CONV_DGRAD || anyLast(in))) {
            int main = out.add(in.withInputs(plains(in)));
            last[i] = out.add(Op.PERMUTE, ImageView.last(rank), in.dtype(), moved(in.shape()), in, main);
        } else if (in.op().isPointwise() && rank >= 3 && (wanted[i] || folded[i] && followsLast(in)) && !random[i] && in.shape().numel() > 0) {
            int[] inputs = Arrays.stream(in.inputs()).map(this::last).toArray();
            last[i] = out.add(in.op(), in.attr(), in.dtype(), moved(in.shape()), in, inputs);
        } else if (in.op() == Op.EXPAND && rank >= 3 && wanted[i]) {
            last[i] = out.add(in.op(), in.attr(), in.dtype(), moved(in.shape()), in, last(in.inputs()[0]));
        } else if (isFold(in) && last[in.inputs()[0]] >= 0 && rank >= 3) {
            long[] axes = Arrays.stream(in.attr()).map(a -> a == 0 ? 0 : a == 1 ? rank - 1 : a - 1).sorted().toArray();
            last[i] = out.add(in.op(), axes, in.dtype(), moved(in.shape()), in, last[in.inputs()[0]]);
        } else {
            plain[i] = out.add(in.withInputs(plains(in)));
        }
    }

    private static boolean isFold(Instr in) {
        return in.op() == Op.SUM || in.op() == Op.PROD || in.op() == Op.REDUCE_MAX || in.op() == Op.REDUCE_MIN;
    }

    private boolean anyLast(Instr in) {
        return Arrays.stream(in.inputs()).anyMatch(k -> last[k] >= 0);
    }

    private int[] plains(Instr in) {
        return Arrays.stream(in.inputs()).map(this::plain).toArray();
    }

    private static Shape moved(Shape s) {
        int[] d = new int[s.rank()];
        d[0] = s.dim(0);
        d[d.length - 1] = s.dim(1);
        for (int i = 1; i < d.length - 1; i++) {
            d[i] = s.dim(i + 1);
        }
        return Shape.of(d);
    }

    private int plain(int i) {
        if (plain[i] < 0) {
            Instr in = program.instr(i);
            plain[i] = out.add(Op.PERMUTE, ImageView.back(in.shape().rank()), in.dtype(), in.shape(), in, last[i]);
        }
        return plain[i];
    }

    private int last(int i) {
        if (last[i] < 0) {
            Instr in = program.instr(i);
            last[i] = out.add(Op.PERMUTE, ImageView.last(in.shape().rank()), in.dtype(), moved(in.shape()), in, plain[i]);
        }
        return last[i];
    }
}
