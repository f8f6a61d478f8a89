package dev.levin.tensor;

import dev.levin.graph.Context;
import dev.levin.graph.CustomGradient;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** More arithmetic of the elements at one position: parts, division, combinations, limits, closeness, bits, casts. */
abstract class ArithmeticTensor extends PointwiseTensor {
    ArithmeticTensor(Node node) {
        super(node);
    }

    // ---- signs, parts, rounding ---------------------------------------------------------------------------------------

    /** Elementwise: x - trunc(x). */
    public Tensor frac() {
        return sub(self().trunc());
    }

    /** Rounded to {@code decimals} digits after the point (before it, if negative); halves to even. */
    public Tensor round(int decimals) {
        if (decimals == 0) {
            return round();
        }
        double scale = Math.pow(10, Math.abs(decimals));
        return decimals > 0 ? mul(scale).round().div(scale) : div(scale).round().mul(scale);
    }

    /** BOOL: negative, including -0. */
    public Tensor signbit() {
        Tensor negative = self().lt(0);
        return dtype().isFloat() ? negative.logicalOr(self().eq(0).logicalAnd(reciprocal().lt(0))) : negative;
    }

    /** The magnitude of this with the sign of {@code other}, which gets no gradient. */
    public Tensor copysign(Tensor other) {
        Tensor[] ab = pair(other);
        Tensor one = Tensor.scalar(1, ab[0].dtype());
        return ab[0].abs().mul(ab[1].detach().signbit().where(one.neg(), one));
    }

    public Tensor copysign(double other) {
        boolean negative = Double.doubleToRawLongBits(other) < 0;
        Tensor magnitude = floating().abs();
        return negative ? magnitude.neg() : magnitude;
    }

    /** 0 below 0, 1 above, {@code values} at 0. */
    public Tensor heaviside(Tensor values) {
        Tensor step = self().gt(0).to(dtype());
        return self().eq(0).where(values, step);
    }

    /** this * 2^other. */
    public Tensor ldexp(Tensor other) {
        return mul(other.exp2());
    }

    // ---- division -----------------------------------------------------------------------------------------------------

    /** The quotient rounded; integers stay integers. Its gradient is 0. */
    public Tensor div(Tensor other, Rounding rounding) {
        DType t = promote(this, other);
        Tensor a = wrap(Nodes.cast(self().detach().node(), t));
        Tensor b = wrap(Nodes.cast(other.detach().node(), t));
        if (t.isFloat()) {
            return rounding == Rounding.TRUNC ? a.div(b).trunc() : floorQuotient(a, b);
        }
        Tensor q = wrap(Nodes.binary(Op.DIV, a.node(), b.node()));
        if (rounding == Rounding.TRUNC) {
            return q;
        }
        Tensor rest = a.sub(q.mul(b));
        Tensor down = rest.ne(0).logicalAnd(rest.lt(0).logicalXor(b.lt(0)));
        return q.sub(down.to(t));
    }

    public Tensor div(double other, Rounding rounding) {
        return div(Tensor.scalar(other, withDouble()), rounding);
    }

    public Tensor div(long other, Rounding rounding) {
        return div(Tensor.scalar(other, withLong()), rounding);
    }

    /** Exact: the remainder is taken off before dividing, so that the quotient is a whole number but for rounding. */
    private static Tensor floorQuotient(Tensor a, Tensor b) {
        Tensor rest = a.fmod(b);
        Tensor adjust = rest.ne(0).logicalAnd(rest.lt(0).logicalXor(b.lt(0)));
        Tensor whole = a.sub(rest).div(b).sub(adjust.to(a.dtype()));
        Tensor floor = whole.floor();
        Tensor rounded = floor.add(whole.sub(floor).gt(0.5).to(a.dtype()));
        Tensor plain = a.div(b);
        Tensor zero = Tensor.zerosLike(plain).copysign(plain);
        return b.eq(0).where(plain, whole.eq(0).where(zero, rounded));
    }

    /** The quotient rounded towards minus infinity, as {@code //} in Python. */
    public Tensor floorDivide(Tensor other) {
        return div(other, Rounding.FLOOR);
    }

    public Tensor floorDivide(double other) {
        return div(other, Rounding.FLOOR);
    }

    public Tensor floorDivide(long other) {
        return div(other, Rounding.FLOOR);
    }

    /** Remainder with the sign of the divisor, as {@code %} in Python. */
    public Tensor remainder(Tensor other) {
        Tensor rest = self().fmod(other);
        Tensor adjust = rest.ne(0).logicalAnd(rest.lt(0).logicalXor(other.lt(0)));
        return adjust.where(rest.add(other), rest);
    }

    public Tensor remainder(double other) {
        return remainder(Tensor.scalar(other, withDouble()));
    }

    public Tensor remainder(long other) {
        return remainder(Tensor.scalar(other, withLong()));
    }

