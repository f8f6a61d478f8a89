package dev.levin.nn;

import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Resizing of [N, C, S...], one axis after the other: every kind but the nearest is separable. */
abstract class ResampleFunctions extends SpatialFunctions {
    private static final double CUBIC = -0.75;

    /** Resizes to a given spatial size, without aligned corners. */
    public static Tensor interpolate(Tensor x, int[] size, Interpolation mode) {
        return interpolate(x, size, mode, false);
    }

    /**
     * Resizes to a given spatial size, one extent for all axes or one per axis.
     *
     * @param alignCorners whether the centres of the corner elements stay where they are; else the borders do
     */
    public static Tensor interpolate(Tensor x, int[] size, Interpolation mode, boolean alignCorners) {
        int d = check(x, mode);
        int[] out = Args.perAxis("size", size, d, 1);
        double[] ratio = new double[d];
        for (int i = 0; i < d; i++) {
            ratio[i] = x.size(2 + i) / (double) out[i];
        }
        return resize(x, out, ratio, mode, alignCorners);
    }

    /**
     * As {@link #interpolate(Tensor, int[], Interpolation, boolean)}; with {@code antialias} (BILINEAR and BICUBIC) each result is a mean over
     * all that it covers, so that shrinking leaves no patterns.
     */
    public static Tensor interpolate(Tensor x, int[] size, Interpolation mode, boolean alignCorners, boolean antialias) {
        if (!antialias) {
            return interpolate(x, size, mode, alignCorners);
        }
        int d = check(x, mode);
        int[] out = Args.perAxis("size", size, d, 1);
        double[] ratio = new double[d];
        for (int i = 0; i < d; i++) {
            ratio[i] = x.size(2 + i) / (double) out[i];
        }
        return Antialiasing.resize(x, out, ratio, mode, alignCorners);
    }

    /** Resizes by a factor, without aligned corners. */
    public static Tensor interpolate(Tensor x, double scaleFactor, Interpolation mode) {
        return interpolate(x, new double[] {scaleFactor}, mode, false);
    }

    /** Resizes by factors, one for all axes or one per axis; extents are rounded down. */
    public static Tensor interpolate(Tensor x, double[] scaleFactor, Interpolation mode, boolean alignCorners) {
        return interpolate(x, scaleFactor, mode, alignCorners, false, false);
    }

    /**
     * Resizes by factors, one for all axes or one per axis; extents are rounded down.
     *
     * @param recomputeScaleFactor whether positions follow from the rounded extents instead of the factors
     * @param antialias as in {@link #interpolate(Tensor, int[], Interpolation, boolean, boolean)}
     */
    public static Tensor interpolate(Tensor x, double[] scaleFactor, Interpolation mode, boolean alignCorners, boolean recomputeScaleFactor,
            boolean antialias) {
        int d = check(x, mode);
        if (scaleFactor.length != 1 && scaleFactor.length != d) {
            throw new IllegalArgumentException("scale_factor needs one value or " + d + ", not " + Arrays.toString(scaleFactor));
        }
        int[] out = new int[d];
        double[] ratio = new double[d];
        for (int i = 0; i < d; i++) {
            double factor = scaleFactor[scaleFactor.length == 1 ? 0 : i];
            out[i] = (int) Math.floor(x.size(2 + i) * factor);
            ratio[i] = 1 / factor;
            if (out[i] < 1) {
                throw new IllegalArgumentException("scale_factor " + factor + " leaves nothing of " + x.shape() + Args.at());
            }
        }
        if (recomputeScaleFactor) {
            return interpolate(x, out, mode, alignCorners, antialias);
        }
        return antialias ? Antialiasing.resize(x, out, ratio, mode, alignCorners) : resize(x, out, ratio, mode, alignCorners);
    }

    private static int check(Tensor x, Interpolation mode) {
        int d = x.dim() - 2;
        boolean fits = d >= 1 && d <= 3 && switch (mode) {
            case LINEAR -> d == 1;
            case BILINEAR, BICUBIC -> d == 2;
            case TRILINEAR -> d == 3;
            default -> true;
        };
        if (!fits) {
            throw new IllegalArgumentException("interpolate: mode " + mode + " does not fit " + x.shape()
                    + "; LINEAR takes [N, C, L], BILINEAR and BICUBIC [N, C, H, W], TRILINEAR [N, C, D, H, W]" + Args.at());
        }
        return d;
    }

