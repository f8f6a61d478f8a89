package dev.levin.device.cuda.execution;

import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.reference.Evaluator;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** A rare operation by the interpreter on the host: waits for the device, computes, uploads. */
final class HostRoutine implements Routine {
    private final Program program;
    private final Program.Instr main;
    private final int skipped;

    HostRoutine(Program program, Call call) {
        if (call.hasEpilogue()) {
            throw new IllegalStateException(program.instr(call.main()).op() + " with an epilogue has no host routine");
        }
        this.program = program;
        main = program.instr(call.main());
        skipped = Call.addsToZeros(program, call.main()) ? 1 : 0;
    }

    @Override
    public boolean capturable() {
        return false;
    }

    @Override
    public void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap) {
        int n = main.inputs().length;
        HostArray[] values = new HostArray[n];
        Shape[] shapes = new Shape[n];
        for (int k = 0; k < n; k++) {
            Program.Instr in = program.instr(main.inputs()[k]);
            shapes[k] = in.shape();
            values[k] = HostArray.allocate(in.dtype(), in.shape().numel());
            if (k >= skipped) {
                runtime.downwards().download(x[k - skipped], values[k].segment(), runtime.compute());
            }
        }
        runtime.staging().upload(Evaluator.eval(main, values, shapes).segment(), y, runtime.compute());
    }
}
