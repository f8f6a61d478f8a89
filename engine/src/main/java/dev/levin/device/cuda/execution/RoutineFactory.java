package dev.levin.device.cuda.execution;

import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.type.Shape;

/** Finds the routine for a call: a library, a hand-written kernel, or the interpreter on the host. */
final class RoutineFactory {
    private RoutineFactory() {
    }

    /** @param launch number of the launch, which errors carry */
    static Routine of(CudaRuntime runtime, Program program, Call call, int launch) {
        Program.Instr main = program.instr(call.main());
        if (main.shape().numel() == 0) {
            return (r, x, y, scratch, trap) -> { };
        }
        boolean empty = false;
        for (int k : main.inputs()) {
            empty |= program.instr(k).shape().numel() == 0;
        }
        if (empty && main.op() != dev.levin.graph.Op.MATMUL) {
            return new HostRoutine(program, call);
        }
        Routine r = switch (main.op()) {
            case MATMUL -> MatmulRoutine.of(runtime, program, call);
            case CONV, CONV_DGRAD, CONV_WGRAD -> ConvRoutine.of(runtime, program, call);
            case POOL_MAX, POOL_ARGMAX, POOL_MAX_GRAD, POOL_SUM, POOL_SUM_GRAD -> PoolRoutine.of(program, call);
            case TAKE, INDEX_ADD, SCATTER, FOLD -> IndexRoutines.of(program, call, launch);
            case CUMSUM, CUMPROD, CUMMAX, CUMMIN, CUMLOGSUMEXP, CUMARGMAX, CUMARGMIN -> LaneRoutines.scan(main, program.instr(main.inputs()[0]).dtype());
            case ARGSORT -> LaneRoutines.sort(main, program.instr(main.inputs()[0]).dtype());
            default -> null;
        };
        return r != null ? r : new HostRoutine(program, call);
    }

    /** Product of the extents of axes {@code from} to {@code to}. */
    static long product(Shape s, int from, int to) {
        long n = 1;
        for (int k = from; k < to; k++) {
            n *= s.dim(k);
        }
        return n;
    }
}
