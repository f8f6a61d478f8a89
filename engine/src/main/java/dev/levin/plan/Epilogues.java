package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import java.util.BitSet;

/**
 * Finds products and convolutions whose only reader adds a bias, whose only reader is a rectifier: the library applies
 * both while the result is in registers. A gradient that is added to a variable becomes an accumulating product.
 */
final class Epilogues {
    private final Analysis a;
    private final BitSet roots = new BitSet();

    Epilogues(Analysis analysis) {
        a = analysis;
        for (int o : a.program.outputs()) {
            roots.set(o);
        }
        for (Program.Assign s : a.program.assigns()) {
            roots.set(s.value());
        }
    }

    void absorb() {
        for (int i = 0; i < a.call.length; i++) {
            Op op = a.instr(i).op();
            boolean empty = a.instr(i).shape().numel() == 0;
            boolean image = op == Op.CONV_DGRAD || op == Op.POOL_MAX || op == Op.POOL_SUM || op == Op.POOL_MAX_GRAD || op == Op.POOL_SUM_GRAD;
            if (a.call[i] != null && a.instr(i).dtype().isFloat() && !empty && (op == Op.MATMUL || op == Op.CONV || image)) {
                absorb(i);
            }
        }
    }

    private void absorb(int main) {
        int result = main;
        int bias = -1;
        Call.Activation activation = Call.Activation.NONE;
        Op op = a.instr(main).op();
        int at = onlyReader(main);
        boolean last = op != Op.MATMUL && at >= 0 && a.instr(at).op() == Op.PERMUTE && ImageView.isLast(a.instr(at).attr())
                && a.instr(at).inputs()[0] == main && !isReadByProducts(main);
        int base = main;
        if (last) {
            result = at;
            base = at;
            at = onlyReader(at);
        }
        if (op != Op.MATMUL && op != Op.CONV) {
            at = -1;
        }
        if (at >= 0 && a.call[at] == null && a.instr(at).op() == Op.ADD && a.strip(a.instr(at).inputs()[0]) != a.strip(a.instr(at).inputs()[1])) {
            int other = a.strip(a.instr(at).inputs()[0]) == base ? a.instr(at).inputs()[1] : a.instr(at).inputs()[0];
            int vector = vector(base, op == Op.CONV && !last ? 1 : a.instr(base).shape().rank() - 1, at, other);
            if (vector >= 0) {
                bias = vector;
                result = at;
                at = onlyReader(at);
            }
        }
        if (at >= 0 && a.instr(at).op() == Op.MAX && (isZero(a.instr(at).inputs()[0]) || isZero(a.instr(at).inputs()[1]))) {
            activation = Call.Activation.RELU;
            result = at;
        }
        if (result != main) {
            for (int k = main; k < result; k++) {
                if (k == main || reaches(main, k, result)) {
                    a.absorbed.set(k);
                }
            }
            a.call[result] = new Call(main, result, bias, activation, last, -1);
        }
    }

    /** Whether a product looks through its operand's views to the value itself, which must be in memory as it is then. */
    private boolean isReadByProducts(int main) {
        for (int i = main + 1; i < a.call.length; i++) {
            if (a.instr(i).op() == Op.MATMUL) {
                for (int k : a.instr(i).inputs()) {
                    if (a.strip(MatrixView.of(a.program, k).source()) == main) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Instructions on the chain from main to result: reshapes and the sum in between. */
    private boolean reaches(int main, int k, int result) {
        for (int at = main; at != result; at = a.users.get(at).getFirst()) {
            if (at == k) {
                return true;
            }
        }
        return false;
    }

    /** The one instruction that reads the value, through reshapes; -1 if there are several or the value must survive. */
    private int onlyReader(int i) {
        while (true) {
            if (roots.get(i) || a.users.get(i).size() != 1) {
                return -1;
            }
            i = a.users.get(i).getFirst();
            Instr in = a.instr(i);
            if (in.op() != Op.RESHAPE) {
                return in.dtype() == a.instr(in.inputs()[0]).dtype() ? i : -1;
            }
        }
    }

    /** The vector that {@code other} repeats along one axis of {@code base}, or -1. */
    private int vector(int base, int channel, int add, int other) {
        Instr m = a.instr(base);
        Domain domain = Domain.axes(m.shape());
        while (true) {
            try {
                return repeated(domain, domain.rank() - m.shape().rank() + channel, m, add, other);
            } catch (Reach.SplitNeeded split) {
                if (split.axis >= domain.rank() - m.shape().rank() + channel) {
                    return -1;
                }
                domain = domain.split(split.axis, split.inner);
            } catch (Reach.NotAffine e) {
                return -1;
            }
        }
    }

    private int repeated(Domain domain, int channel, Instr m, int add, int other) {
        int at = other;
        Reach r = domain.full().in(a.instr(add).shape(), domain, add);
        while (a.instr(at).shape().numel() != domain.extent(channel) || a.instr(at).op() == Op.RESHAPE) {
            Op op = a.instr(at).op();
            if (op != Op.RESHAPE && op != Op.EXPAND) {
                return -1;
            }
            r = r.operands(a.program, at, domain).getFirst();
            at = a.instr(at).inputs()[0];
        }
        long[] steps = r.linearSteps(domain.rank());
        for (int k = 0; k < steps.length; k++) {
            if (domain.extent(k) != 1 && steps[k] != (k == channel ? 1 : 0)) {
                return -1;
            }
        }
        return a.generated.get(at) || r.linearOffset() != 0 || a.instr(at).dtype() != m.dtype() ? -1 : at;
    }

    private boolean isZero(int i) {
        while (a.instr(i).op() == Op.EXPAND || a.instr(i).op() == Op.RESHAPE) {
            i = a.instr(i).inputs()[0];
        }
        return a.instr(i).op() == Op.CONST && a.instr(i).attr()[0] << 1 == 0;
    }
}
