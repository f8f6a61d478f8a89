package dev.levin.examples.conformance;

import dev.levin.tensor.Rounding;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** Functions of the elements at one position. */
final class PointwiseOps {
    private final OpTable table;

    private PointwiseOps(OpTable table) {
        this.table = table;
    }

    static void register(OpTable table) {
        PointwiseOps ops = new PointwiseOps(table);
        ops.unary();
        ops.arithmetic();
        ops.logic();
        ops.combinations();
    }

    private void unary(String name, UnaryOperator<Tensor> f) {
        table.one("torch." + name, a -> f.apply(a.t(0)));
    }

    private void unary() {
        unary("neg", Tensor::neg);
        unary("abs", Tensor::abs);
        unary("sign", Tensor::sign);
        unary("exp", Tensor::exp);
        unary("exp2", Tensor::exp2);
        unary("expm1", Tensor::expm1);
        unary("log", Tensor::log);
        unary("log2", Tensor::log2);
        unary("log10", Tensor::log10);
        unary("log1p", Tensor::log1p);
        unary("sqrt", Tensor::sqrt);
        unary("rsqrt", Tensor::rsqrt);
        unary("reciprocal", Tensor::reciprocal);
        unary("square", Tensor::square);
        unary("sin", Tensor::sin);
        unary("cos", Tensor::cos);
        unary("tan", Tensor::tan);
        unary("asin", Tensor::asin);
        unary("acos", Tensor::acos);
        unary("atan", Tensor::atan);
        unary("sinh", Tensor::sinh);
        unary("cosh", Tensor::cosh);
        unary("tanh", Tensor::tanh);
        unary("asinh", Tensor::asinh);
        unary("acosh", Tensor::acosh);
        unary("atanh", Tensor::atanh);
        unary("sigmoid", Tensor::sigmoid);
        unary("erf", Tensor::erf);
        unary("erfc", Tensor::erfc);
        unary("erfinv", Tensor::erfinv);
        unary("lgamma", Tensor::lgamma);
        unary("digamma", Tensor::digamma);
        unary("frac", Tensor::frac);
        unary("sinc", Tensor::sinc);
        unary("floor", Tensor::floor);
        unary("ceil", Tensor::ceil);
        unary("trunc", Tensor::trunc);
        unary("signbit", Tensor::signbit);
        unary("deg2rad", Tensor::deg2rad);
        unary("rad2deg", Tensor::rad2deg);
        unary("relu", Tensor::relu);
        unary("isnan", Tensor::isNaN);
        unary("isinf", Tensor::isInf);
        unary("isfinite", Tensor::isFinite);
        unary("isposinf", Tensor::isposinf);
        unary("isneginf", Tensor::isneginf);
        unary("logical_not", Tensor::logicalNot);
        unary("bitwise_not", Tensor::bitwiseNot);
        table.one("torch.round", a -> a.t(0).round(a.i("decimals", 0)));
        table.one("torch.logit", a -> a.has("eps") ? a.t(0).logit(a.f("eps")) : a.t(0).logit());
        table.one("torch.polygamma", a -> a.t(a.count() - 1).polygamma(a.i("n", 0)));
        table.one("torch.mvlgamma", a -> a.t(0).mvlgamma(a.i("p", 1)));
        table.one("torch.nan_to_num", a -> a.t(0).nanToNum(a.f("nan", 0), a.f("posinf"), a.f("neginf")));
    }

    private interface WithDouble {
        Tensor apply(Tensor x, double y);
    }

    private interface WithLong {
        Tensor apply(Tensor x, long y);
    }

    /** A second operand that is a tensor, a fraction or an integer. */
    private void binary(String name, BinaryOperator<Tensor> f, WithDouble d, WithLong l) {
        table.one("torch." + name, a -> binary(a, f, d, l));
    }

    private static Tensor binary(Args a, BinaryOperator<Tensor> f, WithDouble d, WithLong l) {
        return switch (a.operand(1, "other", "exponent")) {
            case Tensor y -> f.apply(a.t(0), y);
            case Long y -> l.apply(a.t(0), y);
            case Number y -> d.apply(a.t(0), y.doubleValue());
            default -> throw new IllegalArgumentException("a second operand that is neither tensor nor number");
        };
    }

    /** A function that has no form for numbers: they become scalar tensors. */
    private void tensors(String name, BinaryOperator<Tensor> f) {
        binary(name, f, (x, y) -> f.apply(x, Tensor.scalar(y, x.dtype().isFloat() ? x.dtype() : DType.F32)),
                (x, y) -> f.apply(x, Tensor.scalar(y, x.dtype())));
    }

