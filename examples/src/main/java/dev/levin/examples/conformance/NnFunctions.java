package dev.levin.examples.conformance;

import dev.levin.nn.BagMode;
import dev.levin.nn.Functional;
import dev.levin.nn.Interpolation;
import dev.levin.nn.Losses;
import dev.levin.nn.Padding;
import dev.levin.nn.PaddingMode;
import dev.levin.nn.Reduction;
import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** PyTorch's functional names as calls of {@link Functional} and {@link Losses}. */
final class NnFunctions {
    private final OpTable table;

    private NnFunctions(OpTable table) {
        this.table = table;
    }

    static void register(OpTable table) {
        NnFunctions f = new NnFunctions(table);
        f.linear();
        f.convolution();
        f.pooling();
        f.activations();
        f.norms();
        f.others();
        f.losses();
    }

    private void one(String name, Function<Args, Tensor> f) {
        table.one("F." + name, f);
    }

    private void linear() {
        one("linear", a -> Functional.linear(a.t(0), a.t(1), a.t(2)));
        one("bilinear", a -> Functional.bilinear(a.t(0), a.t(1), a.t(2), a.t(3)));
        one("pad", a -> Functional.pad(a.t(0), a.ints("pad"),
                PaddingMode.valueOf(a.text("mode", "constant").replace("constant", "zeros").toUpperCase(Locale.ROOT)), a.f("value", 0)));
        one("pixel_shuffle", a -> Functional.pixelShuffle(a.t(0), a.i("upscale_factor", 1)));
        one("pixel_unshuffle", a -> Functional.pixelUnshuffle(a.t(0), a.i("downscale_factor", 1)));
        one("normalize", a -> Functional.normalize(a.t(0), a.f("p", 2), a.i("dim", 1), a.f("eps", 1e-12)));
    }

    static Padding padding(Args a) {
        return switch (a.text("padding", "")) {
            case "same" -> Padding.SAME;
            case "valid" -> Padding.VALID;
            default -> Padding.of(a.ints("padding", 0));
        };
    }

    private void convolution() {
        one("conv1d", a -> Functional.conv1d(a.t(0), a.t(1), a.t(2), a.ints("stride", 1), padding(a), a.ints("dilation", 1), a.i("groups", 1)));
        one("conv2d", a -> Functional.conv2d(a.t(0), a.t(1), a.t(2), a.ints("stride", 1), padding(a), a.ints("dilation", 1), a.i("groups", 1)));
        one("conv3d", a -> Functional.conv3d(a.t(0), a.t(1), a.t(2), a.ints("stride", 1), padding(a), a.ints("dilation", 1), a.i("groups", 1)));
        one("conv_transpose1d", a -> Functional.convTranspose1d(a.t(0), a.t(1), a.t(2), a.ints("stride", 1), a.ints("padding", 0),
                a.ints("output_padding", 0), a.i("groups", 1), a.ints("dilation", 1)));
        one("conv_transpose2d", a -> Functional.convTranspose2d(a.t(0), a.t(1), a.t(2), a.ints("stride", 1), a.ints("padding", 0),
                a.ints("output_padding", 0), a.i("groups", 1), a.ints("dilation", 1)));
        one("conv_transpose3d", a -> Functional.convTranspose3d(a.t(0), a.t(1), a.t(2), a.ints("stride", 1), a.ints("padding", 0),
                a.ints("output_padding", 0), a.i("groups", 1), a.ints("dilation", 1)));
        one("unfold", a -> Functional.unfold(a.t(0), a.ints("kernel_size"), a.ints("dilation", 1), a.ints("padding", 0), a.ints("stride", 1)));
        one("fold", a -> Functional.fold(a.t(0), a.ints("output_size"), a.ints("kernel_size"), a.ints("dilation", 1), a.ints("padding", 0),
                a.ints("stride", 1)));
    }

    private interface Pool {
        Functional.Pooled apply(Tensor x, int[] kernel, int[] stride, int[] padding, int[] dilation, boolean ceil);
    }

