package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.type.Shape;
import java.util.Arrays;

/**
 * A product that is only read transposed, perhaps in another type, is computed transposed: (A B)^T = B^T A^T. The gradient of a weight then comes
 * out in the weight's own order, and its readers run through memory in a line.
 */
final class TransposedProducts {
    private static final long[] SWAP = {0, 2, 1};

    private final Program program;
    private final int[] uses;

    private TransposedProducts(Program program) {
        this.program = program;
        uses = new int[program.size()];
        for (int i = 0; i < uses.length; i++) {
            for (int k : program.instr(i).inputs()) {
                uses[k]++;
            }
        }
        for (int o : program.outputs()) {
            uses[o]++;
        }
        for (Program.Assign a : program.assigns()) {
            uses[a.value()]++;
        }
    }

    /** The same program where no product is read transposed. */
    static Program rewrite(Program program) {
        TransposedProducts pass = new TransposedProducts(program);
        for (int i = 0; i < program.size(); i++) {
            if (pass.transposed(program.instr(i)) >= 0) {
                return pass.run();
            }
        }
        return program;
    }

    private Program run() {
        ProgramBuilder out = new ProgramBuilder();
        int[] to = new int[program.size()];
        for (int i = 0; i < to.length; i++) {
            Instr in = program.instr(i);
            int product = transposed(in);
            to[i] = product < 0 ? out.add(in.withInputs(Arrays.stream(in.inputs()).map(k -> to[k]).toArray()))
                    : swap(out, in, program.instr(product), to);
        }
        return out.build(program.leafCount(), Arrays.stream(program.outputs()).map(o -> to[o]).toArray(),
                Arrays.stream(program.assigns()).map(a -> new Program.Assign(a.slot(), to[a.value()])).toArray(Program.Assign[]::new));
    }

    /** The product that {@code in} transposes and nothing else reads, or -1. */
    private int transposed(Instr in) {
        if (in.op() != Op.PERMUTE) {
            return -1;
        }
        int r = in.attr().length;
        for (int k = 0; k < r; k++) {
            int want = k == r - 1 ? r - 2 : k == r - 2 ? r - 1 : k;
            if (in.attr(k) != want) {
                return -1;
            }
        }
        int at = in.inputs()[0];
        Shape s = program.instr(at).shape();
        boolean cast = false;
        while (uses[at] == 1 && (program.instr(at).op() == Op.RESHAPE || program.instr(at).op() == Op.CAST && !cast)) {
            cast |= program.instr(at).op() == Op.CAST;
            at = program.instr(at).inputs()[0];
        }
        Instr m = program.instr(at);
        boolean sameMatrices = m.op() == Op.MATMUL && uses[at] == 1 && s.dim(r - 2) == m.shape().dim(1) && s.dim(r - 1) == m.shape().dim(2);
        return sameMatrices ? at : -1;
    }

    private static int swap(ProgramBuilder out, Instr view, Instr m, int[] to) {
        int[] operands = new int[2];
        for (int k = 0; k < 2; k++) {
            int x = to[m.inputs()[1 - k]];
            Shape s = out.get(x).shape();
            operands[k] = out.add(Op.PERMUTE, SWAP, m.dtype(), Shape.of(s.dim(0), s.dim(2), s.dim(1)), m, x);
        }
        int product = out.add(Op.MATMUL, new long[0], m.dtype(), Shape.of(m.shape().dim(0), m.shape().dim(2), m.shape().dim(1)), m, operands);
        // there is at most one cast between the product and its transpose
        int cast = m.dtype() == view.dtype() ? product : out.add(Op.CAST, new long[0], view.dtype(), out.get(product).shape(), view, product);
        return view.shape().equals(out.get(cast).shape()) ? cast
                : out.add(Op.RESHAPE, new long[0], view.dtype(), view.shape(), view, cast);
    }
}