    /** Remainder with the sign of the dividend. */
    public Tensor fmod(double other) {
        return self().fmod(Tensor.scalar(other, withDouble()));
    }

    public Tensor fmod(long other) {
        return self().fmod(Tensor.scalar(other, withLong()));
    }

    // ---- combinations -------------------------------------------------------------------------------------------------

    /** this + alpha * other. */
    public Tensor add(Tensor other, double alpha) {
        return add(other.mul(alpha));
    }

    public Tensor add(Tensor other, long alpha) {
        return add(other.mul(alpha));
    }

    /** this - alpha * other. */
    public Tensor sub(Tensor other, double alpha) {
        return sub(other.mul(alpha));
    }

    public Tensor sub(Tensor other, long alpha) {
        return sub(other.mul(alpha));
    }

    /** other - this. */
    public Tensor rsub(Tensor other) {
        return other.sub(self());
    }

    /** this + value * tensor1 * tensor2. */
    public Tensor addcmul(Tensor tensor1, Tensor tensor2, double value) {
        return add(scaled(tensor1.mul(tensor2), value));
    }

    public Tensor addcmul(Tensor tensor1, Tensor tensor2) {
        return add(tensor1.mul(tensor2));
    }

    /** this + value * tensor1 / tensor2. */
    public Tensor addcdiv(Tensor tensor1, Tensor tensor2, double value) {
        return add(tensor1.div(tensor2).mul(value));
    }

    public Tensor addcdiv(Tensor tensor1, Tensor tensor2) {
        return add(tensor1.div(tensor2));
    }

    /** Whole factors keep integers integers. */
    static Tensor scaled(Tensor x, double factor) {
        if (factor == 1) {
            return x;
        }
        return x.dtype().isFloat() || factor != Math.rint(factor) ? x.mul(factor) : x.mul((long) factor);
    }

    /** this + weight * (end - this). */
    public Tensor lerp(Tensor end, double weight) {
        Tensor way = end.sub(self());
        return weight < 0.5 ? add(way.mul(weight)) : end.sub(way.mul(1 - weight));
    }

    public Tensor lerp(Tensor end, Tensor weight) {
        Tensor way = end.sub(self());
        // Both forms are exact at their own end.
        return weight.lt(0.5).where(add(way.mul(weight)), end.sub(way.mul(weight.rsub(1.0))));
    }

    /** Power computed in F64. */
    public Tensor floatPower(Tensor exponent) {
        return self().to(DType.F64).pow(exponent.to(DType.F64));
    }

    public Tensor floatPower(double exponent) {
        return self().to(DType.F64).pow(exponent);
    }

    /** {@code base ^ this}; an integer base keeps integers integers. */
    public Tensor rpow(long base) {
        return withScalar(Op.POW, base, true);
    }

    // ---- limits -------------------------------------------------------------------------------------------------------

    /** Limits elements to [min, max], either of which may be null; a NaN limit gives NaN; NaN passes. */
    public Tensor clamp(Tensor min, Tensor max) {
        if (min == null && max == null) {
            throw new IllegalArgumentException("clamp needs a minimum or a maximum");
        }
        Tensor x = self();
        if (min != null) {
            x = x.isNaN().logicalOr(x.ge(min)).where(x, min);
        }
        if (max != null) {
            x = x.isNaN().logicalOr(x.le(max)).where(x, max);
        }
        return x;
    }

    public Tensor clampMin(Tensor min) {
        return clamp(min, null);
    }

    public Tensor clampMax(Tensor max) {
        return clamp(null, max);
    }

    /** Larger of both; a NaN loses against a number. */
    public Tensor fmax(Tensor other) {
        Tensor[] ab = same(other);
        return ab[0].ge(ab[1]).logicalOr(ab[1].isNaN()).where(ab[0], ab[1]);
    }

    /** Smaller of both; a NaN loses against a number. */
    public Tensor fmin(Tensor other) {
        Tensor[] ab = same(other);
        return ab[0].le(ab[1]).logicalOr(ab[1].isNaN()).where(ab[0], ab[1]);
    }

    /** NaN becomes 0, infinities the largest finite numbers. */
    public Tensor nanToNum() {
        return nanToNum(0, null, null);
    }

    /** Replaces NaN and infinities; null stands for the largest (lowest) finite number of the dtype. */
    public Tensor nanToNum(double nan, Double posinf, Double neginf) {
        if (!dtype().isFloat()) {
            return self();
        }
        double most = switch (dtype()) {
            case F64 -> Double.MAX_VALUE;
            case F32 -> Float.MAX_VALUE;
            case F16 -> 65504;
            default -> 0x1.FEp127;
        };
        Tensor x = self();
        Tensor y = x.isNaN().where(Tensor.scalar(nan, dtype()), x);
        y = x.eq(Double.POSITIVE_INFINITY).where(Tensor.scalar(posinf == null ? most : posinf, dtype()), y);
        return x.eq(Double.NEGATIVE_INFINITY).where(Tensor.scalar(neginf == null ? -most : neginf, dtype()), y);
    }

