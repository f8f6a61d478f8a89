package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.RoutineKernel;

/** One hand-written kernel with its argument block. */
final class TextLaunch {
    private final RoutineKernel kernel;
    private final Block block;
    private long function;

    TextLaunch(RoutineKernel kernel, long... words) {
        this.kernel = kernel;
        block = new Block(words.length);
        block.set(words);
    }

    RoutineKernel kernel() {
        return kernel;
    }

    void link(CudaRuntime runtime) {
        function = runtime.kernels().function(kernel.name(), kernel.name());
    }

    TextLaunch set(int word, long v) {
        block.set(word, v);
        return this;
    }

    /** A thread for each element. */
    void run(CudaRuntime runtime, long elements) {
        blocks(runtime, (elements + kernel.threads() - 1) / kernel.threads());
    }

    void blocks(CudaRuntime runtime, long blocks) {
        if (blocks > 0) {
            runtime.driver().launch(function, Math.toIntExact(blocks), kernel.threads(), block.parameters(), runtime.compute());
        }
    }
}
