package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;

/** Order statistics, counts and norms. */
abstract class StatisticsTensor extends ReduceTensor {
    StatisticsTensor(Node node) {
        super(node);
    }

    /** Smallest and largest elements. */
    public record MinMax(Tensor min, Tensor max) {
    }

    /** How {@link #quantile} treats a rank between two elements. */
    public enum Interpolation { LINEAR, LOWER, HIGHER, MIDPOINT, NEAREST }

    // ---- sums that skip, extremes, moments ----------------------------------------------------------------------------

    /** Sum with NaN as 0. */
    public Tensor nansum(int... axes) {
        return nansum(axes, false);
    }

    public Tensor nansum(int[] axes, boolean keepdim) {
        return withoutNaN().sum(axes, keepdim);
    }

    private Tensor withoutNaN() {
        return dtype().isFloat() ? self().isNaN().where(Tensor.zerosLike(self()), self()) : self();
    }

    /** Mean of the elements that are not NaN. */
    public Tensor nanmean(int... axes) {
        return nanmean(axes, false);
    }

    public Tensor nanmean(int[] axes, boolean keepdim) {
        Tensor count = self().isNaN().logicalNot().sum(axes, keepdim);
        return withoutNaN().sum(axes, keepdim).div(count);
    }

    public MinMax aminmax() {
        return new MinMax(self().min(), self().max());
    }

    public MinMax aminmax(int axis, boolean keepdim) {
        return new MinMax(amin(axis, keepdim), amax(axis, keepdim));
    }

    /** {variance, mean}. */
    public List<Tensor> varMean(int[] axes, int correction, boolean keepdim) {
        return List.of(var(axes, correction, keepdim), mean(axes, keepdim));
    }

    /** {standard deviation, mean}. */
    public List<Tensor> stdMean(int[] axes, int correction, boolean keepdim) {
        return List.of(std(axes, correction, keepdim), mean(axes, keepdim));
    }

    // ---- order statistics ---------------------------------------------------------------------------------------------

    /** The lower median of all elements; NaN if there is one. Equal elements share the gradient. */
    public Tensor median() {
        return shared(flatten().detach0().median(0, false).values());
    }

    /** As {@link #median()}, of the elements that are not NaN. */
    public Tensor nanmedian() {
        return shared(flatten().detach0().nanmedian(0, false).values());
    }

    final Tensor detach0() {
        return wrap(Nodes.detach(node()));
    }

    private Tensor shared(Tensor value) {
        return wrap(Nodes.custom(value.node(), (y, in, g) -> {
            Tensor x = wrap(in[0]);
            Tensor v = wrap(Nodes.detach(y));
            Tensor hit = x.eq(v).logicalOr(x.isNaN().logicalAnd(v.isNaN())).to(x.dtype());
            return new Node[] {hit.mul(wrap(g).div(hit.sum())).node()};
        }, node()));
    }

    /** Lower medians along an axis and where they are. */
    public Indexed median(int axis, boolean keepdim) {
        Tensor x = atLeastVector("median", axis);
        int n = x.size(axis);
        Tensor index = x.argsort(axis, false).narrow(axis, (n - 1) / 2, 1);
        if (dtype().isFloat()) {
            Tensor nan = x.isNaN();
            index = nan.any(axis, true).where(nan.to(DType.I64).argmax(axis, true), index);
        }
        return at(x, index, axis, keepdim);
    }

    public Indexed nanmedian(int axis, boolean keepdim) {
        Tensor x = atLeastVector("nanmedian", axis);
        Tensor count = x.isNaN().logicalNot().sum(axis, true);
        Tensor rank = count.sub(1).clampMin(0).div(2L, Rounding.TRUNC);
        return at(x, x.argsort(axis, false).gather(axis, rank), axis, keepdim);
    }

    /** The k-th smallest element along an axis (k from 1). */
    public Indexed kthvalue(int k, int axis, boolean keepdim) {
        Tensor x = atLeastVector("kthvalue", axis);
        if (k < 1 || k > x.size(axis)) {
            throw new IllegalArgumentException("kthvalue needs k from 1 to " + x.size(axis) + ", not " + k);
        }
        return at(x, x.argsort(axis, false).narrow(axis, k - 1, 1), axis, keepdim);
    }

    /** The most frequent value along an axis, the smallest of equally frequent ones, and its last position. */
    public Indexed mode(int axis, boolean keepdim) {
        Tensor x = atLeastVector("mode", axis);
        int n = x.size(axis);
        Tensor order = x.argsort(axis, false);
        Tensor sorted = x.detach().gather(axis, order);
        Tensor starts = Tensor.cat(List.of(Tensor.ones(sorted.narrow(axis, 0, 1).shape(), DType.BOOL),
                sorted.narrow(axis, 1, n - 1).ne(sorted.narrow(axis, 0, n - 1))), axis);
        int[] line = new int[x.dim()];
        Arrays.fill(line, 1);
        line[x.shape().axis(axis)] = n;
        Tensor position = Tensor.arange(n).reshape(Shape.of(line));
        Tensor runLength = position.sub(starts.where(position, Tensor.scalar(0, DType.I64)).cummax(axis).values());
        return at(x, order.gather(axis, runLength.argmax(axis, true)), axis, keepdim);
    }

