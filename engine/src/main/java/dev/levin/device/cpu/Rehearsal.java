package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.kernel.jvm.JvmKernels;
import dev.levin.plan.LoweredKernel;
import dev.levin.plan.Plan;
import dev.levin.plan.PlanOptions;
import dev.levin.plan.Planner;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads what the first program needs while the user's code still describes it: the library, and the classes that plan and
 * compile. A small program is planned and its kernels are compiled; both are thrown away. It has no other effect.
 */
final class Rehearsal {
    private static final long[] NONE = {};

    private final List<Instr> program = new ArrayList<>();

    private Rehearsal() {
    }

    /** @return number of kernels that it compiled */
    static long run() {
        Dnnl.availability();
        Plan plan = Planner.plan(new Rehearsal().step(), PlanOptions.DEFAULT);
        try (JvmKernels kernels = new JvmKernels()) {
            for (Plan.Launch launch : plan.launches()) {
                if (launch instanceof Plan.KernelLaunch k) {
                    for (LoweredKernel x : k.kernels()) {
                        kernels.compile(x.kernel());
                    }
                }
            }
            return kernels.compiled();
        }
    }

    /** A product with a bias, the softmax of its rows, a sum over columns and an update in place. */
    private Program step() {
        Shape rows = Shape.of(4, 16);
        int x = add(Op.INPUT, new long[] {0}, Shape.of(1, 4, 16));
        int w = add(Op.VARIABLE, new long[] {1}, Shape.of(16, 16));
        int b = add(Op.VARIABLE, new long[] {2}, Shape.of(16));
        int turned = add(Op.PERMUTE, new long[] {0, 2, 1}, Shape.of(1, 16, 16), add(Op.RESHAPE, NONE, Shape.of(1, 16, 16), w));
        int y = add(Op.RESHAPE, NONE, rows, add(Op.MATMUL, NONE, Shape.of(1, 4, 16), x, turned));
        y = add(Op.ADD, NONE, rows, y, add(Op.EXPAND, NONE, rows, add(Op.RESHAPE, NONE, Shape.of(1, 16), b)));
        int max = add(Op.EXPAND, NONE, rows, add(Op.REDUCE_MAX, new long[] {1}, Shape.of(4, 1), y));
        int e = add(Op.EXP, NONE, rows, add(Op.SUB, NONE, rows, y, max));
        int p = add(Op.DIV, NONE, rows, e, add(Op.EXPAND, NONE, rows, add(Op.SUM, new long[] {1}, Shape.of(4, 1), e)));
        int gate = add(Op.TANH, NONE, Shape.of(4, 8), add(Op.SLICE, new long[] {0, 8, 1, 1}, Shape.of(4, 8), p));
        int sum = add(Op.RESHAPE, NONE, Shape.of(16), add(Op.SUM, new long[] {0}, Shape.of(1, 16), p));
        int rate = add(Op.EXPAND, NONE, Shape.of(16), add(Op.RESHAPE, NONE, Shape.of(1), add(Op.SCALAR, new long[] {3}, Shape.scalar())));
        int next = add(Op.SUB, NONE, Shape.of(16), b, add(Op.MUL, NONE, Shape.of(16), sum, rate));
        return new Program(program.toArray(Instr[]::new), 4, new int[] {gate}, new Program.Assign[] {new Program.Assign(2, next)});
    }

    private int add(Op op, long[] attr, Shape shape, int... inputs) {
        program.add(new Instr(op, attr, DType.F32, shape, inputs, "", null));
        return program.size() - 1;
    }
}
