package dev.levin.tensor;

import dev.levin.graph.Autocast;
import dev.levin.graph.Composition;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Sums, means, extremes and running functions. Without an axis they reduce everything to a scalar. */
abstract class ReduceTensor extends ArrangeTensor {
    ReduceTensor(Node node) {
        super(node);
    }

    /** A value and where it was found. */
    public record Indexed(Tensor values, Tensor indices) {
    }

    private static int[] axes(int... axes) {
        return axes;
    }

    /** Drops the reduced axes unless they are to stay with extent 1. */
    private Tensor finish(Node reduced, int[] axes, boolean keepdim) {
        if (keepdim || dim() == 0) {
            return wrap(reduced);
        }
        if (axes.length == 0) {
            return wrap(Nodes.reshape(reduced, Shape.scalar()));
        }
        int[] sorted = Arrays.stream(axes).map(shape()::axis).toArray();
        int[] left = IntStream.range(0, dim()).filter(i -> Arrays.stream(sorted).noneMatch(a -> a == i))
                .map(this::size).toArray();
        return wrap(Nodes.reshape(reduced, Shape.of(left)));
    }

    private Tensor reduce(Op op, Node x, boolean keepdim, int... axes) {
        return finish(Nodes.reduce(op, x, axes), axes, keepdim);
    }

    /** Sum of all elements; integers and booleans give I64. */
    public Tensor sum() {
        return sum(axes(), false);
    }

    public Tensor sum(int axis) {
        return sum(axes(axis), false);
    }

    public Tensor sum(int axis, boolean keepdim) {
        return sum(axes(axis), keepdim);
    }

    public Tensor sum(int[] axes, boolean keepdim) {
        return reduce(Op.SUM, dtype().isFloat() ? node() : Nodes.cast(node(), DType.I64), keepdim, axes);
    }

    public Tensor mean() {
        return mean(axes(), false);
    }

    public Tensor mean(int axis) {
        return mean(axes(axis), false);
    }

    public Tensor mean(int axis, boolean keepdim) {
        return mean(axes(axis), keepdim);
    }

    public Tensor mean(int[] axes, boolean keepdim) {
        if (!dtype().isFloat()) {
            throw new IllegalArgumentException("mean needs a float dtype, not " + dtype() + "; convert with to(DType.F32)");
        }
        long n = count(axes);
        Node x = node();
        Tensor s = reduce(Op.SUM, x, keepdim, axes);
        return wrap(Composition.of("Mean", Nodes.div(s.node(), Nodes.constant(dtype(), (double) n)),
                Map.of("axes", Arrays.stream(axes).map(x.shape()::axis).boxed().toList(), "keepdim", keepdim), x));
    }

    final long count(int[] axes) {
        if (axes.length == 0) {
            return numel();
        }
        long n = 1;
        for (int a : axes) {
            n *= dim() == 0 ? 1 : size(a);
        }
        return n;
    }

    /** Product of all elements. */
    public Tensor prod() {
        return reduce(Op.PROD, dtype().isFloat() ? node() : Nodes.cast(node(), DType.I64), false);
    }

    public Tensor prod(int axis, boolean keepdim) {
        return reduce(Op.PROD, dtype().isFloat() ? node() : Nodes.cast(node(), DType.I64), keepdim, axis);
    }

    /** Largest element; equal ones share the gradient. */
    public Tensor amax(int[] axes, boolean keepdim) {
        return reduce(Op.REDUCE_MAX, node(), keepdim, axes);
    }

    public Tensor amin(int[] axes, boolean keepdim) {
        return reduce(Op.REDUCE_MIN, node(), keepdim, axes);
    }

    public Tensor amax(int axis, boolean keepdim) {
        return amax(axes(axis), keepdim);
    }

    public Tensor amin(int axis, boolean keepdim) {
        return amin(axes(axis), keepdim);
    }

    public Tensor max() {
        return amax(axes(), false);
    }

    public Tensor min() {
        return amin(axes(), false);
    }

    /** Largest elements along an axis and the index of the first; the gradient goes to that one. */
    public Indexed max(int axis, boolean keepdim) {
        return extreme(Op.ARGMAX, axis, keepdim);
    }

    public Indexed min(int axis, boolean keepdim) {
        return extreme(Op.ARGMIN, axis, keepdim);
    }

    private Indexed extreme(Op op, int axis, boolean keepdim) {
        Node index = Nodes.argReduce(op, Nodes.detach(node()), axis);
        Node value = dim() == 0 ? node() : Nodes.gather(node(), index, axis);
        return new Indexed(finish(value, axes(axis), keepdim), finish(index, axes(axis), keepdim));
    }

    /** Index of the first largest element of the flattened tensor. */
    public Tensor argmax() {
        return flatten().argmax(0, false);
    }

    public Tensor argmin() {
        return flatten().argmin(0, false);
    }

    public Tensor argmax(int axis) {
        return argmax(axis, false);
    }

    public Tensor argmax(int axis, boolean keepdim) {
        return finish(Nodes.argReduce(Op.ARGMAX, Nodes.detach(node()), axis), axes(axis), keepdim);
    }

    public Tensor argmin(int axis) {
        return argmin(axis, false);
    }

    public Tensor argmin(int axis, boolean keepdim) {
        return finish(Nodes.argReduce(Op.ARGMIN, Nodes.detach(node()), axis), axes(axis), keepdim);
    }

    /** Whether any element is not zero: BOOL, or U8 for U8 as in PyTorch. */
    public Tensor any() {
        return any(axes(), false);
    }

    public Tensor any(int axis) {
        return any(axes(axis), false);
    }

