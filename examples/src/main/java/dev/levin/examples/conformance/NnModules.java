package dev.levin.examples.conformance;

import dev.levin.nn.BatchNorm1d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.BatchNorm3d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.DecoderMasks;
import dev.levin.nn.Functional;
import dev.levin.nn.GRU;
import dev.levin.nn.GRUCell;
import dev.levin.nn.InstanceNorm1d;
import dev.levin.nn.InstanceNorm2d;
import dev.levin.nn.InstanceNorm3d;
import dev.levin.nn.LSTM;
import dev.levin.nn.LSTMCell;
import dev.levin.nn.Layer;
import dev.levin.nn.LayerNorm;
import dev.levin.nn.Module;
import dev.levin.nn.MultiheadAttention;
import dev.levin.nn.PackedSequence;
import dev.levin.nn.PaddingMode;
import dev.levin.nn.RNN;
import dev.levin.nn.RNNCell;
import dev.levin.nn.RnnOptions;
import dev.levin.nn.TransformerDecoderLayer;
import dev.levin.nn.TransformerEncoder;
import dev.levin.nn.TransformerEncoderLayer;
import dev.levin.nn.TransformerOptions;
import dev.levin.nn.Unflatten;
import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** PyTorch's module names as modules of {@code dev.levin.nn}, made from its constructor arguments. */
final class NnModules {
    private final OpTable table;

    private NnModules(OpTable table) {
        this.table = table;
    }

    static void register(OpTable table) {
        NnModules m = new NnModules(table);
        m.layers();
        m.recurrent();
        m.attention();
    }

    private void layer(String name, Function<Args, Layer> make) {
        table.module("nn." + name, a -> {
            Layer l = make.apply(a);
            return new LayerCall.Built(l, c -> List.of(l.forward(c.t(0))));
        });
    }

    /** The momentum of a batch norm: null in the corpus means the plain mean. */
    private static Double momentum(Args a) {
        return a.names("momentum") ? a.f("momentum") : (Double) 0.1;
    }

    private void layers() {
        layer("Conv2d", a -> new Conv2d(a.i("in_channels", 1), a.i("out_channels", 1), a.ints("kernel_size"),
                ConvOptions.stride(a.ints("stride", 1)).padding(NnFunctions.padding(a)).dilation(a.ints("dilation", 1)).groups(a.i("groups", 1))
                        .bias(a.flag("bias", true)).paddingMode(PaddingMode.valueOf(a.text("padding_mode", "zeros").toUpperCase(Locale.ROOT)))));
        layer("Unflatten", a -> new Unflatten(a.i("dim", 1), a.ints("unflattened_size")));
        layer("BatchNorm1d", a -> new BatchNorm1d(a.i("num_features", 1), a.f("eps", 1e-5), momentum(a), a.flag("affine", true),
                a.flag("track_running_stats", true)));
        layer("BatchNorm2d", a -> new BatchNorm2d(a.i("num_features", 1), a.f("eps", 1e-5), momentum(a), a.flag("affine", true),
                a.flag("track_running_stats", true)));
        layer("BatchNorm3d", a -> new BatchNorm3d(a.i("num_features", 1), a.f("eps", 1e-5), momentum(a), a.flag("affine", true),
                a.flag("track_running_stats", true)));
        layer("InstanceNorm1d", a -> new InstanceNorm1d(a.i("num_features", 1), a.f("eps", 1e-5), a.f("momentum", 0.1), a.flag("affine", false),
                a.flag("track_running_stats", false)));
        layer("InstanceNorm2d", a -> new InstanceNorm2d(a.i("num_features", 1), a.f("eps", 1e-5), a.f("momentum", 0.1), a.flag("affine", false),
                a.flag("track_running_stats", false)));
        layer("InstanceNorm3d", a -> new InstanceNorm3d(a.i("num_features", 1), a.f("eps", 1e-5), a.f("momentum", 0.1), a.flag("affine", false),
                a.flag("track_running_stats", false)));
    }

    private static RnnOptions options(Args a) {
        RnnOptions o = RnnOptions.layers(a.i("num_layers", 1)).bias(a.flag("bias", true)).dropout(a.f("dropout", 0)).projSize(a.i("proj_size", 0));
        o = a.flag("batch_first", false) ? o.batchFirst() : o;
        return a.flag("bidirectional", false) ? o.bidirectional() : o;
    }

    private static PackedSequence packed(Args a) {
        return a.flag("batch_first", false) ? PackedSequence.packBatchFirst(a.t(0), a.ints("lengths")) : PackedSequence.pack(a.t(0), a.ints("lengths"));
    }