    private interface AdaptivePool {
        Functional.Pooled apply(Tensor x, int... outputSize);
    }

    private void maxPool(String name, Pool f) {
        table.many("F." + name, a -> indexed(a, f.apply(a.t(0), a.ints("kernel_size"), a.ints("stride"), a.ints("padding", 0),
                a.ints("dilation", 1), a.flag("ceil_mode", false))));
    }

    private void adaptiveMaxPool(String name, AdaptivePool f) {
        table.many("F." + name, a -> indexed(a, f.apply(a.t(0), a.ints("output_size"))));
    }

    private static List<Tensor> indexed(Args a, Functional.Pooled p) {
        return a.flag("return_indices", false) ? List.of(p.output(), p.indices()) : List.of(p.output());
    }

    private void pooling() {
        maxPool("max_pool1d", Functional::maxPool1dWithIndices);
        maxPool("max_pool2d", Functional::maxPool2dWithIndices);
        maxPool("max_pool3d", Functional::maxPool3dWithIndices);
        adaptiveMaxPool("adaptive_max_pool1d", Functional::adaptiveMaxPool1dWithIndices);
        adaptiveMaxPool("adaptive_max_pool2d", Functional::adaptiveMaxPool2dWithIndices);
        adaptiveMaxPool("adaptive_max_pool3d", Functional::adaptiveMaxPool3dWithIndices);
        one("avg_pool1d", a -> Functional.avgPool1d(a.t(0), a.ints("kernel_size"), a.ints("stride"), a.ints("padding", 0), a.flag("ceil_mode", false),
                a.flag("count_include_pad", true)));
        one("avg_pool2d", a -> Functional.avgPool2d(a.t(0), a.ints("kernel_size"), a.ints("stride"), a.ints("padding", 0), a.flag("ceil_mode", false),
                a.flag("count_include_pad", true), a.i("divisor_override", 0)));
        one("avg_pool3d", a -> Functional.avgPool3d(a.t(0), a.ints("kernel_size"), a.ints("stride"), a.ints("padding", 0), a.flag("ceil_mode", false),
                a.flag("count_include_pad", true), a.i("divisor_override", 0)));
        one("adaptive_avg_pool1d", a -> Functional.adaptiveAvgPool1d(a.t(0), a.ints("output_size")));
        one("adaptive_avg_pool2d", a -> Functional.adaptiveAvgPool2d(a.t(0), a.ints("output_size")));
        one("adaptive_avg_pool3d", a -> Functional.adaptiveAvgPool3d(a.t(0), a.ints("output_size")));
        one("lp_pool1d", a -> Functional.lpPool1d(a.t(0), a.f("norm_type", 2), a.ints("kernel_size"), a.ints("stride"), a.flag("ceil_mode", false)));
        one("lp_pool2d", a -> Functional.lpPool2d(a.t(0), a.f("norm_type", 2), a.ints("kernel_size"), a.ints("stride"), a.flag("ceil_mode", false)));
    }

