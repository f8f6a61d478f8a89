package dev.levin.tensor;

import dev.levin.graph.Composition;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import java.util.Map;

/** Functions of the elements at one position. Operands broadcast and promote as in PyTorch. */
abstract class PointwiseTensor extends TensorBase {
    PointwiseTensor(Node node) {
        super(node);
    }

    /** Elementwise: -x. */
    public Tensor neg() {
        return wrap(Nodes.unary(Op.NEG, node()));
    }

    /** Elementwise: |x|. */
    public Tensor abs() {
        return wrap(Nodes.unary(Op.ABS, node()));
    }

    /** Elementwise: -1, 0 or 1. */
    public Tensor sign() {
        return dtype().isBool() ? self() : wrap(Nodes.unary(Op.SIGN, node()));
    }

    // Functions of floats: integers and booleans are converted to the default dtype first.

    /** Elementwise: e^x. */
    public Tensor exp() {
        return wrap(Nodes.unary(Op.EXP, asFloat()));
    }

    /** Elementwise: e^x - 1, exact near 0. */
    public Tensor expm1() {
        return wrap(Nodes.unary(Op.EXPM1, asFloat()));
    }

    /** Elementwise: natural logarithm. */
    public Tensor log() {
        return wrap(Nodes.unary(Op.LOG, asFloat()));
    }

    /** Elementwise: log(1 + x), exact near 0. */
    public Tensor log1p() {
        return wrap(Nodes.unary(Op.LOG1P, asFloat()));
    }

    /** Elementwise: square root. */
    public Tensor sqrt() {
        return wrap(Nodes.unary(Op.SQRT, asFloat()));
    }

    /** Elementwise: 1 / sqrt(x). */
    public Tensor rsqrt() {
        return wrap(Nodes.unary(Op.RSQRT, asFloat()));
    }

    /** Elementwise: 1 / x. */
    public Tensor reciprocal() {
        return wrap(Nodes.unary(Op.RECIP, asFloat()));
    }

    /** Elementwise: sine. */
    public Tensor sin() {
        return wrap(Nodes.unary(Op.SIN, asFloat()));
    }

    /** Elementwise: cosine. */
    public Tensor cos() {
        return wrap(Nodes.unary(Op.COS, asFloat()));
    }

    /** Elementwise: tangent. */
    public Tensor tan() {
        return wrap(Nodes.unary(Op.TAN, asFloat()));
    }

    /** Elementwise: arc sine. */
    public Tensor asin() {
        return wrap(Nodes.unary(Op.ASIN, asFloat()));
    }

    /** Elementwise: arc cosine. */
    public Tensor acos() {
        return wrap(Nodes.unary(Op.ACOS, asFloat()));
    }

    /** Elementwise: arc tangent. */
    public Tensor atan() {
        return wrap(Nodes.unary(Op.ATAN, asFloat()));
    }

    /** Elementwise: hyperbolic sine. */
    public Tensor sinh() {
        return wrap(Nodes.unary(Op.SINH, asFloat()));
    }

    /** Elementwise: hyperbolic cosine. */
    public Tensor cosh() {
        return wrap(Nodes.unary(Op.COSH, asFloat()));
    }

    /** Elementwise: hyperbolic tangent. */
    public Tensor tanh() {
        return wrap(Nodes.unary(Op.TANH, asFloat()));
    }

    /** Elementwise: 1 / (1 + e^-x). */
    public Tensor sigmoid() {
        return wrap(Nodes.unary(Op.SIGMOID, asFloat()));
    }

    /** Elementwise: error function. */
    public Tensor erf() {
        return wrap(Nodes.unary(Op.ERF, asFloat()));
    }

    /** Elementwise: 1 - erf(x). */
    public Tensor erfc() {
        return wrap(Nodes.unary(Op.ERFC, asFloat()));
    }

    /** Elementwise: inverse of erf. */
    public Tensor erfinv() {
        return wrap(Nodes.unary(Op.ERFINV, asFloat()));
    }

    /** Elementwise: log |gamma(x)|. */
    public Tensor lgamma() {
        return wrap(Nodes.unary(Op.LGAMMA, asFloat()));
    }

    /** Elementwise: largest integer not above; integers are returned as they are. */
    public Tensor floor() {
        return dtype().isFloat() ? wrap(Nodes.unary(Op.FLOOR, node())) : self();
    }

    /** Elementwise: smallest integer not below; integers are returned as they are. */
    public Tensor ceil() {
        return dtype().isFloat() ? wrap(Nodes.unary(Op.CEIL, node())) : self();
    }

    /** Elementwise: towards zero; integers are returned as they are. */
    public Tensor trunc() {
        return dtype().isFloat() ? wrap(Nodes.unary(Op.TRUNC, node())) : self();
    }

