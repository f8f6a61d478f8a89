package dev.levin.device.cuda.execution;

import dev.levin.plan.Plan;
import java.util.LinkedHashMap;
import java.util.Map;

/** A routine with its addresses. */
final class CallStep implements Step {
    private final Plan.CallLaunch launch;
    private final Routine routine;
    private final long[] operands;
    private long result;
    private long scratch;
    private long trap;

    CallStep(Plan.CallLaunch launch, Routine routine) {
        this.launch = launch;
        this.routine = routine;
        operands = new long[launch.operands().length];
    }

    @Override
    public Plan.Launch launch() {
        return launch;
    }

    @Override
    public Map<String, String> texts() {
        Map<String, String> all = new LinkedHashMap<>();
        routine.kernels().forEach(k -> all.put(k.kernel().name(), k.kernel().text()));
        return all;
    }

    @Override
    public long scratchBytes() {
        return routine.scratchBytes();
    }

    @Override
    public boolean capturable() {
        return routine.capturable();
    }

    @Override
    public boolean mayFail() {
        return routine.mayFail();
    }

    @Override
    public void link(CudaRuntime runtime) {
        routine.kernels().forEach(k -> k.link(runtime));
    }

    @Override
    public void bind(long[] storage, long scratchAddress, long trapAddress, CudaRuntime runtime) {
        for (int k = 0; k < operands.length; k++) {
            operands[k] = storage[launch.operands()[k]];
        }
        result = storage[launch.result()];
        scratch = scratchAddress;
        trap = trapAddress;
    }

    @Override
    public void run(CudaRuntime runtime) {
        routine.run(runtime, operands, result, scratch, trap);
    }

    @Override
    public void close() {
        routine.close();
    }
}
