package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;

/** Exponentials, trigonometric, hyperbolic and gamma functions of the elements at one position, composed of the primitives. */
abstract class MathTensor extends ArithmeticTensor {
    private static final double LN2 = Math.log(2);

    MathTensor(Node node) {
        super(node);
    }

    private interface Derivative {
        Tensor of(Tensor x);
    }

    private static Tensor withDerivative(Tensor value, Tensor x, Derivative d) {
        return custom(value, (y, in, g) -> new Node[] {wrap(g).mul(d.of(wrap(in[0]))).node()}, x);
    }

    // ---- exponentials and logarithms ----------------------------------------------------------------------------------

    /** Elementwise: 2^x. */
    public Tensor exp2() {
        return floating().rpow(2.0);
    }

    /** Elementwise: logarithm to base 2. */
    public Tensor log2() {
        return log().div(LN2);
    }

    /** Elementwise: logarithm to base 10. */
    public Tensor log10() {
        return log().div(Math.log(10));
    }

    /** Elementwise: log(x / (1 - x)). */
    public Tensor logit() {
        Tensor x = floating();
        return x.log().sub(x.neg().log1p());
    }

    /** As {@link #logit()} of x limited to [eps, 1 - eps]; the gradient outside is 0. */
    public Tensor logit(double eps) {
        return floating().clamp(eps, 1 - eps).logit();
    }

    /** log(exp(this) + exp(other)) without overflow. */
    public Tensor logaddexp(Tensor other) {
        return logAdd(other, 1);
    }

    /** log2(2^this + 2^other) without overflow. */
    public Tensor logaddexp2(Tensor other) {
        return logAdd(other, LN2);
    }

    private Tensor logAdd(Tensor other, double ln) {
        Tensor[] ab = pair(other);
        Tensor a = ab[0].detach();
        Tensor b = ab[1].detach();
        Tensor distance = a.sub(b).abs().neg().mul(ln);
        Tensor sum = a.maximum(b).add(distance.exp().log1p().div(ln));
        // Equal infinities have no distance, but their own value is the answer.
        Tensor value = a.eq(b).logicalAnd(a.isInf()).where(a, sum);
        return custom(value, (y, in, g) -> {
            Tensor share = wrap(in[0]).sub(wrap(in[1])).mul(ln);
            return new Node[] {wrap(g).mul(share.sigmoid()).node(), wrap(g).mul(share.neg().sigmoid()).node()};
        }, ab);
    }

    /** this * log(other), which is 0 where this is 0, even for a logarithm of 0 (but not of NaN). */
    public Tensor xlogy(Tensor other) {
        Tensor[] ab = pair(other);
        return zeroTimes(ab[0], ab[1], ab[1].le(0).logicalOr(ab[1].eq(Double.POSITIVE_INFINITY)), Op.LOG);
    }

    public Tensor xlogy(double other) {
        return xlogy(Tensor.scalar(other, withDouble()));
    }

    /** this * log(1 + other), which is 0 where this is 0, unless other is NaN. */
    public Tensor xlog1py(Tensor other) {
        Tensor[] ab = pair(other);
        return zeroTimes(ab[0], ab[1], ab[1].le(-1).logicalOr(ab[1].eq(Double.POSITIVE_INFINITY)), Op.LOG1P);
    }

    private static Tensor zeroTimes(Tensor a, Tensor b, Tensor singular, Op log) {
        Tensor zero = a.eq(0).logicalAnd(singular);
        Tensor safe = zero.where(Tensor.scalar(1, b.dtype()), b);
        return a.mul(wrap(Nodes.unary(log, safe.node())));
    }

    // ---- trigonometric and hyperbolic ---------------------------------------------------------------------------------

    /** Elementwise: sin(pi x) / (pi x), 1 at 0. */
    public Tensor sinc() {
        Tensor x = floating();
        Tensor one = Tensor.scalar(1, x.dtype());
        Tensor zero = x.detach().eq(0);
        Tensor angle = zero.where(one, x.detach()).mul(Math.PI);
        return withDerivative(zero.where(one, angle.sin().div(angle)), x, MathTensor::sincDerivative);
    }