    private void arithmetic() {
        table.one("torch.add", a -> scaled(a, Tensor::add, Tensor::add, Tensor::add, 1));
        table.one("torch.sub", a -> scaled(a, Tensor::sub, Tensor::sub, Tensor::sub, 1));
        table.one("torch.rsub", a -> {
            Number alpha = a.number("alpha");
            Tensor x = alpha == null ? a.t(0) : alpha instanceof Long n ? a.t(0).mul((long) n) : a.t(0).mul(alpha.doubleValue());
            return switch (a.operand(1, "other")) {
                case Tensor y -> x.rsub(y);
                case Long y -> x.rsub((long) y);
                case Object y -> x.rsub(((Number) y).doubleValue());
            };
        });
        binary("mul", Tensor::mul, Tensor::mul, Tensor::mul);
        table.one("torch.div", a -> {
            if (!a.has("rounding_mode")) {
                return binary(a, Tensor::div, Tensor::div, (x, y) -> x.div((double) y));
            }
            Rounding r = Rounding.valueOf(a.text("rounding_mode", "").toUpperCase(java.util.Locale.ROOT));
            return binary(a, (x, y) -> x.div(y, r), (x, y) -> x.div(y, r), (x, y) -> x.div(y, r));
        });
        binary("pow", Tensor::pow, Tensor::pow, Tensor::pow);
        binary("pow(tensor,scalar)", Tensor::pow, Tensor::pow, Tensor::pow);
        table.one("torch.pow(scalar,tensor)", a -> a.number("self") instanceof Long base ? a.t(0).rpow((long) base)
                : a.t(0).rpow(a.f("self")));
        binary("float_power", Tensor::floatPower, Tensor::floatPower, (x, y) -> x.floatPower((double) y));
        binary("fmod", Tensor::fmod, Tensor::fmod, Tensor::fmod);
        binary("remainder", Tensor::remainder, Tensor::remainder, Tensor::remainder);
        binary("floor_divide", Tensor::floorDivide, Tensor::floorDivide, Tensor::floorDivide);
        tensors("maximum", Tensor::maximum);
        tensors("minimum", Tensor::minimum);
        tensors("fmax", Tensor::fmax);
        tensors("fmin", Tensor::fmin);
        tensors("atan2", Tensor::atan2);
        tensors("hypot", Tensor::hypot);
        tensors("logaddexp", Tensor::logaddexp);
        tensors("logaddexp2", Tensor::logaddexp2);
        binary("xlogy", Tensor::xlogy, Tensor::xlogy, (x, y) -> x.xlogy((double) y));
        binary("copysign", Tensor::copysign, Tensor::copysign, (x, y) -> x.copysign((double) y));
        table.one("torch.heaviside", a -> a.t(0).heaviside(a.t(1)));
        table.one("torch.ldexp", a -> a.t(0).ldexp(a.t(1)));
    }

    private static Tensor scaled(Args a, BinaryOperator<Tensor> f, WithDouble d, WithLong l, long sign) {
        Number alpha = a.number("alpha");
        if (alpha == null) {
            return binary(a, f, d, l);
        }
        return switch (a.operand(1, "other")) {
            case Tensor y -> f.apply(a.t(0), alpha instanceof Long n ? y.mul((long) n) : y.mul(alpha.doubleValue()));
            case Long y when alpha instanceof Long n -> l.apply(a.t(0), y * n);
            case Object y -> d.apply(a.t(0), ((Number) y).doubleValue() * alpha.doubleValue());
        };
    }

    private void logic() {
        binary("eq", Tensor::eq, Tensor::eq, Tensor::eq);
        binary("ne", Tensor::ne, Tensor::ne, Tensor::ne);
        binary("lt", Tensor::lt, Tensor::lt, Tensor::lt);
        binary("le", Tensor::le, Tensor::le, Tensor::le);
        binary("gt", Tensor::gt, Tensor::gt, Tensor::gt);
        binary("ge", Tensor::ge, Tensor::ge, Tensor::ge);
        tensors("logical_and", Tensor::logicalAnd);
        tensors("logical_or", Tensor::logicalOr);
        tensors("logical_xor", Tensor::logicalXor);
        tensors("bitwise_and", Tensor::bitwiseAnd);
        tensors("bitwise_or", Tensor::bitwiseOr);
        tensors("bitwise_xor", Tensor::bitwiseXor);
        tensors("bitwise_left_shift", Tensor::bitwiseLeftShift);
        tensors("bitwise_right_shift", Tensor::bitwiseRightShift);
        table.one("torch.isclose", a -> a.t(0).isclose(a.t(1), a.f("rtol", 1e-5), a.f("atol", 1e-8), a.flag("equal_nan", false)));
    }

    private void combinations() {
        table.one("torch.lerp", a -> a.t(2) == null ? a.t(0).lerp(a.t(1), a.f("weight")) : a.t(0).lerp(a.t(1), a.t(2)));
        table.one("torch.addcmul", a -> a.t(0).addcmul(a.t(1), a.t(2), a.f("value", 1)));
        table.one("torch.addcdiv", a -> a.t(0).addcdiv(a.t(1), a.t(2), a.f("value", 1)));
        table.one("torch.where", a -> Tensor.where(a.t(0), a.t(1), a.t(2)));
        table.one("torch.clamp", PointwiseOps::clamp);
        table.one("torch.clamp(tensor)", a -> a.t(0).clamp(a.t("min"), a.t("max")));
    }

    private static Tensor clamp(Args a) {
        Number min = a.number("min");
        Number max = a.number("max");
        Tensor x = a.t(0);
        boolean whole = (min == null || min instanceof Long) && (max == null || max instanceof Long);
        if (min != null) {
            x = whole ? x.clampMin(min.longValue()) : x.clampMin(min.doubleValue());
        }
        if (max != null) {
            x = whole ? x.clampMax(max.longValue()) : x.clampMax(max.doubleValue());
        }
        return x;
    }
}
