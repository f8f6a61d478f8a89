package dev.levin.nn;

import dev.levin.graph.Nodes;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Padding and rearrangement of images. */
abstract class SpatialFunctions extends NormFunctions {

    /** Pads with zeros. */
    public static Tensor pad(Tensor x, int... pad) {
        return pad(x, pad, PaddingMode.ZEROS, 0);
    }

    /**
     * Pads the last axes: {@code {left, right, top, bottom, ...}}, the last axis first. Negative amounts crop.
     *
     * @param value what stands beyond the border for {@link PaddingMode#ZEROS}
     */
    public static Tensor pad(Tensor x, int[] pad, PaddingMode mode, double value) {
        if (pad.length % 2 != 0 || pad.length / 2 > x.dim()) {
            throw new IllegalArgumentException("pad needs a pair of amounts for each of the last axes of " + x.shape() + ", not "
                    + Arrays.toString(pad) + Args.at());
        }
        Tensor y = x;
        int[] before = new int[x.dim()];
        int[] after = new int[x.dim()];
        for (int i = 0; i < pad.length / 2; i++) {
            int axis = x.dim() - 1 - i;
            int n = x.size(axis);
            int left = pad[2 * i];
            int right = pad[2 * i + 1];
            if (n + left + right < 0 || n + Math.min(0, left) + Math.min(0, right) < 0) {
                throw new IllegalArgumentException("pad of " + Arrays.toString(pad) + " leaves nothing of axis " + axis + " of " + x.shape()
                        + Args.at());
            }
            y = y.narrow(axis, Math.max(0, -left), n + Math.min(0, left) + Math.min(0, right));
            before[axis] = Math.max(0, left);
            after[axis] = Math.max(0, right);
        }
        if (mode == PaddingMode.ZEROS) {
            return Tensor.wrap(Nodes.pad(y.node(), before, after, value));
        }
        for (int axis = 0; axis < x.dim(); axis++) {
            if (before[axis] + after[axis] > 0) {
                y = extended(y, axis, before[axis], after[axis], mode);
            }
        }
        return y;
    }

    private static Tensor extended(Tensor x, int axis, int before, int after, PaddingMode mode) {
        int n = x.size(axis);
        int most = mode == PaddingMode.REFLECT ? n - 1 : mode == PaddingMode.CIRCULAR ? n : Integer.MAX_VALUE;
        if (before > most || after > most || n == 0) {
            throw new IllegalArgumentException("padding by " + Math.max(before, after) + " in mode " + mode + " needs more than the "
                    + n + " elements of axis " + axis + " of " + x.shape() + Args.at());
        }
        List<Tensor> parts = new ArrayList<>();
        if (before > 0) {
            parts.add(switch (mode) {
                case REFLECT -> x.narrow(axis, 1, before).flip(axis);
                case CIRCULAR -> x.narrow(axis, n - before, before);
                default -> x.narrow(axis, 0, 1).broadcastTo(x.shape().with(axis, before));
            });
        }
        parts.add(x);
        if (after > 0) {
            parts.add(switch (mode) {
                case REFLECT -> x.narrow(axis, n - 1 - after, after).flip(axis);
                case CIRCULAR -> x.narrow(axis, 0, after);
                default -> x.narrow(axis, n - 1, 1).broadcastTo(x.shape().with(axis, after));
            });
        }
        return Tensor.cat(parts, axis);
    }

    /** [..., C * r * r, H, W] to [..., C, H * r, W * r]. */
    public static Tensor pixelShuffle(Tensor x, int upscaleFactor) {
        int r = upscaleFactor;
        if (x.dim() < 3 || r < 1 || x.size(-3) % (r * r) != 0) {
            throw new IllegalArgumentException("pixel_shuffle: the channels of " + x.shape() + " must be divisible by " + r + " * " + r + Args.at());
        }
        int c = x.size(-3) / (r * r);
        int h = x.size(-2);
        int w = x.size(-1);
        Shape lead = Shape.of(Arrays.copyOf(x.shape().dims(), x.dim() - 3));
        Tensor blocks = x.reshape(Shape.of((int) lead.numel(), c, r, r, h, w)).permute(0, 1, 4, 2, 5, 3);
        return blocks.reshape(append(lead, c, h * r, w * r));
    }

    /** [..., C, H * r, W * r] to [..., C * r * r, H, W]. */
    public static Tensor pixelUnshuffle(Tensor x, int downscaleFactor) {
        int r = downscaleFactor;
        if (x.dim() < 3 || r < 1 || x.size(-2) % r != 0 || x.size(-1) % r != 0) {
            throw new IllegalArgumentException("pixel_unshuffle: height and width of " + x.shape() + " must be divisible by " + r + Args.at());
        }
        int c = x.size(-3);
        int h = x.size(-2) / r;
        int w = x.size(-1) / r;
        Shape lead = Shape.of(Arrays.copyOf(x.shape().dims(), x.dim() - 3));
        Tensor blocks = x.reshape(Shape.of((int) lead.numel(), c, h, r, w, r)).permute(0, 1, 3, 5, 2, 4);
        return blocks.reshape(append(lead, c * r * r, h, w));
    }

    private static Shape append(Shape lead, int... dims) {
        int[] all = Arrays.copyOf(lead.dims(), lead.rank() + dims.length);
        System.arraycopy(dims, 0, all, lead.rank(), dims.length);
        return Shape.of(all);
    }

    /** [N, C, ...] seen as [N, groups, C / groups, ...] with these two axes swapped. */
    public static Tensor channelShuffle(Tensor x, int groups) {
        if (x.dim() < 3 || groups < 1 || x.size(1) % groups != 0) {
            throw new IllegalArgumentException("channel_shuffle: the channels of " + x.shape() + " must be divisible by " + groups + Args.at());
        }
        int c = x.size(1);
        return x.reshape(x.shape().with(1, c / groups).insert(1, groups)).transpose(1, 2).reshape(x.shape());
    }
}