    private void recurrent() {
        table.module("nn.RNN", a -> {
            RNN m = new RNN(a.i("input_size", 1), a.i("hidden_size", 1), options(a), a.text("nonlinearity", "tanh").equals("relu"));
            return new LayerCall.Built(m, c -> {
                RNN.Output o = c.has("lengths") ? m.forward(packed(c)) : c.count() > 1 ? m.forward(c.t(0), c.t(1)) : m.forward(c.t(0));
                return List.of(o.output(), o.hidden());
            });
        });
        table.module("nn.GRU", a -> {
            GRU m = new GRU(a.i("input_size", 1), a.i("hidden_size", 1), options(a));
            return new LayerCall.Built(m, c -> {
                GRU.Output o = c.has("lengths") ? m.forward(packed(c)) : c.count() > 1 ? m.forward(c.t(0), c.t(1)) : m.forward(c.t(0));
                return List.of(o.output(), o.hidden());
            });
        });
        table.module("nn.LSTM", a -> {
            LSTM m = new LSTM(a.i("input_size", 1), a.i("hidden_size", 1), options(a));
            return new LayerCall.Built(m, c -> {
                LSTM.Output o = c.has("lengths") ? m.forward(packed(c))
                        : c.count() > 1 ? m.forward(c.t(0), c.t(1), c.t(2)) : m.forward(c.t(0));
                return List.of(o.output(), o.hidden(), o.cell());
            });
        });
        table.module("nn.RNNCell", a -> {
            RNNCell m = new RNNCell(a.i("input_size", 1), a.i("hidden_size", 1), a.flag("bias", true), a.text("nonlinearity", "tanh").equals("relu"));
            return new LayerCall.Built(m, c -> List.of(c.count() > 1 ? m.forward(c.t(0), c.t(1)) : m.forward(c.t(0))));
        });
        table.module("nn.GRUCell", a -> {
            GRUCell m = new GRUCell(a.i("input_size", 1), a.i("hidden_size", 1), a.flag("bias", true));
            return new LayerCall.Built(m, c -> List.of(c.count() > 1 ? m.forward(c.t(0), c.t(1)) : m.forward(c.t(0))));
        });
        table.module("nn.LSTMCell", a -> {
            LSTMCell m = new LSTMCell(a.i("input_size", 1), a.i("hidden_size", 1), a.flag("bias", true));
            return new LayerCall.Built(m, c -> {
                LSTMCell.Output o = c.count() > 1 ? m.forward(c.t(0), c.t(1), c.t(2)) : m.forward(c.t(0));
                return List.of(o.hidden(), o.cell());
            });
        });
    }

    private static TransformerOptions transformer(Args a) {
        TransformerOptions o = TransformerOptions.DEFAULT.bias(a.flag("bias", true)).dimFeedforward(a.i("dim_feedforward", 2048)).dropout(a.f("dropout", 0.1))
                .layerNormEps(a.f("layer_norm_eps", 1e-5)).activation(a.text("activation", "relu").equals("gelu") ? Functional::gelu : Functional::relu);
        o = a.flag("batch_first", false) ? o.batchFirst() : o;
        return a.flag("norm_first", false) ? o.normFirst() : o;
    }

    private static LayerCall.Built built(Module m, OpCall call) {
        return new LayerCall.Built(m, call);
    }

    private void attention() {
        table.module("nn.MultiheadAttention", a -> {
            int e = a.i("embed_dim", 1);
            MultiheadAttention m = new MultiheadAttention(e, a.i("num_heads", 1), a.f("dropout", 0), a.flag("bias", true), a.flag("add_bias_kv", false),
                    a.flag("add_zero_attn", false), a.i("kdim", e), a.i("vdim", e), a.flag("batch_first", false));
            return built(m, c -> {
                Args call = c.nested("call");
                Tensor q = c.t("query");
                Tensor k = c.count() == 1 ? q : c.t("key");
                Tensor v = c.count() == 1 ? q : c.t("value");
                var o = m.forward(q, k, v, c.t("key_padding_mask"), c.t("attn_mask"), call.flag("average_attn_weights", true), false);
                return c.count() > 1 && call.flag("need_weights", true) ? List.of(o.output(), o.weights()) : List.of(o.output());
            });
        });
        table.module("nn.TransformerEncoderLayer", a -> {
            var m = new TransformerEncoderLayer(a.i("d_model", 1), a.i("nhead", 1), transformer(a));
            return built(m, c -> List.of(m.forward(c.t(0), c.t("src_mask"), c.t("src_key_padding_mask"), false)));
        });
        table.module("nn.TransformerDecoderLayer", a -> {
            var m = new TransformerDecoderLayer(a.i("d_model", 1), a.i("nhead", 1), transformer(a));
            return built(m, c -> List.of(m.forward(c.t(0), c.t(1), new DecoderMasks(c.t("tgt_mask"), c.t("memory_mask"),
                    c.t("tgt_key_padding_mask"), c.t("memory_key_padding_mask"), false))));
        });
        table.module("nn.TransformerEncoder", a -> {
            Args l = a.nested("layer");
            var m = new TransformerEncoder(() -> new TransformerEncoderLayer(l.i("d_model", 1), l.i("nhead", 1), transformer(l)),
                    a.i("num_layers", 1), new LayerNorm(l.i("d_model", 1)));
            return built(m, c -> List.of(m.forward(c.t(0), c.t("mask"), c.t("src_key_padding_mask"), false)));
        });
    }
}
