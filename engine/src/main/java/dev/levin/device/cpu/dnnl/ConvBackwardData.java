package dev.levin.device.cpu.dnnl;

/** A compiled gradient of a convolution to its source (also: transposed convolution), split over images. */
public final class ConvBackwardData {
    private static final double TASK_FLOPS = 1e7;
    private static final int MAX_TASKS = 64;

    private final Dnnl dnnl;
    private final ConvSpec spec;
    private final ConvKernels.Tasks tasks;
    private final Reorder weights;
    private final Staging diffSrc;
    private final Staging diffDst;

    ConvBackwardData(Dnnl dnnl, ConvSpec spec, ConvLayouts given) {
        this.dnnl = dnnl;
        this.spec = spec;
        ConvLayouts layouts = ConvKernels.complete(spec, ConvDirection.BACKWARD_DATA, given);
        if (spec.batch() == 0) {
            tasks = null;
            weights = null;
            diffSrc = null;
            diffDst = null;
            return;
        }
        Split split = ConvKernels.split(spec, layouts, TASK_FLOPS, MAX_TASKS);
        tasks = ConvKernels.tasks(dnnl, spec, ConvDirection.BACKWARD_DATA, layouts, null, PostOps.NONE, split);
        weights = Reorder.unlessEqual(dnnl, layouts.weights(), tasks.inner().weights());
        diffSrc = Staging.out(dnnl, layouts.src(), tasks.inner().src(), tasks.last().src());
        diffDst = Staging.in(dnnl, layouts.dst(), tasks.inner().dst(), tasks.last().dst());
    }

    /** Layout of the weights the kernel works on; weights kept in it need no reordering in {@link #run}. */
    public DnnlLayout kernelWeights() {
        return tasks.inner().weights();
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

    /** Computes the gradient of the source; elements no window covers become 0. Returns when it is complete. */
    public void run(long diffDstAddress, long weightsAddress, long diffSrcAddress) {
        if (tasks == null) {
            return;
        }
        Slot own = dnnl.takeSlot();
        try {
            long w = Reorder.stage(weights, own, Slot.Use.THIRD, weightsAddress);
            int lastTask = tasks.parts().split().count() - 1;
            tasks.parts().run(dnnl, (p, slot, task, first) -> {
                boolean isLast = task == lastTask;
                long in = diffDst.read(slot, Slot.Use.FIRST, diffDstAddress, first, isLast);
                long out = diffSrc.write(slot, Slot.Use.SECOND, diffSrcAddress, first, isLast);
                p.execute(slot, out, w, in);
                diffSrc.written(slot, out, diffSrcAddress, first, isLast);
            });
        } finally {
            dnnl.giveSlot(own);
        }
    }
}