    private void activations() {
        one("relu", a -> Functional.relu(a.t(0)));
        one("relu6", a -> Functional.relu6(a.t(0)));
        one("leaky_relu", a -> Functional.leakyRelu(a.t(0), a.f("negative_slope", 0.01)));
        one("elu", a -> Functional.elu(a.t(0), a.f("alpha", 1)));
        one("selu", a -> Functional.selu(a.t(0)));
        one("celu", a -> Functional.celu(a.t(0), a.f("alpha", 1)));
        one("gelu", a -> a.text("approximate", "none").equals("tanh") ? Functional.geluTanh(a.t(0)) : Functional.gelu(a.t(0)));
        one("silu", a -> Functional.silu(a.t(0)));
        one("mish", a -> Functional.mish(a.t(0)));
        one("hardswish", a -> Functional.hardswish(a.t(0)));
        one("hardsigmoid", a -> Functional.hardsigmoid(a.t(0)));
        one("hardtanh", a -> Functional.hardtanh(a.t(0), a.f("min_val", -1), a.f("max_val", 1)));
        one("softplus", a -> Functional.softplus(a.t(0), a.f("beta", 1), a.f("threshold", 20)));
        one("softsign", a -> Functional.softsign(a.t(0)));
        one("tanhshrink", a -> Functional.tanhshrink(a.t(0)));
        one("softshrink", a -> Functional.softshrink(a.t(0), a.f("lambd", 0.5)));
        one("hardshrink", a -> Functional.hardshrink(a.t(0), a.f("lambd", 0.5)));
        one("logsigmoid", a -> Functional.logsigmoid(a.t(0)));
        one("threshold", a -> Functional.threshold(a.t(0), a.f("threshold", 0), a.f("value", 0)));
        one("prelu", a -> Functional.prelu(a.t(0), a.t(1)));
        one("glu", a -> Functional.glu(a.t(0), a.i("dim", -1)));
        one("softmax", a -> Functional.softmax(a.t(0), a.i("dim", -1)));
        one("log_softmax", a -> Functional.logSoftmax(a.t(0), a.i("dim", -1)));
        one("softmin", a -> Functional.softmin(a.t(0), a.i("dim", -1)));
        one("dropout", a -> Functional.dropout(a.t(0), a.f("p", 0.5), a.flag("training", true)));
    }

    private void norms() {
        one("layer_norm", a -> Functional.layerNorm(a.t(0), a.ints("normalized_shape"), a.t(1), a.t(2), a.f("eps", 1e-5)));
        one("group_norm", a -> Functional.groupNorm(a.t(0), a.i("num_groups", 1), a.t(1), a.t(2), a.f("eps", 1e-5)));
        one("local_response_norm", a -> Functional.localResponseNorm(a.t(0), a.i("size", 1), a.f("alpha", 1e-4), a.f("beta", 0.75), a.f("k", 1)));
        table.one("rms_norm", a -> Functional.rmsNorm(a.t(0), new int[] {a.t(0).size(-1)}, a.t(1), a.f("eps", 1e-6)));
    }

    private void others() {
        one("scaled_dot_product_attention", a -> Functional.scaledDotProductAttention(a.t(0), a.t(1), a.t(2), a.t("attn_mask"), 0,
                a.flag("is_causal", false), a.f("scale")));
        one("embedding", a -> Functional.embedding(a.t(0), a.t(1), a.has("padding_idx") ? (Integer) a.i("padding_idx", 0) : null,
                a.f("max_norm"), a.f("norm_type", 2), a.flag("scale_grad_by_freq", false)));
        one("embedding_bag", a -> Functional.embeddingBag(a.t(0), a.t(1), a.t("offsets") == null ? a.t(2) : a.t("offsets"),
                BagMode.valueOf(a.text("mode", "mean").toUpperCase(Locale.ROOT)), a.t("per_sample_weights"),
                a.flag("include_last_offset", false), a.has("padding_idx") ? (Integer) a.i("padding_idx", 0) : null));
        one("one_hot", a -> a.i("num_classes", -1) < 0 ? Functional.oneHot(a.t(0)) : Functional.oneHot(a.t(0), a.i("num_classes", -1)));
        one("interpolate", a -> {
            Interpolation mode = Interpolation.valueOf(a.text("mode", "nearest").toUpperCase(Locale.ROOT).replace('-', '_'));
            boolean align = a.flag("align_corners", false);
            boolean antialias = a.flag("antialias", false);
            return a.raw("size") != null ? Functional.interpolate(a.t(0), a.ints("size"), mode, align, antialias)
                    : Functional.interpolate(a.t(0), a.doubles("scale_factor"), mode, align, a.flag("recompute_scale_factor", false), antialias);
        });
        one("grid_sample", a -> Functional.gridSample(a.t(0), a.t(1), Functional.SampleMode.valueOf(a.text("mode", "bilinear").toUpperCase(Locale.ROOT)),
                Functional.SamplePadding.valueOf(a.text("padding_mode", "zeros").toUpperCase(Locale.ROOT)), a.flag("align_corners", false)));
        one("affine_grid", a -> Functional.affineGrid(a.t(0), a.ints("size"), a.flag("align_corners", false)));
        one("cosine_similarity", a -> Functional.cosineSimilarity(a.t(0), a.t(1), a.i("dim", 1), a.f("eps", 1e-8)));
        one("pairwise_distance", a -> Functional.pairwiseDistance(a.t(0), a.t(1), a.f("p", 2), a.f("eps", 1e-6), a.flag("keepdim", false)));
    }