    /** Elementwise: nearest integer, halves to even; integers are returned as they are. */
    public Tensor round() {
        return dtype().isFloat() ? wrap(Nodes.unary(Op.ROUND, node())) : self();
    }

    public Tensor square() {
        return dtype().isBool() ? to(DType.I64) : mul(self());
    }

    /** max(x, 0); NaN stays; the gradient at 0 is 0. */
    public Tensor relu() {
        Node x = node();
        Node zero = Nodes.constant(dtype(), 0L);
        return wrap(Composition.of("Relu", Nodes.where(Nodes.binary(Op.LE, x, zero), zero, x), Map.of(), x));
    }

    /** Elementwise: this + other. */
    public Tensor add(Tensor other) {
        return promoted(Op.ADD, other);
    }

    public Tensor add(double other) {
        return withScalar(Op.ADD, other, false);
    }

    public Tensor add(long other) {
        return withScalar(Op.ADD, other, false);
    }

    /** Elementwise: this - other. */
    public Tensor sub(Tensor other) {
        return promoted(Op.SUB, other);
    }

    public Tensor sub(double other) {
        return withScalar(Op.SUB, other, false);
    }

    public Tensor sub(long other) {
        return withScalar(Op.SUB, other, false);
    }

    /** Elementwise: this * other. */
    public Tensor mul(Tensor other) {
        return promoted(Op.MUL, other);
    }

    public Tensor mul(double other) {
        return withScalar(Op.MUL, other, false);
    }

    public Tensor mul(long other) {
        return withScalar(Op.MUL, other, false);
    }

    /** {@code other - this}. */
    public Tensor rsub(double other) {
        return withScalar(Op.SUB, other, true);
    }

    public Tensor rsub(long other) {
        return withScalar(Op.SUB, other, true);
    }

    /** True division; integers give the default float dtype. */
    public Tensor div(Tensor other) {
        DType t = promote(this, other);
        DType f = t.isFloat() ? t : withDoubleOf(t);
        return wrap(Nodes.div(Nodes.cast(node(), f), Nodes.cast(other.node(), f)));
    }

    public Tensor div(double other) {
        return withScalar(Op.DIV, other, false);
    }

    /** {@code other / this}. */
    public Tensor rdiv(double other) {
        return withScalar(Op.DIV, other, true);
    }

    private static DType withDoubleOf(DType t) {
        return t.isFloat() ? t : dev.levin.graph.Context.current().defaultDType();
    }

    /** Elementwise power. */
    public Tensor pow(Tensor exponent) {
        return promoted(Op.POW, exponent);
    }

    public Tensor pow(double exponent) {
        if (exponent == 2) {
            return wrap(Nodes.mul(asFloat(), asFloat()));
        }
        return exponent == 0.5 ? sqrt() : exponent == -0.5 ? rsqrt() : withScalar(Op.POW, exponent, false);
    }

    public Tensor pow(long exponent) {
        return exponent == 2 ? mul(self()) : withScalar(Op.POW, exponent, false);
    }

    /** {@code base ^ this}. */
    public Tensor rpow(double base) {
        return withScalar(Op.POW, base, true);
    }

    /** Larger of both; NaN wins. */
    public Tensor maximum(Tensor other) {
        return promoted(Op.MAX, other);
    }

    /** Smaller of both; NaN wins. */
    public Tensor minimum(Tensor other) {
        return promoted(Op.MIN, other);
    }

    public Tensor atan2(Tensor other) {
        DType t = promote(this, other);
        DType f = withDoubleOf(t);
        return wrap(Nodes.binary(Op.ATAN2, Nodes.cast(node(), f), Nodes.cast(other.node(), f)));
    }

    /** Remainder with the sign of the dividend. */
    public Tensor fmod(Tensor other) {
        return promoted(Op.FMOD, other);
    }

    /** Limits elements to [min, max]; NaN passes; the gradient at a limit is whole. A fraction makes floats of integers. */
    public Tensor clamp(double min, double max) {
        return clampMin(min).clampMax(max);
    }

    public Tensor clamp(long min, long max) {
        return clampMin(min).clampMax(max);
    }

    public Tensor clampMin(double min) {
        return atLeast(asFloat(), Nodes.constant(withDouble(), min));
    }

    public Tensor clampMin(long min) {
        return atLeast(Nodes.cast(node(), withLong()), Nodes.constant(withLong(), min));
    }

    public Tensor clampMax(double max) {
        return atMost(asFloat(), Nodes.constant(withDouble(), max));
    }

    public Tensor clampMax(long max) {
        return atMost(Nodes.cast(node(), withLong()), Nodes.constant(withLong(), max));
    }

