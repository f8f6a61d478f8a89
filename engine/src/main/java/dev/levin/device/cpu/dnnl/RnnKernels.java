package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.device.cpu.dnnl.RnnSpec.Cell;
import dev.levin.type.DType;

/** Builds the library's primitives for a recurrent layer. */
final class RnnKernels {
    /** Positions of the arguments of both primitives; those of the gradients follow in the backward one. */
    static final int X = 0;
    static final int H0 = 1;
    static final int C0 = 2;
    static final int W_INPUT = 3;
    static final int W_HIDDEN = 4;
    static final int BIAS = 5;
    static final int Y = 6;
    static final int HN = 7;
    static final int CN = 8;
    static final int WORKSPACE = 9;
    static final int GRADIENTS = 10;

    private static final int[] FORWARD_ARGS = {Primitive.SRC, Primitive.SRC_1, Primitive.SRC_2, Primitive.WEIGHTS,
        Primitive.WEIGHTS_1, Primitive.BIAS, Primitive.DST, Primitive.DST_1, Primitive.DST_2, Primitive.WORKSPACE};
    private static final int[] BACKWARD_ARGS = {Primitive.SRC, Primitive.SRC_1, Primitive.SRC_2, Primitive.WEIGHTS,
        Primitive.WEIGHTS_1, Primitive.BIAS, Primitive.DST, Primitive.DST_1, Primitive.DST_2, Primitive.WORKSPACE,
        Primitive.DIFF_SRC, Primitive.DIFF_SRC_1, Primitive.DIFF_SRC_2, Primitive.DIFF_WEIGHTS, Primitive.DIFF_WEIGHTS_1,
        Primitive.DIFF_BIAS, Primitive.DIFF_DST, Primitive.DIFF_DST_1, Primitive.DIFF_DST_2};

    private static final int FORWARD_TRAINING = 64;
    private static final int FORWARD_INFERENCE = 96;
    private static final int BACKWARD = 128;
    private static final int LEFT_TO_RIGHT = 1;
    private static final int RIGHT_TO_LEFT = 2;
    private static final int OVERWRITE_WEIGHT_GRADIENTS = 1;
    private static final int RELU = 0x20;
    private static final int TANH = 0x21;

    private RnnKernels() {
    }

    /** Sequences {@code [T, rows, features]} inside {@code [T, batch, features]}. */
    static DnnlLayout sequences(RnnSpec whole, long rows, long features) {
        return DnnlLayout.strided(DType.F32, new long[] {whole.time(), rows, features},
                new long[] {whole.batch() * features, features, 1});
    }

    private static DnnlLayout state(RnnSpec s) {
        return DnnlLayout.plain(DType.F32, 1, 1, s.batch(), s.hidden());
    }

    /** PyTorch's {@code [G H, features]} in the library's logical order {@code [1, 1, features, G, H]}. */
    static DnnlLayout weights(RnnSpec s, long features) {
        long gates = s.cell().gates();
        return DnnlLayout.strided(DType.F32, new long[] {1, 1, features, gates, s.hidden()},
                new long[] {gates * s.hidden() * features, gates * s.hidden() * features, 1, s.hidden() * features, features});
    }

    /** The library's bias: one vector a gate, and for GRU a fourth for the hidden part of n. */
    static DnnlLayout bias(RnnSpec s) {
        return DnnlLayout.plain(DType.F32, 1, 1, s.cell() == Cell.GRU ? 4 : s.cell().gates(), s.hidden());
    }

    static Compiled compile(Dnnl dnnl, RnnSpec whole, long rows, boolean training, boolean back) {
        record Key(RnnSpec whole, long rows, boolean training, boolean back) { }
        return dnnl.compiled(new Key(whole, rows, training, back), () -> {
            String what = (back ? "backward " : "forward ") + whole.withBatch(rows);
            return dnnl.build(what, s -> describe(dnnl, s, what, whole, rows, training, back),
                    back ? BACKWARD_ARGS : FORWARD_ARGS);
        });
    }

    private static long describe(Dnnl dnnl, DescriptorScope s, String what, RnnSpec whole, long rows, boolean training,
            boolean back) {
        RnnSpec part = whole.withBatch(rows);
        boolean lstm = part.cell() == Cell.LSTM;
        long x = s.desc(sequences(whole, rows, part.input()));
        long y = s.desc(sequences(whole, rows, part.hidden()));
        long h = s.desc(state(part));
        long c = lstm ? h : 0;
        long wi = s.any(weights(part, part.input()));
        long wh = s.any(weights(part, part.hidden()));
        long b = s.desc(bias(part));
        int direction = part.reverse() ? RIGHT_TO_LEFT : LEFT_TO_RIGHT;
        int prop = training || back ? FORWARD_TRAINING : FORWARD_INFERENCE;
        long attr = s.attributes(PostOps.NONE);
        long engine = dnnl.engine();
        int activation = part.cell() == Cell.RNN_RELU ? RELU : TANH;
        int flag = OVERWRITE_WEIGHT_GRADIENTS;
        long forward = switch (part.cell()) {
            case LSTM -> Fn.dnnl_lstm_forward_primitive_desc_create.make(what, engine, prop, direction, x, h, c, wi, wh, 0L,
                    0L, b, y, h, c, 0, attr);
            case GRU -> Fn.dnnl_lbr_gru_forward_primitive_desc_create.make(what, engine, prop, direction, x, h, wi, wh, b, y,
                    h, 0, attr);
            case RNN_TANH, RNN_RELU -> Fn.dnnl_vanilla_rnn_forward_primitive_desc_create.make(what, engine, prop, activation,
                    direction, x, h, wi, wh, b, y, h, 0, 0f, 0f, attr);
        };
        if (!back) {
            return forward;
        }
        s.own(Fn.dnnl_primitive_desc_destroy, forward);
        return switch (part.cell()) {
            case LSTM -> Fn.dnnl_lstm_backward_primitive_desc_create.make(what, engine, BACKWARD, direction, x, h, c, wi, wh,
                    0L, 0L, b, y, h, c, x, h, c, wi, wh, 0L, 0L, b, y, h, c, flag, forward, attr);
            case GRU -> Fn.dnnl_lbr_gru_backward_primitive_desc_create.make(what, engine, BACKWARD, direction, x, h, wi, wh,
                    b, y, h, x, h, wi, wh, b, y, h, flag, forward, attr);
            case RNN_TANH, RNN_RELU -> Fn.dnnl_vanilla_rnn_backward_primitive_desc_create.make(what, engine, BACKWARD,
                    activation, direction, x, h, wi, wh, b, y, h, x, h, wi, wh, b, y, h, flag, 0f, 0f, forward, attr);
        };
    }

    static DnnlLayout layout(Compiled c, int position) {
        Primitive p = c.acquire();
        try {
            return p.layout(position);
        } finally {
            p.release();
        }
    }
}