    private static Tensor resize(Tensor x, int[] out, double[] ratio, Interpolation mode, boolean alignCorners) {
        if (mode == Interpolation.AREA) {
            return adaptiveAvgPool(out.length, x, out);
        }
        boolean nearest = mode == Interpolation.NEAREST || mode == Interpolation.NEAREST_EXACT;
        if (nearest && alignCorners) {
            throw new IllegalArgumentException("interpolate: align_corners has no meaning for mode " + mode);
        }
        Tensor y = nearest || !x.dtype().isFloat() ? x : Args.precise(x);
        for (int i = 0; i < out.length; i++) {
            int n = x.size(2 + i);
            double step = alignCorners ? out[i] > 1 ? (n - 1.0) / (out[i] - 1) : 0 : ratio[i];
            boolean linear = !nearest && mode != Interpolation.BICUBIC;
            if (n == out[i] && (step == 1 || linear)) {
                // A factor that changes no extent moves nothing in linear modes, as in PyTorch.
                continue;
            }
            y = switch (mode) {
                case NEAREST, NEAREST_EXACT -> nearest(y, 2 + i, out[i], step, mode == Interpolation.NEAREST ? 0 : 0.5);
                case BICUBIC -> cubic(y, 2 + i, out[i], step, alignCorners);
                default -> linear(y, 2 + i, out[i], step, alignCorners);
            };
        }
        return y.to(x.dtype());
    }

    private static Tensor nearest(Tensor x, int axis, int out, double step, double offset) {
        int n = x.size(axis);
        if (out % n == 0 && step == (double) n / out) {
            // A whole factor repeats every element.
            Shape split = x.shape().insert(axis + 1, 1);
            return x.reshape(split).broadcastTo(split.with(axis + 1, out / n)).reshape(x.shape().with(axis, out));
        }
        Tensor source = Tensor.arange(out).to(DType.F64).add(offset).mul(step).floor().clampMax(n - 1);
        return x.indexSelect(axis, source.to(DType.I64));
    }

    /** Where output elements lie in the input, in its elements. */
    private static Tensor source(int out, double step, boolean alignCorners) {
        Tensor i = Tensor.arange(out).to(DType.F64);
        return alignCorners ? i.mul(step) : i.add(0.5).mul(step).sub(0.5);
    }

    private static Tensor along(Tensor perPosition, Tensor x, int axis) {
        int[] dims = new int[x.dim()];
        Arrays.fill(dims, 1);
        dims[axis] = (int) perPosition.numel();
        return perPosition.to(x.dtype()).reshape(dims);
    }

    private static Tensor linear(Tensor x, int axis, int out, double step, boolean alignCorners) {
        Tensor source = source(out, step, alignCorners).clampMin(0);
        Tensor low = source.floor().clampMax(x.size(axis) - 1);
        Tensor high = low.add(1.0).clampMax(x.size(axis) - 1);
        Tensor weight = along(source.sub(low), x, axis);
        Tensor a = x.indexSelect(axis, low.to(DType.I64));
        Tensor b = x.indexSelect(axis, high.to(DType.I64));
        return a.mul(weight.rsub(1.0)).add(b.mul(weight));
    }

    private static Tensor cubic(Tensor x, int axis, int out, double step, boolean alignCorners) {
        Tensor source = source(out, step, alignCorners);
        Tensor low = source.floor();
        Tensor[] weights = cubicWeights(source.sub(low));
        Tensor sum = null;
        for (int tap = 0; tap < 4; tap++) {
            Tensor index = low.add(tap - 1.0).clamp(0, x.size(axis) - 1).to(DType.I64);
            Tensor part = x.indexSelect(axis, index).mul(along(weights[tap], x, axis));
            sum = sum == null ? part : sum.add(part);
        }
        return sum;
    }

    /** Keys' cubic convolution (1981) with a = -0.75, for the four neighbours of a position t after the second. */
    static Tensor[] cubicWeights(Tensor t) {
        Tensor back = t.rsub(1.0);
        return new Tensor[] {outer(t.add(1.0)), inner(t), inner(back), outer(back.add(1.0))};
    }

