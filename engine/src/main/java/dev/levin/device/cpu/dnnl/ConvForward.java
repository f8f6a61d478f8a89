package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;

/** A compiled forward convolution with optional bias and activation, split over images. */
public final class ConvForward implements Convolution {
    private static final double TASK_FLOPS = 1e7;
    private static final int MAX_TASKS = 64;

    private final Dnnl dnnl;
    private final ConvSpec spec;
    private final ConvKernels.Tasks tasks;
    private final Reorder weights;
    private final Staging src;
    private final Staging dst;
    private final boolean relu;

    ConvForward(Dnnl dnnl, ConvSpec spec, ConvLayouts given, DType bias, PostOps post) {
        this.dnnl = dnnl;
        this.spec = spec;
        relu = post.isRelu();
        ConvLayouts layouts = ConvKernels.complete(spec, ConvDirection.FORWARD, given);
        if (spec.batch() == 0) {
            tasks = null;
            weights = null;
            src = null;
            dst = null;
            return;
        }
        Split split = ConvKernels.split(spec, layouts, TASK_FLOPS, MAX_TASKS);
        tasks = ConvKernels.tasks(dnnl, spec, ConvDirection.FORWARD, layouts, bias, post.library(), split);
        weights = Reorder.unlessEqual(dnnl, layouts.weights(), tasks.inner().weights());
        src = Staging.in(dnnl, layouts.src(), tasks.inner().src(), tasks.last().src());
        dst = Staging.out(dnnl, layouts.dst(), tasks.inner().dst(), tasks.last().dst());
        if (post.accumulate() && !tasks.inner().dst().equals(layouts.dst().rows(split.rows(0)))) {
            throw new IllegalArgumentException("accumulating into " + layouts.dst() + " is not possible: the kernel writes "
                    + tasks.inner().dst() + "; give that layout as dst, or add afterwards");
        }
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

    @Override
    public long copyBytes() {
        return weights == null ? 0 : weights.to().bytes();
    }

    @Override
    public void copy(long weightsAddress, long to) {
        weights.run(weightsAddress, to);
    }

    @Override
    public void run(long srcAddress, long weightsAddress, long biasAddress, long dstAddress) {
        if (tasks == null) {
            return;
        }
        Slot own = dnnl.takeSlot();
        try {
            runCopied(srcAddress, Reorder.stage(weights, own, Slot.Use.THIRD, weightsAddress), biasAddress, dstAddress);
        } finally {
            dnnl.giveSlot(own);
        }
    }

    @Override
    public void runCopied(long srcAddress, long weightsAddress, long biasAddress, long dstAddress) {
        int lastTask = tasks.parts().split().count() - 1;
        tasks.parts().run(dnnl, (p, slot, task, first) -> {
            boolean isLast = task == lastTask;
            long in = src.read(slot, Slot.Use.FIRST, srcAddress, first, isLast);
            long out = dst.write(slot, Slot.Use.SECOND, dstAddress, first, isLast);
            p.execute(slot, in, weightsAddress, out, biasAddress);
            if (relu) {
                Relu.inPlace(spec.output(), out, p.layout(2).bytes() / spec.output().bytes());
            }
            dst.written(slot, out, dstAddress, first, isLast);
        });
    }
}