    /** (cos(pi x) - sinc(x)) / x; near 0, where that cancels, its series. */
    private static Tensor sincDerivative(Tensor x) {
        Tensor near = x.detach().abs().lt(x.dtype() == DType.F64 ? 0.01 : 0.1);
        Tensor far = near.where(Tensor.scalar(1, x.dtype()), x);
        Tensor angle = far.mul(Math.PI);
        Tensor small = near.where(x, Tensor.scalar(0, x.dtype()));
        double p = Math.PI * Math.PI;
        Tensor series = small.square().mul(-p * p * p / 840).add(p * p / 30).mul(small.square()).sub(p / 3).mul(small);
        return near.where(series, angle.cos().sub(angle.sin().div(angle)).div(far));
    }

    /** Elementwise: inverse hyperbolic sine, exact near 0 and without overflow. */
    public Tensor asinh() {
        Tensor x = floating();
        Tensor a = x.detach().abs();
        double large = large(x.dtype());
        Tensor small = a.clampMax(large);
        Tensor square = small.square();
        Tensor near = small.add(square.div(square.add(1).sqrt().add(1))).log1p();
        Tensor magnitude = a.gt(large).where(a.log().add(LN2), near);
        return withDerivative(magnitude.copysign(x.detach()), x, v -> reciprocalRoot(v, 1));
    }

    /** Elementwise: inverse hyperbolic cosine; NaN below 1. */
    public Tensor acosh() {
        Tensor x = floating();
        Tensor a = x.detach();
        double large = large(x.dtype());
        Tensor t = a.clamp(-2, large).sub(1);
        Tensor near = t.add(t.mul(2).add(t.square()).sqrt()).log1p();
        return withDerivative(a.gt(large).where(a.log().add(LN2), near), x, v -> reciprocalRoot(v, -1));
    }

    /** 1 / sqrt(x^2 + shift) without overflow of the square. */
    private static Tensor reciprocalRoot(Tensor x, double shift) {
        double large = large(x.dtype());
        Tensor far = x.abs().gt(large);
        Tensor square = far.where(Tensor.scalar(2, x.dtype()), x).square();
        return far.where(x.abs().reciprocal(), square.add(shift).rsqrt());
    }

    /** Beyond this, 1 is lost against the square, which is far from overflow. */
    private static double large(DType dtype) {
        return switch (dtype) {
            case F64 -> 1e10;
            case F16 -> 100;
            default -> 1e6;
        };
    }

    /** Elementwise: inverse hyperbolic tangent. */
    public Tensor atanh() {
        Tensor x = floating();
        Tensor v = x.detach();
        Tensor value = v.mul(2).div(v.rsub(1.0)).log1p().mul(0.5);
        return withDerivative(value, x, u -> u.square().rsub(1.0).reciprocal());
    }

    /** sqrt(this^2 + other^2) without overflow. */
    public Tensor hypot(Tensor other) {
        Tensor[] ab = pair(other);
        Tensor a = ab[0].detach().abs();
        Tensor b = ab[1].detach().abs();
        Tensor high = a.maximum(b);
        Tensor ratio = high.eq(0).where(high, a.minimum(b).div(high));
        Tensor infinite = a.isInf().logicalOr(b.isInf());
        Tensor value = infinite.where(Tensor.scalar(Double.POSITIVE_INFINITY, a.dtype()), high.mul(ratio.square().add(1).sqrt()));
        return custom(value, (y, in, g) -> {
            Tensor length = wrap(in[0]).hypot(wrap(in[1]));
            return new Node[] {wrap(g).mul(wrap(in[0]).div(length)).node(), wrap(g).mul(wrap(in[1]).div(length)).node()};
        }, ab);
    }

    /** Degrees to radians. */
    public Tensor deg2rad() {
        return floating().mul(Math.PI / 180);
    }

    /** Radians to degrees. */
    public Tensor rad2deg() {
        return floating().mul(180 / Math.PI);
    }

    // ---- gamma functions ----------------------------------------------------------------------------------------------

    /** Elementwise: derivative of {@link #lgamma}. */
    public Tensor digamma() {
        return polygamma(0);
    }

    /** Elementwise: n-th derivative of {@link #digamma}. */
    public Tensor polygamma(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("polygamma needs n >= 0, not " + n);
        }
        return wrap(Nodes.unary(Op.POLYGAMMA, asFloat(), n));
    }

    /** Multivariate log-gamma of dimension p. */
    public Tensor mvlgamma(int p) {
        if (p < 1) {
            throw new IllegalArgumentException("mvlgamma needs p >= 1, not " + p);
        }
        Tensor sum = floating().lgamma();
        for (int j = 1; j < p; j++) {
            sum = sum.add(floating().sub(j / 2.0).lgamma());
        }
        return sum.add(p * (p - 1) / 4.0 * Math.log(Math.PI));
    }
}