    private Tensor atLeastVector(String what, int axis) {
        Tensor x = dim() == 0 ? self().reshape(1) : self();
        if (x.size(axis) == 0) {
            throw new IllegalArgumentException(what + " over axis " + axis + " of " + shape() + ", which has no elements");
        }
        return x;
    }

    private Indexed at(Tensor x, Tensor index, int axis, boolean keepdim) {
        Tensor values = x.gather(axis, index);
        if (dim() == 0) {
            return new Indexed(values.reshape(), index.reshape());
        }
        return keepdim ? new Indexed(values, index) : new Indexed(values.squeeze(axis), index.squeeze(axis));
    }

    /** The q-quantile of all elements; NaN if there is one. */
    public Tensor quantile(double q) {
        return flatten().quantile(q, 0, false);
    }

    public Tensor quantile(double q, int axis, boolean keepdim) {
        return quantile(Tensor.scalar(q, dtype()), axis, keepdim, Interpolation.LINEAR);
    }

    /**
     * Quantiles along an axis.
     *
     * @param q F32 or F64, in [0, 1], a scalar or a vector, which becomes a new first axis of the result
     */
    public Tensor quantile(Tensor q, int axis, boolean keepdim, Interpolation interpolation) {
        return quantiles(q, axis, keepdim, interpolation, false);
    }

    /** As {@link #quantile}, of the elements that are not NaN. */
    public Tensor nanquantile(Tensor q, int axis, boolean keepdim, Interpolation interpolation) {
        return quantiles(q, axis, keepdim, interpolation, true);
    }

    private Tensor quantiles(Tensor q, int axis, boolean keepdim, Interpolation interpolation, boolean skipNaN) {
        if (!dtype().isFloat() || q.dtype() != dtype() || q.dim() > 1) {
            throw new IllegalArgumentException("quantile needs a float tensor and a scalar or vector q of the same dtype, not "
                    + dtype() + " and " + q.dtype() + q.shape());
        }
        Tensor x = atLeastVector("quantile", axis).movedim(axis, -1);
        int n = x.size(-1);
        Tensor sorted = x.sort(-1, false).values();
        Tensor last = skipNaN ? x.isNaN().logicalNot().sum(-1, true).sub(1).clampMin(0L).to(dtype())
                : Tensor.scalar(n - 1.0, dtype());
        // ranks: [..., number of quantiles]
        Tensor rank = q.reshape(-1).mul(last);
        rank = rank.broadcastTo(x.shape().with(x.dim() - 1, (int) q.numel()));
        Tensor nan = x.isNaN();
        Tensor lost = skipNaN ? nan.all(-1, true) : nan.any(-1, true);
        rank = switch (interpolation) {
            case LOWER -> rank.floor();
            case HIGHER -> rank.ceil();
            case NEAREST -> rank.round();
            default -> rank;
        };
        Tensor floor = rank.floor();
        Tensor low = sorted.gather(-1, floor.to(DType.I64));
        Tensor high = sorted.gather(-1, rank.ceil().to(DType.I64));
        Tensor weight = interpolation == Interpolation.MIDPOINT ? rank.ne(floor).to(dtype()).mul(0.5) : rank.sub(floor);
        Tensor value = lost.where(Tensor.scalar(Double.NaN, dtype()), low.lerp(high, weight));
        // [..., Q] to [Q, ...] with the reduced axis kept or not.
        Tensor front = value.movedim(-1, 0);
        if (keepdim && dim() > 0) {
            front = front.unsqueeze(shape().axis(axis) + 1);
        }
        return q.dim() == 0 ? front.squeeze(0) : front;
    }

    // ---- counting -----------------------------------------------------------------------------------------------------

    /** Counts in {@code bins} equal intervals of [min, max] (of the data, if both are 0); the dtype stays. */
    public Tensor histc(int bins, double min, double max) {
        Tensor x = flatten().detach0();
        Tensor low = Tensor.scalar(min, dtype());
        Tensor high = Tensor.scalar(max, dtype());
        if (min == 0 && max == 0 && numel() > 0) {
            low = x.min();
            high = x.max();
        }
        Tensor flat = low.eq(high);
        low = flat.where(low.sub(1), low);
        high = flat.where(high.add(1), high);
        Tensor inside = x.ge(low).logicalAnd(x.le(high));
        Tensor bin = x.sub(low).div(high.sub(low)).mul((double) bins).floor().clamp(0.0, bins - 1.0);
        Tensor index = inside.where(bin, Tensor.scalar(bins, dtype())).to(DType.I64);
        return Tensor.zeros(Shape.of(bins + 1), dtype()).scatterAdd(0, index, Tensor.onesLike(x)).narrow(0, 0, bins);
    }