    private static Tensor inner(Tensor t) {
        return t.mul(CUBIC + 2).sub(CUBIC + 3).mul(t).mul(t).add(1.0);
    }

    private static Tensor outer(Tensor t) {
        return t.mul(CUBIC).sub(5 * CUBIC).mul(t).add(8 * CUBIC).mul(t).sub(4 * CUBIC);
    }

    // ---- sampling at given positions ----------------------------------------------------------------------------------

    /** How {@link #gridSample} finds values between elements. */
    public enum SampleMode { BILINEAR, NEAREST, BICUBIC }

    /** What lies outside of the input of {@link #gridSample}. */
    public enum SamplePadding { ZEROS, BORDER, REFLECTION }

    public static Tensor gridSample(Tensor input, Tensor grid) {
        return gridSample(input, grid, SampleMode.BILINEAR, SamplePadding.ZEROS, false);
    }

    /**
     * Reads [N, C, H, W] at positions [N, OH, OW, 2] (or [N, C, D, H, W] at [N, OD, OH, OW, 3]), given as x, y(, z)
     * between -1 and 1 (Jaderberg et al. 2015). Bicubic is for images only.
     *
     * @param alignCorners whether -1 and 1 are the centres of the corner elements; else they are the borders
     */
    public static Tensor gridSample(Tensor input, Tensor grid, SampleMode mode, SamplePadding padding, boolean alignCorners) {
        int d = input.dim() - 2;
        if (d < 2 || d > 3 || grid.dim() != d + 2 || grid.size(-1) != d || grid.size(0) != input.size(0)
                || mode == SampleMode.BICUBIC && d != 2) {
            throw new IllegalArgumentException("grid_sample: the grid " + grid.shape() + " does not fit " + input.shape() + " with mode "
                    + mode + "; expected [N, C, H, W] and [N, OH, OW, 2], or [N, C, D, H, W] and [N, OD, OH, OW, 3]" + Args.at());
        }
        return new GridSampler(input, grid, padding, alignCorners).sample(mode);
    }

    /**
     * Positions for {@link #gridSample}: theta [N, 2, 3] and size {N, C, H, W} give [N, H, W, 2]; [N, 3, 4] and
     * {N, C, D, H, W} give [N, D, H, W, 3].
     */
    public static Tensor affineGrid(Tensor theta, int[] size, boolean alignCorners) {
        int d = size.length - 2;
        if (d < 2 || d > 3 || theta.dim() != 3 || theta.size(0) != size[0] || theta.size(1) != d || theta.size(2) != d + 1) {
            throw new IllegalArgumentException("affine_grid: theta " + theta.shape() + " does not fit size " + Arrays.toString(size)
                    + "; expected [N, 2, 3] and {N, C, H, W}, or [N, 3, 4] and {N, C, D, H, W}");
        }
        Shape space = Shape.of(Arrays.copyOfRange(size, 2, size.length));
        Tensor[] columns = new Tensor[d + 1];
        for (int i = 0; i < d; i++) {
            int axis = d - 1 - i;
            int n = space.dim(axis);
            Tensor line = Tensor.arange(n).to(theta.dtype());
            Tensor centred = n == 1 ? line : line.mul(2.0 / (n - 1)).sub(1.0);
            int[] dims = new int[d];
            Arrays.fill(dims, 1);
            dims[axis] = n;
            columns[i] = (alignCorners ? centred : centred.mul((n - 1.0) / n)).reshape(dims).broadcastTo(space);
        }
        columns[d] = Tensor.ones(space, theta.dtype());
        Tensor base = Tensor.stack(Arrays.asList(columns), d).reshape(1, -1, d + 1);
        Tensor grid = base.broadcastTo(Shape.of(size[0], base.size(1), d + 1)).matmul(theta.mT());
        int[] out = new int[d + 2];
        out[0] = size[0];
        System.arraycopy(space.dims(), 0, out, 1, d);
        out[d + 1] = d;
        return grid.reshape(Shape.of(out));
    }

    /** Elementwise remainder and quotient of a value that is not negative. */
    static Tensor floorDivide(Tensor x, double by) {
        return Tensor.wrap(Nodes.unary(Op.FLOOR, x.div(by).node()));
    }
}
