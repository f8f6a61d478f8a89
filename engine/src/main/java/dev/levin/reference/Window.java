package dev.levin.reference;

import dev.levin.type.Shape;

/**
 * Which input element a kernel tap meets at an output position, for one to three spatial axes (fewer are filled up with
 * leading extents of 1). Rows are along the last axis.
 */
final class Window {
    private final int[] in = {1, 1, 1};
    private final int[] out = {1, 1, 1};
    private final int[] kernel = {1, 1, 1};
    private final int[] stride = {1, 1, 1};
    private final int[] before = {0, 0, 0};
    private final int[] dilation = {1, 1, 1};

    /** Both shapes are [N, C, S...]. */
    Window(Shape x, Shape y, int[] kernel, int[] stride, int[] before, int[] dilation) {
        int d = kernel.length;
        if (d > 3) {
            throw new IllegalArgumentException("convolution and pooling are over 1 to 3 axes, not " + d);
        }
        for (int i = 0; i < d; i++) {
            int a = 3 - d + i;
            this.in[a] = x.dim(2 + i);
            this.out[a] = y.dim(2 + i);
            this.kernel[a] = kernel[i];
            this.stride[a] = stride[i];
            this.before[a] = before[i];
            this.dilation[a] = dilation[i];
        }
    }

    int taps() {
        return kernel[0] * kernel[1] * kernel[2];
    }

    /** Spatial elements of one input channel. */
    int inputs() {
        return in[0] * in[1] * in[2];
    }

    /** Spatial elements of one output channel. */
    int outputs() {
        return out[0] * out[1] * out[2];
    }

    int outputRows() {
        return out[0] * out[1];
    }

    int rowLength() {
        return out[2];
    }

    /** Distance of the input columns of neighbouring outputs. */
    int rowStep() {
        return stride[2];
    }

    /** Offset of the input row that the tap meets in an output row; -1 in the padding. */
    int inputRow(int row, int tap) {
        int d = position(0, row / out[1], tap / (kernel[1] * kernel[2]));
        int h = position(1, row % out[1], tap / kernel[2] % kernel[1]);
        return d < 0 || d >= in[0] || h < 0 || h >= in[1] ? -1 : (d * in[1] + h) * in[2];
    }

    /** Input column of an output column; may lie in the padding. */
    int column(int output, int tap) {
        return position(2, output, tap % kernel[2]);
    }

    /** First output column whose input column is not in the padding before. */
    int firstOutput(int tap) {
        return Math.min(out[2], Math.max(0, Math.ceilDiv(-column(0, tap), stride[2])));
    }

    /** End of the output columns whose input column is not in the padding after; at least {@link #firstOutput}. */
    int endOutput(int tap) {
        return Math.max(firstOutput(tap), Math.min(out[2], Math.ceilDiv(in[2] - column(0, tap), stride[2])));
    }

    private int position(int axis, int output, int tap) {
        return output * stride[axis] - before[axis] + tap * dilation[axis];
    }
}