    private static Reduction reduction(Args a) {
        return switch (a.text("reduction", "mean")) {
            case "none" -> Reduction.NONE;
            case "sum" -> Reduction.SUM;
            case "batchmean" -> Reduction.BATCH_MEAN;
            default -> Reduction.MEAN;
        };
    }

    private void losses() {
        one("mse_loss", a -> Losses.mse(a.t(0), a.t(1), reduction(a)));
        one("l1_loss", a -> Losses.l1(a.t(0), a.t(1), reduction(a)));
        one("smooth_l1_loss", a -> Losses.smoothL1(a.t(0), a.t(1), reduction(a), a.f("beta", 1)));
        one("huber_loss", a -> Losses.huber(a.t(0), a.t(1), reduction(a), a.f("delta", 1)));
        one("binary_cross_entropy", a -> Losses.bce(a.t(0), a.t(1), a.t("weight"), reduction(a)));
        one("binary_cross_entropy_with_logits", a -> Losses.bceWithLogits(a.t(0), a.t(1), a.t("weight"), reduction(a), a.t("pos_weight")));
        one("soft_margin_loss", a -> Losses.softMargin(a.t(0), a.t(1), reduction(a)));
        one("hinge_embedding_loss", a -> Losses.hingeEmbedding(a.t(0), a.t(1), a.f("margin", 1), reduction(a)));
        one("poisson_nll_loss", a -> Losses.poissonNll(a.t(0), a.t(1), a.flag("log_input", true), a.flag("full", false), a.f("eps", 1e-8), reduction(a)));
        one("gaussian_nll_loss", a -> Losses.gaussianNll(a.t(0), a.t(1), a.t(2), a.flag("full", false), a.f("eps", 1e-6), reduction(a)));
        one("kl_div", a -> Losses.klDiv(a.t(0), a.t(1), reduction(a), a.flag("log_target", false)));
        one("cross_entropy", a -> Losses.crossEntropy(a.t(0), a.t(1), a.t("weight"), a.i("ignore_index", -100), reduction(a), a.f("label_smoothing", 0)));
        one("nll_loss", a -> Losses.nll(a.t(0), a.t(1), a.t("weight"), a.i("ignore_index", -100), reduction(a)));
        one("cosine_embedding_loss", a -> Losses.cosineEmbedding(a.t(0), a.t(1), a.t(2), a.f("margin", 0), reduction(a)));
        one("margin_ranking_loss", a -> Losses.marginRanking(a.t(0), a.t(1), a.t(2), a.f("margin", 0), reduction(a)));
        one("triplet_margin_loss", a -> Losses.tripletMargin(a.t(0), a.t(1), a.t(2), a.f("margin", 1), a.f("p", 2), a.f("eps", 1e-6),
                a.flag("swap", false), reduction(a)));
        one("multi_margin_loss", a -> Losses.multiMargin(a.t(0), a.t(1), a.i("p", 1), a.f("margin", 1), a.t("weight"), reduction(a)));
        one("multilabel_soft_margin_loss", a -> Losses.multilabelSoftMargin(a.t(0), a.t(1), a.t("weight"), reduction(a)));
        one("multilabel_margin_loss", a -> Losses.multilabelMargin(a.t(0), a.t(1), reduction(a)));
        one("ctc_loss", a -> Losses.ctc(a.t(0).logSoftmax(-1), a.t(1), a.t(2), a.t(3), a.i("blank", 0), reduction(a), a.flag("zero_infinity", false)));
    }
}
