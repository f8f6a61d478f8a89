package dev.levin.nn;

import dev.levin.graph.ConvAttr;
import dev.levin.graph.Nodes;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Linear maps and convolutions. Arrays of geometry hold one value for all spatial axes or one per axis. */
abstract class ConvFunctions extends ActivationFunctions {
    private static final int[] ONE = {1};
    private static final Object[] LINEAR = {"linear"};
    private static final Object[] CONV = {"conv"};

    public static Tensor linear(Tensor input, Tensor weight) {
        return linear(input, weight, null);
    }

    /**
     * {@code input * weight^T + bias}: [..., in] x [out, in] to [..., out]; {@code bias} [out] may be null.
     *
     * @throws IllegalArgumentException if the last axis of the input is not {@code in}
     */
    public static Tensor linear(Tensor input, Tensor weight, Tensor bias) {
        if (input.dim() == 0 || weight.dim() < 1 || input.size(-1) != weight.size(-1)) {
            throw new IllegalArgumentException("linear: the last axis of the input " + input.shape() + " must be "
                    + weight.size(-1) + ", the in_features of the weight " + weight.shape() + Args.at());
        }
        return Args.repeated(LINEAR, Args.NO_WORDS, () -> product(input, weight, bias), input, weight, bias);
    }

    private static Tensor product(Tensor input, Tensor weight, Tensor bias) {
        Tensor product = input.matmul(weight.t());
        Tensor b = bias == null ? null : bias.to(product.dtype());
        Tensor y = b == null ? product : product.add(b);
        return weight.dim() == 2 ? Args.named("Linear", y, Map.of(), input, weight, b) : y;
    }

    /** y_o = x1^T W_o x2 + b_o: [..., in1], [..., in2], weight [out, in1, in2]. */
    public static Tensor bilinear(Tensor x1, Tensor x2, Tensor weight, Tensor bias) {
        int out = weight.size(0);
        int in1 = weight.size(1);
        int in2 = weight.size(2);
        if (x1.size(-1) != in1 || x2.size(-1) != in2 || !x1.shape().drop(-1).equals(x2.shape().drop(-1))) {
            throw new IllegalArgumentException("bilinear: " + x1.shape() + " and " + x2.shape() + " do not fit the weight "
                    + weight.shape() + Args.at());
        }
        Tensor a = x1.reshape(-1, in1).matmul(weight.permute(1, 0, 2).reshape(in1, out * in2)).reshape(-1, out, in2);
        Tensor y = a.matmul(x2.reshape(-1, in2, 1)).reshape(x1.shape().with(-1, out));
        return bias == null ? y : y.add(bias.to(y.dtype()));
    }

    // ---- convolution --------------------------------------------------------------------------------------------------

    /** Input [N, C, L] or [C, L], weight [O, C / groups, K], bias [O] or null. */
    public static Tensor conv1d(Tensor input, Tensor weight, Tensor bias) {
        return conv(1, input, weight, bias, ONE, Padding.VALID, ONE, 1);
    }

    public static Tensor conv1d(Tensor input, Tensor weight, Tensor bias, int stride, int padding) {
        return conv(1, input, weight, bias, new int[] {stride}, Padding.of(padding), ONE, 1);
    }

    public static Tensor conv1d(Tensor input, Tensor weight, Tensor bias, int[] stride, Padding padding, int[] dilation, int groups) {
        return conv(1, input, weight, bias, stride, padding, dilation, groups);
    }

    /** Input [N, C, H, W] or [C, H, W], weight [O, C / groups, KH, KW], bias [O] or null. */
    public static Tensor conv2d(Tensor input, Tensor weight, Tensor bias) {
        return conv(2, input, weight, bias, ONE, Padding.VALID, ONE, 1);
    }

    public static Tensor conv2d(Tensor input, Tensor weight, Tensor bias, int stride, int padding) {
        return conv(2, input, weight, bias, new int[] {stride}, Padding.of(padding), ONE, 1);
    }

    public static Tensor conv2d(Tensor input, Tensor weight, Tensor bias, int[] stride, Padding padding, int[] dilation, int groups) {
        return conv(2, input, weight, bias, stride, padding, dilation, groups);
    }

    /** Input [N, C, D, H, W] or [C, D, H, W], weight [O, C / groups, KD, KH, KW], bias [O] or null. */
    public static Tensor conv3d(Tensor input, Tensor weight, Tensor bias) {
        return conv(3, input, weight, bias, ONE, Padding.VALID, ONE, 1);
    }

