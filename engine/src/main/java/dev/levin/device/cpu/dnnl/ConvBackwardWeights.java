package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;

/**
 * A compiled gradient of a convolution to its weights and, if asked, its bias. Each task sums over its images; the tasks'
 * sums are then added in order of the images. How many tasks there are depends on shapes alone, so the result has the same
 * bits with any number of threads.
 */
public final class ConvBackwardWeights {
    private static final double TASK_FLOPS = 2e7;
    private static final int MAX_TASKS = 16;
    /** Work a task must do for each byte of weights, so that adding up the partial sums stays below a tenth of it. */
    private static final double FLOPS_PER_WEIGHT_BYTE = 200;
    /** The same where otherwise all but one processor would have nothing to do. */
    private static final double FLOPS_PER_BYTE_OF_TWO = 60;

    private final Dnnl dnnl;
    private final ConvSpec spec;
    private final DType bias;
    private final ConvKernels.Tasks tasks;
    private final Staging src;
    private final Staging diffDst;
    private final PartialSum weightSum;
    private final PartialSum biasSum;

    /** @param bias type of the bias gradient, or null for none */
    ConvBackwardWeights(Dnnl dnnl, ConvSpec spec, ConvLayouts given, DType bias) {
        this.dnnl = dnnl;
        this.spec = spec;
        this.bias = bias;
        ConvLayouts layouts = ConvKernels.complete(spec, ConvDirection.BACKWARD_WEIGHTS, given);
        if (spec.batch() == 0) {
            tasks = null;
            src = null;
            diffDst = null;
            weightSum = new PartialSum(dnnl, layouts.weights(), layouts.weights(), 0);
            biasSum = bias == null ? null : partialBias(bias, 0);
            return;
        }
        double flops = spec.flopsPerImage() * spec.batch();
        double perByte = flops / layouts.weights().bytes();
        int most = Math.clamp((long) (perByte / FLOPS_PER_WEIGHT_BYTE), perByte < FLOPS_PER_BYTE_OF_TWO ? 1 : 2, MAX_TASKS);
        Split split = ConvKernels.split(spec, layouts, TASK_FLOPS, most);
        // Partial sums are kept in F32 whatever the result's type.
        boolean single = split.count() == 1;
        ConvSpec inner = single ? spec : spec.withTypes(spec.input(), DType.F32);
        var innerLayouts = new ConvLayouts(layouts.src(), single || layouts.weights().dtype() == DType.F32
                ? layouts.weights() : ConvKernels.plain(inner, ConvDirection.BACKWARD_WEIGHTS).weights(), layouts.dst());
        DType innerBias = bias == null ? null : single ? bias : DType.F32;
        tasks = ConvKernels.tasks(dnnl, inner, ConvDirection.BACKWARD_WEIGHTS, innerLayouts, innerBias, PostOps.NONE, split);
        src = Staging.in(dnnl, layouts.src(), tasks.inner().src(), tasks.last().src());
        diffDst = Staging.in(dnnl, layouts.dst(), tasks.inner().dst(), tasks.last().dst());
        weightSum = new PartialSum(dnnl, tasks.inner().weights(), layouts.weights(), split.count());
        biasSum = bias == null ? null : partialBias(innerBias, split.count());
    }

    private PartialSum partialBias(DType inner, int count) {
        return new PartialSum(dnnl, DnnlLayout.plain(inner, spec.filters()), DnnlLayout.plain(bias, spec.filters()), count);
    }

    /** The library's kernel, for reports. */
    public String implementation() {
        return tasks == null ? "empty" : ConvKernels.implementation(tasks.parts().main());
    }

    /** False if the library has only its slow reference kernel for this; a generated kernel is then the better choice. */
    public boolean isOptimized() {
        return !implementation().contains("ref:");
    }

    /** What this operation computes. */
    public ConvSpec spec() {
        return spec;
    }

    /** Number of partial sums. */
    public int tasks() {
        return tasks == null ? 0 : tasks.parts().split().count();
    }

    /**
     * Computes the gradients. Returns when they are complete.
     *
     * @param diffBiasAddress where the bias gradient goes; ignored if none was asked for
     */
    public void run(long srcAddress, long diffDstAddress, long diffWeightsAddress, long diffBiasAddress) {
        Slot own = dnnl.takeSlot();
        try {
            long w = weightSum.begin(own, Slot.Use.FIRST, diffWeightsAddress);
            long b = biasSum == null ? 0 : biasSum.begin(own, Slot.Use.SECOND, diffBiasAddress);
            if (tasks != null) {
                int lastTask = tasks.parts().split().count() - 1;
                tasks.parts().run(dnnl, (p, slot, task, first) -> {
                    boolean isLast = task == lastTask;
                    long in = src.read(slot, Slot.Use.FIRST, srcAddress, first, isLast);
                    long gy = diffDst.read(slot, Slot.Use.SECOND, diffDstAddress, first, isLast);
                    p.execute(slot, in, weightSum.part(w, task), gy, biasSum == null ? 0 : biasSum.part(b, task));
                });
            }
            weightSum.finish(own, Slot.Use.THIRD, w, diffWeightsAddress);
            if (biasSum != null) {
                biasSum.finish(own, Slot.Use.THIRD, b, diffBiasAddress);
            }
        } finally {
            dnnl.giveSlot(own);
        }
    }
}
