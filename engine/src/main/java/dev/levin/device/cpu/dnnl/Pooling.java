package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;

/**
 * A compiled pooling, forward and backward, split over images. MAX remembers the position of each maximum in a workspace
 * of {@link #workspaceBytes()}, written by {@code forward} and read by {@code backward}; of equal elements it is the first.
 *
 * <p>MAX passes over a NaN, unlike PyTorch, where it wins: a network that has diverged may look sound behind it.
 */
public final class Pooling {
    private static final int FORWARD_TRAINING = 64;
    private static final int FORWARD_INFERENCE = 96;
    private static final double TASK_BYTES = 1 << 18;
    private static final int MAX_TASKS = 64;

    private final Dnnl dnnl;
    private final PoolSpec spec;
    private final DnnlLayout src;
    private final DnnlLayout dst;
    private final boolean training;
    private final Split.Parts forward;
    private final Split.Parts backward;
    private final long workspaceStride;
    private final int tasks;

    Pooling(Dnnl dnnl, PoolSpec spec, DnnlLayout srcLayout, DnnlLayout dstLayout, boolean training) {
        this.dnnl = dnnl;
        this.spec = spec;
        this.training = training;
        src = layout(srcLayout, DnnlLayout.plain(spec.dtype(), spec.srcDims()));
        dst = layout(dstLayout, DnnlLayout.plain(spec.dtype(), spec.dstDims()));
        Split split = src.isRowSplittable() && dst.isRowSplittable()
                ? Split.of(spec.batch(), spec.bytesPerImage(), TASK_BYTES, MAX_TASKS) : Split.whole(spec.batch());
        forward = split.compile(n -> compile(n, false));
        backward = training ? split.compile(n -> compile(n, true)) : null;
        tasks = split.count();
        workspaceStride = tasks == 0 || !training ? 0 : workspace(forward.main());
    }

    private static DnnlLayout layout(DnnlLayout given, DnnlLayout plain) {
        if (given != null && (given.dtype() != plain.dtype() || !given.sameShape(plain))) {
            throw new IllegalArgumentException("pooling here works on " + plain + " or a layout of that, not " + given);
        }
        return given == null ? plain : given;
    }

    private static long workspace(Compiled c) {
        Primitive p = c.acquire();
        try {
            return p.layout(2) == null ? 0 : (p.layout(2).bytes() + 63) & -64L;
        } finally {
            p.release();
        }
    }

    private record Key(PoolSpec spec, DnnlLayout src, DnnlLayout dst, boolean training, boolean backward) { }

    private Compiled compile(long images, boolean back) {
        PoolSpec s = spec.withBatch(images);
        DnnlLayout from = src.rows(images);
        DnnlLayout to = dst.rows(images);
        String what = (back ? "backward " : "forward ") + s;
        return dnnl.compiled(new Key(s, from, to, training, back), () -> dnnl.build(what, scope -> {
            long hint = forward(dnnl, scope, what, s, scope.desc(from), scope.desc(to), training);
            if (!back) {
                return hint;
            }
            scope.own(Fn.dnnl_primitive_desc_destroy, hint);
            return Fn.dnnl_pooling_backward_primitive_desc_create.make(what, dnnl.engine(), s.kind().code(), scope.desc(from),
                    scope.desc(to), scope.dims(ConvSpec.array(s.stride())), scope.dims(ConvSpec.array(s.kernel())),
                    scope.dims(zeroBased(s)), scope.dims(ConvSpec.array(s.before())), scope.dims(ConvSpec.array(s.after())),
                    hint, scope.attributes(PostOps.NONE));
        }, back ? new int[] {Primitive.DIFF_SRC, Primitive.DIFF_DST, Primitive.WORKSPACE}
                : new int[] {Primitive.SRC, Primitive.DST, Primitive.WORKSPACE}));
    }

    private static long forward(Dnnl dnnl, DescriptorScope scope, Object what, PoolSpec s, long from, long to,
            boolean training) {
        return Fn.dnnl_pooling_forward_primitive_desc_create.make(what, dnnl.engine(),
                training ? FORWARD_TRAINING : FORWARD_INFERENCE, s.kind().code(), from, to,
                scope.dims(ConvSpec.array(s.stride())), scope.dims(ConvSpec.array(s.kernel())), scope.dims(zeroBased(s)),
                scope.dims(ConvSpec.array(s.before())), scope.dims(ConvSpec.array(s.after())),
                scope.attributes(PostOps.NONE));
    }

    private static long[] zeroBased(PoolSpec s) {
        return s.dilation().stream().mapToLong(d -> d - 1).toArray();
    }

    /** The layout of the destination the library prefers for a source laid out like {@code src}. */
    static DnnlLayout preferred(Dnnl dnnl, PoolSpec spec, DnnlLayout src) {
        record Question(PoolSpec spec, DnnlLayout src) { }
        String what = "forward " + spec;
        Compiled c = dnnl.compiled(new Question(spec, src), () -> dnnl.build(what, scope -> forward(dnnl, scope, what, spec,
                scope.desc(src), scope.any(DnnlLayout.plain(spec.dtype(), spec.dstDims())), false),
                Primitive.SRC, Primitive.DST));
        Primitive p = c.acquire();
        try {
            return p.layout(1);
        } finally {
            p.release();
        }
    }

    /** What this operation computes. */
    public PoolSpec spec() {
        return spec;
    }

    /** The library's kernel, for reports. */
    public String implementation() {
        return tasks == 0 ? "empty" : ConvKernels.implementation(forward.main())
                + (training ? ", " + ConvKernels.implementation(backward.main()) : "");
    }

    /** False if the library has only its slow reference kernel for this; a generated kernel is then the better choice. */
    public boolean isOptimized() {
        return !implementation().contains("ref:");
    }

    /** Bytes {@code forward} leaves for {@code backward}; 0 for averages and without training. */
    public long workspaceBytes() {
        return workspaceStride * tasks;
    }

    /** Computes the destination, and the workspace if there is one (else {@code workspace} is ignored). */
    public void forward(long srcAddress, long dstAddress, long workspace) {
        forward.run(dnnl, (p, slot, task, first) -> p.execute(slot, srcAddress + first * src.rowBytes(),
                dstAddress + first * dst.rowBytes(), workspace + task * workspaceStride));
    }

    /**
     * Computes the gradient of the source, zero where no window chose an element.
     *
     * @throws IllegalStateException if the operation was not made for training
     */
    public void backward(long diffDstAddress, long workspace, long diffSrcAddress) {
        if (!training) {
            throw new IllegalStateException("this pooling was made for inference; ask for training = true");
        }
        backward.run(dnnl, (p, slot, task, first) -> p.execute(slot, diffSrcAddress + first * src.rowBytes(),
                diffDstAddress + first * dst.rowBytes(), workspace + task * workspaceStride));
    }
}