    public static Tensor conv3d(Tensor input, Tensor weight, Tensor bias, int stride, int padding) {
        return conv(3, input, weight, bias, new int[] {stride}, Padding.of(padding), ONE, 1);
    }

    public static Tensor conv3d(Tensor input, Tensor weight, Tensor bias, int[] stride, Padding padding, int[] dilation, int groups) {
        return conv(3, input, weight, bias, stride, padding, dilation, groups);
    }

    static Tensor conv(int d, Tensor input, Tensor weight, Tensor bias, int[] stride, Padding padding, int[] dilation, int groups) {
        checkWeight("conv" + d + "d", d, input, weight, weight.dim() == d + 2 ? weight.size(1) * groups : -1, groups);
        Tensor x = input.dim() == d + 1 ? input.unsqueeze(0) : input;
        int[] s = Args.perAxis("stride", stride, d, 1);
        int[] dil = Args.perAxis("dilation", dilation, d, 1);
        int[] kernel = Arrays.copyOfRange(weight.shape().dims(), 2, d + 2);
        int[][] p = padding.resolve(kernel, s, dil);
        return Args.repeated(CONV, Args.words(s, p[0], p[1], dil, new int[] {groups}), () -> {
            DType t = DType.promote(x.dtype(), weight.dtype());
            Tensor y = Tensor.wrap(Nodes.conv(x.to(t).node(), weight.to(t).node(), new ConvAttr(s, p[0], p[1], dil, groups)));
            return finish(y, bias, input.dim() == d + 1);
        }, x, weight, bias);
    }

    private static void checkWeight(String what, int d, Tensor input, Tensor weight, int channels, int groups) {
        Args.needRank(what, input, "[N, C" + ", S".repeat(d) + "] or without N", d + 1, d + 2);
        Args.needRank(what + "'s weight", weight, "a weight of " + (d + 2) + " axes", d + 2);
        if (groups < 1 || weight.size(0) % groups != 0 || input.size(-d - 1) != channels) {
            throw new IllegalArgumentException(what + ": the input " + input.shape() + " has " + input.size(-d - 1)
                    + " channels, but the weight " + weight.shape() + " with groups " + groups + " needs " + channels + Args.at());
        }
    }

    private static Tensor finish(Tensor y, Tensor bias, boolean unbatched) {
        Tensor z = y;
        if (bias != null) {
            Tensor b = bias.to(y.dtype());
            z = Args.named("BiasedConv", y.add(Args.channels(b, y.dim())), Map.of(), y, b);
        }
        return unbatched ? z.squeeze(0) : z;
    }

    /** Input [N, C, L], weight [C, O / groups, K], bias [O] or null. */
    public static Tensor convTranspose1d(Tensor input, Tensor weight, Tensor bias, int[] stride, int[] padding, int[] outputPadding,
            int groups, int[] dilation) {
        return convTranspose(1, input, weight, bias, stride, padding, outputPadding, groups, dilation);
    }

    public static Tensor convTranspose2d(Tensor input, Tensor weight, Tensor bias, int[] stride, int[] padding, int[] outputPadding,
            int groups, int[] dilation) {
        return convTranspose(2, input, weight, bias, stride, padding, outputPadding, groups, dilation);
    }

    public static Tensor convTranspose3d(Tensor input, Tensor weight, Tensor bias, int[] stride, int[] padding, int[] outputPadding,
            int groups, int[] dilation) {
        return convTranspose(3, input, weight, bias, stride, padding, outputPadding, groups, dilation);
    }

