package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;

/**
 * A compiled softmax or log-softmax over the last axis of dense {@code [rows, cols]}, split over rows.
 *
 * <p>A row with a NaN has NaN in its result, but unlike PyTorch's not everywhere.
 */
public final class Softmax {
    private static final int FORWARD_TRAINING = 64;
    private static final int ACCURATE = 0x30000;
    private static final int LOG = 0x30001;
    private static final double TASK_BYTES = 1 << 17;
    private static final int MAX_TASKS = 64;

    private final Dnnl dnnl;
    private final long rowBytes;
    private final Split.Parts forward;
    private final Split.Parts backward;

    Softmax(Dnnl dnnl, DType dtype, long rows, long cols, boolean log) {
        this.dnnl = dnnl;
        rowBytes = cols * dtype.bytes();
        Split split = cols == 0 ? Split.whole(0) : Split.of(rows, 2.0 * rowBytes, TASK_BYTES, MAX_TASKS);
        forward = split.compile(n -> compile(dtype, n, cols, log, false));
        backward = split.compile(n -> compile(dtype, n, cols, log, true));
    }

    private Compiled compile(DType dtype, long rows, long cols, boolean log, boolean back) {
        record Key(DType dtype, long rows, long cols, boolean log, boolean back) { }
        var key = new Key(dtype, rows, cols, log, back);
        String what = (log ? "log-softmax " : "softmax ") + (back ? "backward " : "") + dtype + " [" + rows + ", " + cols + "]";
        int algorithm = log ? LOG : ACCURATE;
        return dnnl.compiled(key, () -> dnnl.build(what, s -> {
            long desc = s.desc(DnnlLayout.plain(dtype, rows, cols));
            long attr = s.attributes(PostOps.NONE);
            long fwd = Fn.dnnl_softmax_forward_primitive_desc_create.make(what, dnnl.engine(), FORWARD_TRAINING, algorithm,
                    desc, desc, 1, attr);
            if (!back) {
                return fwd;
            }
            s.own(Fn.dnnl_primitive_desc_destroy, fwd);
            return Fn.dnnl_softmax_backward_primitive_desc_create.make(what, dnnl.engine(), algorithm, desc, desc, desc, 1,
                    fwd, attr);
        }, back ? new int[] {Primitive.DST, Primitive.DIFF_DST, Primitive.DIFF_SRC}
                : new int[] {Primitive.SRC, Primitive.DST}));
    }

    /** {@code y = softmax(x)}; x and y may be the same memory. */
    public void forward(long x, long y) {
        forward.run(dnnl, (p, slot, task, first) -> p.execute(slot, x + first * rowBytes, y + first * rowBytes));
    }

    /** The gradient of x from the result y and its gradient; gy and gx may be the same memory. */
    public void backward(long y, long gy, long gx) {
        backward.run(dnnl, (p, slot, task, first) -> p.execute(slot, y + first * rowBytes, gy + first * rowBytes,
                gx + first * rowBytes));
    }
}