    private static Tensor atLeast(Node x, Node min) {
        return limited(x, min, Nodes.binary(Op.LT, x, min), Nodes.binary(Op.LE, min, x));
    }

    private static Tensor atMost(Node x, Node max) {
        return limited(x, max, Nodes.binary(Op.LT, max, x), Nodes.binary(Op.LE, x, max));
    }

    /** A NaN is neither outside nor inside: it stays, but no gradient flows through it. */
    private static Tensor limited(Node x, Node limit, Node outside, Node inside) {
        if (!x.requiresGrad()) {
            return wrap(Nodes.where(outside, limit, x));
        }
        return wrap(Nodes.where(inside, x, Nodes.where(outside, limit, Nodes.detach(x))));
    }

    // ---- comparisons: BOOL ------------------------------------------------------------------------------------------

    public Tensor eq(Tensor other) {
        return promoted(Op.EQ, other);
    }

    public Tensor eq(double other) {
        return withScalar(Op.EQ, other, false);
    }

    public Tensor eq(long other) {
        return withScalar(Op.EQ, other, false);
    }

    public Tensor ne(Tensor other) {
        return promoted(Op.EQ, other).logicalNot();
    }

    public Tensor ne(double other) {
        return withScalar(Op.EQ, other, false).logicalNot();
    }

    public Tensor ne(long other) {
        return withScalar(Op.EQ, other, false).logicalNot();
    }

    public Tensor lt(Tensor other) {
        return promoted(Op.LT, other);
    }

    public Tensor lt(double other) {
        return withScalar(Op.LT, other, false);
    }

    public Tensor lt(long other) {
        return withScalar(Op.LT, other, false);
    }

    public Tensor le(Tensor other) {
        return promoted(Op.LE, other);
    }

    public Tensor le(double other) {
        return withScalar(Op.LE, other, false);
    }

    public Tensor le(long other) {
        return withScalar(Op.LE, other, false);
    }

    public Tensor gt(Tensor other) {
        return other.promoted(Op.LT, self());
    }

    public Tensor gt(double other) {
        return withScalar(Op.LT, other, true);
    }

    public Tensor gt(long other) {
        return withScalar(Op.LT, other, true);
    }

    public Tensor ge(Tensor other) {
        return other.promoted(Op.LE, self());
    }

    public Tensor ge(double other) {
        return withScalar(Op.LE, other, true);
    }

    public Tensor ge(long other) {
        return withScalar(Op.LE, other, true);
    }

    /** BOOL: {@code x != 0}, negated. */
    public Tensor logicalNot() {
        return wrap(Nodes.unary(Op.NOT, truth()));
    }

    public Tensor logicalAnd(Tensor other) {
        return wrap(Nodes.binary(Op.AND, truth(), other.truth()));
    }

    public Tensor logicalOr(Tensor other) {
        return wrap(Nodes.binary(Op.OR, truth(), other.truth()));
    }

    public Tensor logicalXor(Tensor other) {
        return wrap(Nodes.binary(Op.XOR, truth(), other.truth()));
    }

    final Node truth() {
        return Nodes.cast(node(), DType.BOOL);
    }

    public Tensor bitwiseNot() {
        return wrap(Nodes.unary(Op.NOT, node()));
    }

    public Tensor bitwiseAnd(Tensor other) {
        return promoted(Op.AND, other);
    }

    public Tensor bitwiseOr(Tensor other) {
        return promoted(Op.OR, other);
    }

    public Tensor bitwiseXor(Tensor other) {
        return promoted(Op.XOR, other);
    }

    public Tensor isNaN() {
        return wrap(Nodes.unary(Op.NOT, Nodes.binary(Op.EQ, node(), node())));
    }

    public Tensor isInf() {
        return dtype().isFloat() ? abs().eq(Double.POSITIVE_INFINITY) : wrap(Nodes.full(DType.BOOL, shape(), 0));
    }

    public Tensor isFinite() {
        return dtype().isFloat() ? abs().lt(Double.POSITIVE_INFINITY) : wrap(Nodes.full(DType.BOOL, shape(), 1));
    }

    /** {@code this} (BOOL) ? a : b. */
    public Tensor where(Tensor a, Tensor b) {
        DType t = promote(a, b);
        return wrap(Nodes.where(node(), Nodes.cast(a.node(), t), Nodes.cast(b.node(), t)));
    }

    /** {@code value} where the mask is true. */
    public Tensor maskedFill(Tensor mask, double value) {
        return wrap(Nodes.where(mask.node(), Nodes.constant(dtype(), value), node()));
    }

    /** The same values in another dtype. */
    public Tensor to(DType dtype) {
        return wrap(Nodes.cast(node(), dtype));
    }
}