    // ---- closeness ----------------------------------------------------------------------------------------------------

    /** BOOL: |this - other| <= atol + rtol * |other|, or equal. */
    public Tensor isclose(Tensor other, double rtol, double atol, boolean equalNan) {
        Tensor[] ab = same(other);
        Tensor a = ab[0];
        Tensor b = ab[1];
        Tensor distance = a.sub(b).abs();
        Tensor allowed = (b.dtype().isFloat() ? b : wrap(b.asFloat())).mul(rtol).abs().add(atol);
        Tensor close = a.eq(b).logicalOr(distance.isFinite().logicalAnd(distance.le(allowed)));
        return equalNan ? close.logicalOr(a.isNaN().logicalAnd(b.isNaN())) : close;
    }

    public Tensor isclose(Tensor other) {
        return isclose(other, 1e-5, 1e-8, false);
    }

    /** Whether all elements are {@linkplain #isclose close}; computes at once. */
    public boolean allclose(Tensor other, double rtol, double atol, boolean equalNan) {
        return isclose(other, rtol, atol, equalNan).all().itemLong() != 0;
    }

    public boolean allclose(Tensor other) {
        return allclose(other, 1e-5, 1e-8, false);
    }

    /** Whether shapes and all elements are equal; computes at once. */
    public boolean equal(Tensor other) {
        return shape().equals(other.shape()) && self().eq(other).all().itemLong() != 0;
    }

    /** BOOL: +infinity. */
    public Tensor isposinf() {
        return self().eq(Double.POSITIVE_INFINITY);
    }

    /** BOOL: -infinity. */
    public Tensor isneginf() {
        return self().eq(Double.NEGATIVE_INFINITY);
    }

    // ---- bits ---------------------------------------------------------------------------------------------------------

    /** Integers: this * 2^other. */
    public Tensor bitwiseLeftShift(Tensor other) {
        return promoted(Op.SHL, other);
    }

    public Tensor bitwiseLeftShift(long other) {
        return withScalar(Op.SHL, other, false);
    }

    /** Integers: this / 2^other, rounded down. */
    public Tensor bitwiseRightShift(Tensor other) {
        return promoted(Op.SHR, other);
    }

    public Tensor bitwiseRightShift(long other) {
        return withScalar(Op.SHR, other, false);
    }

    public Tensor bitwiseAnd(long other) {
        return withScalar(Op.AND, other, false);
    }

    public Tensor bitwiseOr(long other) {
        return withScalar(Op.OR, other, false);
    }

    public Tensor bitwiseXor(long other) {
        return withScalar(Op.XOR, other, false);
    }

    // ---- dtypes -------------------------------------------------------------------------------------------------------

    /** To F32. */
    public Tensor float_() {
        return to(DType.F32);
    }

    /** To F64. */
    public Tensor double_() {
        return to(DType.F64);
    }

    /** To F16. */
    public Tensor half() {
        return to(DType.F16);
    }

    /** To BF16. */
    public Tensor bfloat16() {
        return to(DType.BF16);
    }

    /** To I64. */
    public Tensor long_() {
        return to(DType.I64);
    }

    /** To I32. */
    public Tensor int_() {
        return to(DType.I32);
    }

    /** To BOOL: {@code != 0}. */
    public Tensor bool() {
        return to(DType.BOOL);
    }

    /** To the dtype of another tensor. */
    public Tensor typeAs(Tensor other) {
        return to(other.dtype());
    }

    // ---- common -------------------------------------------------------------------------------------------------------

    /** Both operands broadcast, in the float dtype they promote to. */
    final Tensor[] pair(Tensor other) {
        DType t = promote(this, other);
        return cast(other, t.isFloat() ? t : Context.current().defaultDType());
    }

    /** Both operands broadcast, in the dtype they promote to. */
    final Tensor[] same(Tensor other) {
        return cast(other, promote(this, other));
    }

    private Tensor[] cast(Tensor other, DType t) {
        var shape = Shape.broadcast(shape(), other.shape());
        return new Tensor[] {wrap(Nodes.broadcast(Nodes.cast(node(), t), shape)),
            wrap(Nodes.broadcast(Nodes.cast(other.node(), t), shape))};
    }

    /** In a float dtype. */
    final Tensor floating() {
        return wrap(asFloat());
    }

    /** {@code value}, computed without gradients, with the given gradient by each input. */
    static Tensor custom(Tensor value, CustomGradient gradient, Tensor... inputs) {
        Node[] nodes = new Node[inputs.length];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = inputs[i].node();
        }
        return wrap(Nodes.custom(value.detach().node(), gradient, nodes));
    }
}
