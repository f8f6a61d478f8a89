package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.graph.Program;
import dev.levin.kernel.jvm.JvmKernels;
import dev.levin.plan.Call;

/** Finds the routine for a call: library, own loops, or the reference interpreter on copies. */
final class Routines {
    private final Dnnl dnnl;
    private final Team team;
    private final PoolRoutines pools;
    private final Products products;
    private final Convolutions convolutions;

    /**
     * @param dnnl null without the library
     * @param scratch memory that a routine may use while it runs
     */
    Routines(Dnnl dnnl, Team team, JvmKernels kernels, WorkArena scratch) {
        this.dnnl = dnnl;
        this.team = team;
        products = new Products(dnnl, team);
        convolutions = new Convolutions(team);
        pools = new PoolRoutines(dnnl, team, kernels, scratch);
    }

    Routine of(Program program, Call call) {
        Routine r = switch (program.instr(call.main()).op()) {
            case MATMUL -> MatmulRoutine.of(products, program, call);
            case CONV, CONV_DGRAD, CONV_WGRAD -> ConvRoutine.of(dnnl, convolutions, program, call);
            case POOL_MAX, POOL_SUM, POOL_MAX_GRAD, POOL_SUM_GRAD -> pools.of(program, call);
            case TAKE, INDEX_ADD -> IndexRoutines.of(team, program, call);
            case CONCAT -> ConcatRoutine.of(team, program, program.instr(call.main()));
            default -> null;
        };
        return r != null ? r : new ReferenceRoutine(program, call);
    }
}
