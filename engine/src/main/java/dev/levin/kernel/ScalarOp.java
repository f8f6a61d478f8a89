package dev.levin.kernel;

import java.util.Locale;

/**
 * Scalar functions of a kernel body, with PyTorch's meaning.
 *
 * <p>All operands of a binary op have the dtype of the result, but for comparisons (result BOOL) and {@link #WHERE}
 * (first operand BOOL). F16 and BF16 values are computed in F32 and rounded only by {@link #CAST} and by stores. Integer
 * results wrap around. BOOL takes part in comparisons and, as 0 and 1 stored {@code != 0}, in
 * {@code ADD}/{@code MAX}/{@code OR} (or), {@code MUL}/{@code MIN}/{@code AND} (and), {@code SUB}/{@code XOR}, {@code POW}, {@code NOT}.
 */
public enum ScalarOp {
    NEG(1, 1), ABS(1, 1), EXP(1, 16), LOG(1, 28), LOG1P(1, 36), EXPM1(1, 18), SQRT(1, 3), RSQRT(1, 4), RECIP(1, 2),
    SIN(1, 40), COS(1, 40), TAN(1, 40), ASIN(1, 40), ACOS(1, 40), ATAN(1, 40), SINH(1, 40), COSH(1, 40), TANH(1, 32),
    SIGMOID(1, 19), ERF(1, 40),
    ERFC(1, 60),
    /** Logarithm of the absolute value of the gamma function. */
    LGAMMA(1, 60),
    DIGAMMA(1, 60),
    /** Operands (order, x): derivative of that order of {@link #DIGAMMA} at x. */
    POLYGAMMA(2, 200),
    /** Inverse of {@link #ERF}; plus and minus one give the infinities, beyond them NaN. */
    ERFINV(1, 60),
    FLOOR(1, 8), CEIL(1, 8),
    /** Nearest integer, ties to even. */
    ROUND(1, 6),
    TRUNC(1, 8),
    /** -1, 0 or 1; 0 for NaN. */
    SIGN(1, 4),
    /** Logical for BOOL, bitwise for ints. */
    NOT(1, 1),
    /**
     * Float to int truncates (NaN gives 0), saturates at 64 bits, then wraps at the type's width; anything to BOOL is
     * {@code != 0}; to F16 or BF16 rounds to nearest even.
     */
    CAST(1, 2),
    ADD(2, 1), SUB(2, 1), MUL(2, 1),
    /** Ints truncate towards zero; an int division by zero raises {@link ArithmeticException} on the CPU. */
    DIV(2, 2),
    POW(2, 60),
    /** NaN in either operand gives NaN. */
    MAX(2, 1),
    /** NaN in either operand gives NaN. */
    MIN(2, 1),
    /** Remainder with the sign of the dividend, as C's {@code fmod} and {@code %}. */
    FMOD(2, 40),
    ATAN2(2, 60),
    EQ(2, 1), LT(2, 1), LE(2, 1), AND(2, 1), OR(2, 1), XOR(2, 1),
    /** Shift counts that are negative or not below the width give 0. */
    SHL(2, 4),
    /** Arithmetic; counts that are negative or not below the width fill with the sign. */
    SHR(2, 4),
    /** {@code a ? b : c}. */
    WHERE(3, 1),
    /** {@code a * b + c} with one rounding for floats. */
    FMA(3, 1);

    private final int arity;
    private final int weight;

    ScalarOp(int arity, int weight) {
        this.arity = arity;
        this.weight = weight;
    }

    public int arity() {
        return arity;
    }

    /** Rough number of machine operations in F32; decides what is kept rather than computed again. */
    public int weight() {
        return weight;
    }

    /** True for EQ, LT and LE, whose result is BOOL whatever the operands are. */
    public boolean isComparison() {
        return this == EQ || this == LT || this == LE;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