    public Tensor any(int axis, boolean keepdim) {
        return any(axes(axis), keepdim);
    }

    public Tensor any(int[] axes, boolean keepdim) {
        return verdict(count(truth(), axes, keepdim).gt(0));
    }

    /** Whether no element is zero. */
    public Tensor all() {
        return all(axes(), false);
    }

    public Tensor all(int axis) {
        return all(axes(axis), false);
    }

    public Tensor all(int axis, boolean keepdim) {
        return all(axes(axis), keepdim);
    }

    public Tensor all(int[] axes, boolean keepdim) {
        return verdict(count(Nodes.unary(Op.NOT, truth()), axes, keepdim).eq(0));
    }

    private Tensor verdict(Tensor bool) {
        return dtype() == DType.U8 ? bool.to(DType.U8) : bool;
    }

    private Tensor count(Node mask, int[] axes, boolean keepdim) {
        return reduce(Op.SUM, Nodes.cast(mask, DType.I64), keepdim, axes);
    }

    /** Number of elements that are not zero: I64. */
    public Tensor countNonzero(int... axes) {
        return count(truth(), axes, false);
    }

    /** Variance; {@code correction} 1 is Bessel's. */
    public Tensor var(int[] axes, int correction, boolean keepdim) {
        Tensor centred = self().sub(mean(axes, true));
        Tensor sum = wrap(Nodes.mul(centred.node(), centred.node())).sum(axes, keepdim);
        return sum.div((double) Math.max(0, count(axes) - correction));
    }

    public Tensor var() {
        return var(axes(), 1, false);
    }

    /** Variance over one axis, with Bessel's correction. */
    public Tensor var(int axis, boolean keepdim) {
        return var(axes(axis), 1, keepdim);
    }

    /** Standard deviation with Bessel's correction; its gradient is 0 where it is 0. */
    public Tensor std() {
        return rootOf(var());
    }

    public Tensor std(int axis, boolean keepdim) {
        return std(axes(axis), 1, keepdim);
    }

    public Tensor std(int[] axes, int correction, boolean keepdim) {
        return rootOf(var(axes, correction, keepdim));
    }

    /** Square root whose gradient at 0 is 0. */
    static Tensor rootOf(Tensor square) {
        Tensor zero = square.eq(0);
        return zero.where(Tensor.zerosLike(square), zero.where(Tensor.onesLike(square), square).sqrt());
    }

    /** log of the sum of exp along an axis, without overflow. */
    public Tensor logsumexp(int axis) {
        return logsumexp(axes(axis), false);
    }

    public Tensor logsumexp(int[] axes, boolean keepdim) {
        Node x = Autocast.delicate(asFloat());
        if (numel() == 0) {
            return finish(Nodes.unary(Op.LOG, Nodes.sum(Nodes.unary(Op.EXP, x), axes)), axes, keepdim);
        }
        Node max = Nodes.detach(Nodes.reduce(Op.REDUCE_MAX, x, axes));
        Node finite = Nodes.where(Nodes.binary(Op.LT, Nodes.unary(Op.ABS, max), Nodes.constant(max.dtype(), Double.POSITIVE_INFINITY)),
                max, Nodes.constant(max.dtype(), 0.0));
        Node sum = Nodes.sum(Nodes.unary(Op.EXP, Nodes.sub(x, finite)), axes);
        return finish(Nodes.add(Nodes.unary(Op.LOG, sum), finite), axes, keepdim);
    }

    public Tensor softmax(int axis) {
        return softmaxOf(axis, false);
    }

    public Tensor logSoftmax(int axis) {
        return softmaxOf(axis, true);
    }

    private Tensor softmaxOf(int axis, boolean log) {
        Node x = Autocast.delicate(asFloat());
        if (x.shape().numel() == 0) {
            return wrap(x);
        }
        if (dim() == 0) {
            Tensor one = unsqueeze(0);
            return (log ? one.logSoftmax(0) : one.softmax(0)).reshape();
        }
        Node shifted = Nodes.sub(x, Nodes.detach(Nodes.reduce(Op.REDUCE_MAX, x, axis)));
        Node exp = Nodes.unary(Op.EXP, shifted);
        Node sum = Nodes.sum(exp, axis);
        return wrap(Composition.of(log ? "LogSoftmax" : "Softmax",
                log ? Nodes.sub(shifted, Nodes.unary(Op.LOG, sum)) : Nodes.div(exp, sum), Map.of("axis", x.shape().axis(axis)), x));
    }

    public Tensor cumsum(int axis) {
        return wrap(Nodes.scan(Op.CUMSUM, dtype().isFloat() ? node() : Nodes.cast(node(), DType.I64), axis, false));
    }

    public Tensor cumprod(int axis) {
        return wrap(Nodes.scan(Op.CUMPROD, dtype().isFloat() ? node() : Nodes.cast(node(), DType.I64), axis, false));
    }

    /** log of the running sum of exp. */
    public Tensor logcumsumexp(int axis) {
        return wrap(Nodes.scan(Op.CUMLOGSUMEXP, asFloat(), axis, false));
    }

    /** Running maximum and where it was found (the last of equal elements). */
    public Indexed cummax(int axis) {
        return running(Op.CUMARGMAX, axis);
    }

    public Indexed cummin(int axis) {
        return running(Op.CUMARGMIN, axis);
    }

    private Indexed running(Op op, int axis) {
        Node index = Nodes.scan(op, Nodes.detach(node()), axis, false);
        return new Indexed(dim() == 0 ? self() : wrap(Nodes.gather(node(), index, axis)), wrap(index));
    }
}
