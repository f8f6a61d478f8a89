package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;

/**
 * How a matrix product reads an operand [B, M, K]: batch axes, rows and columns as strides over a value in memory, so
 * that transposes, head splits and broadcasts cost no copy.
 *
 * @param source the value in memory; the operand itself where its views are not affine
 * @param batch extents of the batch axes, whose product is B
 * @param strides elements between neighbours: batch axes, row, column
 */
public record MatrixView(int source, long offset, long[] batch, long[] strides) {

    /** Looks through the views of operand {@code i}, a value of rank 3. */
    public static MatrixView of(Program program, int i) {
        MatrixView best = dense(program, i);
        if (program.instr(i).shape().numel() == 0) {
            return best;
        }
        int at = i;
        Domain domain = Domain.axes(program.instr(i).shape());
        while (true) {
            Instr in = program.instr(at);
            Op op = in.op();
            if (op != Op.RESHAPE && op != Op.PERMUTE && op != Op.EXPAND && op != Op.SLICE) {
                return best;
            }
            at = in.inputs()[0];
            MatrixView next = follow(program, i, at, domain);
            if (next == null) {
                return best;
            }
            best = next;
        }
    }

    /** The stride of an axis of extent 1 is free; libraries tell rows from columns by it. */
    private static void settle(long[] steps, int row, long rows, long columns) {
        if (columns == 1) {
            steps[row + 1] = 1;
        }
        if (rows == 1) {
            steps[row] = steps[row + 1] == 1 ? columns : 1;
        }
    }

    private static MatrixView dense(Program program, int i) {
        long[] s = program.instr(i).shape().strides();
        return new MatrixView(i, 0, new long[] {program.instr(i).shape().dim(0)}, s);
    }

    /** The view of {@code target} that {@code from} is, or null where it has none with one row and one column stride. */
    private static MatrixView follow(Program program, int from, int target, Domain domain) {
        while (true) {
            try {
                Reach r = domain.full();
                for (int at = from; at != target; at = program.instr(at).inputs()[0]) {
                    r = r.operands(program, at, domain).getFirst();
                }
                long[] steps = r.linearSteps(domain.rank());
                long[] batch = new long[domain.rank() - 2];
                for (int k = 0; k < batch.length; k++) {
                    batch[k] = domain.extent(k);
                }
                boolean unit = steps[batch.length] == 1 || steps[batch.length + 1] == 1 || domain.extent(batch.length) == 1
                        || domain.extent(batch.length + 1) == 1;
                for (long s : steps) {
                    unit &= s >= 0;
                }
                settle(steps, batch.length, domain.extent(batch.length), domain.extent(batch.length + 1));
                return unit ? new MatrixView(target, r.linearOffset(), batch, steps) : null;
            } catch (Reach.SplitNeeded split) {
                if (split.axis >= domain.rank() - 2) {
                    return null;
                }
                domain = domain.split(split.axis, split.inner);
            } catch (Reach.NotAffine e) {
                return null;
            }
        }
    }
}