    /**
     * For each element the position in the sorted {@code boundaries} (one axis) where it would be inserted.
     *
     * @param right whether equal elements go behind
     */
    public Tensor bucketize(Tensor boundaries, boolean right) {
        return boundaries.searchsorted(self(), right);
    }

    /**
     * For each value the position in this sorted sequence (last axis) where it would be inserted: I64. Leading axes of
     * both are equal, or the sequence has one axis.
     *
     * @param right whether equal values go behind
     */
    public Tensor searchsorted(Tensor values, boolean right) {
        int n = size(-1);
        if (dim() > 1 && (values.dim() != dim() || !values.shape().with(dim() - 1, 1).equals(shape().with(dim() - 1, 1)))) {
            throw new IllegalArgumentException("searchsorted needs equal leading axes, not " + shape() + " and " + values.shape());
        }
        Tensor low = Tensor.zeros(values.shape(), DType.I64);
        if (n == 0) {
            return low;
        }
        Tensor high = Tensor.full(values.shape(), n, DType.I64);
        Tensor sequence = self().detach();
        for (int span = n; span > 0; span >>= 1) {
            Tensor middle = low.add(high).bitwiseRightShift(1);
            Tensor at = middle.clampMax(n - 1);
            Tensor found = dim() == 1 ? sequence.take(at) : sequence.gather(-1, at);
            // Written so that a NaN counts as larger than everything.
            Tensor before = right ? values.lt(found).logicalNot() : values.le(found).logicalNot();
            Tensor open = low.lt(high);
            Tensor up = before.logicalAnd(open);
            Tensor down = before.logicalNot().logicalAnd(open);
            low = up.where(middle.add(1), low);
            high = down.where(middle, high);
        }
        return low;
    }

    // ---- norms --------------------------------------------------------------------------------------------------------

    /** Euclidean norm of all elements; its gradient at 0 is 0. */
    public Tensor norm() {
        return norm(2, new int[0], false);
    }

    /** The p-norm over the given axes (none: all); p may be infinite, 0 counts. */
    public Tensor norm(double p, int[] axes, boolean keepdim) {
        return Linalg.vectorNorm(self(), p, axes, keepdim);
    }

    public Tensor norm(double p) {
        return norm(p, new int[0], false);
    }

    /** p-norm of the difference. */
    public Tensor dist(Tensor other, double p) {
        return sub(other).norm(p);
    }

    public Tensor dist(Tensor other) {
        return dist(other, 2);
    }

    /** Slices along {@code axis} scaled down to a p-norm of at most {@code maxNorm}. */
    public Tensor renorm(double p, int axis, double maxNorm) {
        int a = shape().axis(axis);
        int[] others = java.util.stream.IntStream.range(0, dim()).filter(i -> i != a).toArray();
        if (others.length == 0) {
            throw new IllegalArgumentException("renorm needs at least two axes, not " + shape());
        }
        Tensor norm = norm(p, others, true);
        Tensor factor = norm.gt(maxNorm).where(norm.add(1e-7).rdiv(maxNorm), Tensor.onesLike(norm));
        return mul(factor);
    }

    /** Covariance of variables (rows) over observations (columns). */
    public Tensor cov(int correction) {
        Tensor x = dim() < 2 ? self().reshape(1, -1) : self();
        Tensor centred = x.sub(x.mean(1, true));
        Tensor c = centred.matmul(centred.t()).div((double) Math.max(0, x.size(1) - correction));
        return dim() < 2 ? c.reshape() : c;
    }

    /** Pearson's correlation of variables (rows) over observations (columns). */
    public Tensor corrcoef() {
        Tensor c = cov(1);
        if (c.dim() == 0) {
            return c.div(c);
        }
        Tensor deviation = c.diagonal().sqrt();
        return c.div(deviation.unsqueeze(1)).div(deviation.unsqueeze(0)).clamp(-1.0, 1.0);
    }

    /** Integral along an axis by trapezia of width dx. */
    public Tensor trapezoid(double dx, int axis) {
        int n = size(axis);
        return self().narrow(axis, 1, n - 1).add(self().narrow(axis, 0, n - 1)).sum(axis).mul(dx / 2);
    }

    /** Integral along an axis at the abscissae x. */
    public Tensor trapezoid(Tensor x, int axis) {
        int n = size(axis);
        Tensor width = x.diff(1, x.dim() == 1 ? 0 : axis, null, null);
        if (x.dim() == 1 && dim() > 1) {
            width = width.reshape(line(axis, n - 1));
        }
        return self().narrow(axis, 1, n - 1).add(self().narrow(axis, 0, n - 1)).mul(width).sum(axis).mul(0.5);
    }

    private Shape line(int axis, int n) {
        int[] d = new int[dim()];
        Arrays.fill(d, 1);
        d[shape().axis(axis)] = n;
        return Shape.of(d);
    }
}