    /**
     * The adjoint of a convolution to its input. {@code outputPadding} is the part of the result at its ends that no
     * size of the input would say.
     */
    static Tensor convTranspose(int d, Tensor input, Tensor weight, Tensor bias, int[] stride, int[] padding, int[] outputPadding,
            int groups, int[] dilation) {
        checkWeight("conv_transpose" + d + "d", d, input, weight, weight.size(0), groups);
        Tensor x = input.dim() == d + 1 ? input.unsqueeze(0) : input;
        int[] s = Args.perAxis("stride", stride, d, 1);
        int[] dil = Args.perAxis("dilation", dilation, d, 1);
        int[] before = Args.perAxis("padding", padding, d, 0);
        int[] extra = Args.perAxis("output_padding", outputPadding, d, 0);
        int[] after = new int[d];
        int[] zeros = new int[d + 2];
        int[] out = new int[d + 2];
        out[0] = x.size(0);
        out[1] = weight.size(1) * groups;
        for (int i = 0; i < d; i++) {
            if (extra[i] >= Math.max(s[i], dil[i])) {
                throw new IllegalArgumentException("output_padding must be smaller than stride or dilation, not "
                        + Arrays.toString(extra) + " with stride " + Arrays.toString(s) + Args.at());
            }
            // Padding beyond what was cropped shows nothing but zeros.
            after[i] = Math.max(0, before[i] - extra[i]);
            zeros[2 + i] = Math.max(0, extra[i] - before[i]);
            out[2 + i] = (x.size(2 + i) - 1) * s[i] + dil[i] * (weight.size(2 + i) - 1) + 1 - before[i] - after[i];
            if (out[2 + i] < 1) {
                throw new IllegalArgumentException("conv_transpose of " + x.shape() + " with weight " + weight.shape() + " and padding "
                        + Arrays.toString(before) + " has no output" + Args.at());
            }
        }
        DType t = DType.promote(x.dtype(), weight.dtype());
        Tensor y = Tensor.wrap(Nodes.pad(Nodes.convInputGrad(x.to(t).node(), weight.to(t).node(), Shape.of(out),
                new ConvAttr(s, before, after, dil, groups)), new int[d + 2], zeros, 0));
        return finish(y, bias, input.dim() == d + 1);
    }

    // ---- windows as columns -------------------------------------------------------------------------------------------

    /** im2col: [N, C, H, W] to [N, C * kernel, windows]. */
    public static Tensor unfold(Tensor input, int[] kernelSize, int[] dilation, int[] padding, int[] stride) {
        Args.needRank("unfold", input, "[N, C, H, W] or [C, H, W]", 3, 4);
        Tensor x = input.dim() == 3 ? input.unsqueeze(0) : input;
        int[] k = Args.perAxis("kernel_size", kernelSize, 2, 1);
        int[] dil = Args.perAxis("dilation", dilation, 2, 1);
        int[] p = Args.perAxis("padding", padding, 2, 0);
        int[] s = Args.perAxis("stride", stride, 2, 1);
        int[] pad = {0, 0, p[0], p[1]};
        Tensor w = Tensor.wrap(Nodes.pad(x.node(), pad, pad, 0));
        for (int i = 0; i < 2; i++) {
            int span = dil[i] * (k[i] - 1) + 1;
            Tensor windows = w.unfold(2 + i, span, s[i]);
            w = Tensor.wrap(Nodes.slice(windows.node(), -1, 0, k[i], dil[i]));
        }
        // [N, C, OH, OW, KH, KW]
        Tensor columns = w.permute(0, 1, 4, 5, 2, 3).reshape(x.size(0), x.size(1) * k[0] * k[1], w.size(2) * w.size(3));
        return input.dim() == 3 ? columns.squeeze(0) : columns;
    }

    /** col2im, the adjoint of {@link #unfold}: overlapping windows are summed. */
    public static Tensor fold(Tensor input, int[] outputSize, int[] kernelSize, int[] dilation, int[] padding, int[] stride) {
        Args.needRank("fold", input, "[N, C * kernel, windows] or without N", 2, 3);
        Tensor x = input.dim() == 2 ? input.unsqueeze(0) : input;
        int[] size = Args.perAxis("output_size", outputSize, 2, 1);
        int[] k = Args.perAxis("kernel_size", kernelSize, 2, 1);
        if (x.size(1) % (k[0] * k[1]) != 0) {
            throw new IllegalArgumentException("fold: axis 1 of " + x.shape() + " must be a multiple of the kernel's "
                    + k[0] * k[1] + " elements" + Args.at());
        }
        boolean follow = Grad.isOn();
        Shape image = Shape.of(x.size(0), x.size(1) / (k[0] * k[1]), size[0], size[1]);
        Tensor result;
        // Unfolding is linear, so its gradient at any image is its adjoint.
        try (var _ = Grad.on()) {
            Tensor zeros = Tensor.zeros(image, x.dtype()).requiresGrad();
            Tensor columns = unfold(zeros, k, dilation, padding, stride);
            if (!columns.shape().equals(x.shape())) {
                throw new IllegalArgumentException("fold: an image of " + Arrays.toString(size) + " has columns " + columns.shape()
                        + " with this kernel, not " + x.shape() + Args.at());
            }
            result = Tensor.grad(List.of(columns), List.of(zeros), List.of(x), follow).getFirst();
        }
        return input.dim() == 2 ? result.squeeze(0) : result;
    }
}
