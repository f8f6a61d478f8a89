package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;

/**
 * A compiled layer normalisation over the last axis of dense {@code [rows, cols]}, with scale and shift of {@code cols} F32
 * elements: {@code y = (x - mean) / sqrt(variance + epsilon) * scale + shift}, the variance being that of the row itself
 * (divided by cols). Split over rows; the gradients of scale and shift are added up over tasks in order of the rows.
 */
public final class LayerNorm {
    private static final int FORWARD_TRAINING = 64;
    private static final int BACKWARD = 128;
    private static final int SCALE_AND_SHIFT = 2 | 4;
    private static final double TASK_BYTES = 1 << 17;

    private final Dnnl dnnl;
    private final long rowBytes;
    private final Split.Parts forward;
    private final Split.Parts backward;
    private final PartialSum parameters;

    LayerNorm(Dnnl dnnl, DType dtype, long rows, long cols, float epsilon) {
        this.dnnl = dnnl;
        rowBytes = cols * dtype.bytes();
        Split split = cols == 0 ? Split.whole(0) : Split.of(rows, 2.0 * rowBytes, TASK_BYTES, PartialSum.MAX_PARTS);
        forward = split.compile(n -> compile(dtype, n, cols, epsilon, false));
        backward = split.compile(n -> compile(dtype, n, cols, epsilon, true));
        DnnlLayout vector = DnnlLayout.plain(DType.F32, cols);
        parameters = new PartialSum(dnnl, vector, vector, split.count());
    }

    private Compiled compile(DType dtype, long rows, long cols, float epsilon, boolean back) {
        record Key(DType dtype, long rows, long cols, float epsilon, boolean back) { }
        var key = new Key(dtype, rows, cols, epsilon, back);
        String what = "layer norm " + (back ? "backward " : "") + dtype + " [" + rows + ", " + cols + "]";
        return dnnl.compiled(key, () -> dnnl.build(what, s -> {
            long desc = s.desc(DnnlLayout.plain(dtype, rows, cols));
            long stat = s.desc(DnnlLayout.plain(DType.F32, rows));
            long attr = s.attributes(PostOps.NONE);
            long fwd = Fn.dnnl_layer_normalization_forward_primitive_desc_create.make(what, dnnl.engine(), FORWARD_TRAINING,
                    desc, desc, stat, epsilon, SCALE_AND_SHIFT, attr);
            if (!back) {
                return fwd;
            }
            s.own(Fn.dnnl_primitive_desc_destroy, fwd);
            return Fn.dnnl_layer_normalization_backward_primitive_desc_create.make(what, dnnl.engine(), BACKWARD, desc, desc,
                    desc, stat, epsilon, SCALE_AND_SHIFT, fwd, attr);
        }, back
                ? new int[] {Primitive.SRC, Primitive.SCALE, Primitive.MEAN, Primitive.VARIANCE, Primitive.DIFF_DST,
                    Primitive.DIFF_SRC, Primitive.DIFF_SCALE, Primitive.DIFF_SHIFT}
                : new int[] {Primitive.SRC, Primitive.SCALE, Primitive.SHIFT, Primitive.DST, Primitive.MEAN,
                    Primitive.VARIANCE}));
    }

    /** Computes y and, for the backward pass, mean and variance of each row (F32). */
    public void forward(long x, long scale, long shift, long y, long mean, long variance) {
        forward.run(dnnl, (p, slot, task, first) -> p.execute(slot, x + first * rowBytes, scale, shift,
                y + first * rowBytes, mean + 4 * first, variance + 4 * first));
    }

    /** Computes the gradients of x, scale and shift. */
    public void backward(long x, long scale, long mean, long variance, long gy, long gx, long gScale, long gShift) {
        Slot own = dnnl.takeSlot();
        try {
            long scales = parameters.begin(own, Slot.Use.FIRST, gScale);
            long shifts = parameters.begin(own, Slot.Use.SECOND, gShift);
            backward.run(dnnl, (p, slot, task, first) -> p.execute(slot, x + first * rowBytes, scale, mean + 4 * first,
                    variance + 4 * first, gy + first * rowBytes, gx + first * rowBytes, parameters.part(scales, task),
                    parameters.part(shifts, task)));
            parameters.finish(own, Slot.Use.THIRD, scales, gScale);
            parameters.finish(own, Slot.Use.THIRD, shifts, gShift);
        } finally {
            dnnl.giveSlot(own);
        }
    }
}
