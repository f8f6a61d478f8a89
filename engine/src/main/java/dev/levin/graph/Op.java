package dev.levin.graph;

/**
 * The closed set of primitives. Everything a user calls is a composition of these.
 *
 * <p>Conventions: operands of scalar functions have equal shape and dtype; reductions keep the reduced axes with
 * extent 1; a node has one output. The words after each op are its {@link Node#attr attributes}; {@code r} is the rank
 * of the first input.
 */
public enum Op {
    // ---- leaves -------------------------------------------------------------------------------------------------
    /** A realised value. In a program: attr {slot}. */
    INPUT(Kind.LEAF, 0),
    /** The current value of a {@link Variable}. In a program: attr {slot}. */
    VARIABLE(Kind.LEAF, 0),
    /** A host number that changes between runs without changing the program ({@link ScalarArg}); shape []. attr {slot}. */
    SCALAR(Kind.LEAF, 0),
    /** A literal; shape []. attr {bits}: {@code doubleToRawLongBits} for floats, the value itself for ints and bools. */
    CONST(Kind.LEAF, 0),
    /** 0, 1, ..., n-1; shape [n], any numeric dtype. */
    IOTA(Kind.LEAF, 0),

    // ---- unary scalar functions -----------------------------------------------------------------------------------
    NEG(Kind.UNARY, 1), ABS(Kind.UNARY, 1), SIGN(Kind.UNARY, 1), RECIP(Kind.UNARY, 1),
    EXP(Kind.UNARY, 1), EXPM1(Kind.UNARY, 1), LOG(Kind.UNARY, 1), LOG1P(Kind.UNARY, 1),
    SQRT(Kind.UNARY, 1), RSQRT(Kind.UNARY, 1),
    SIN(Kind.UNARY, 1), COS(Kind.UNARY, 1), TAN(Kind.UNARY, 1),
    ASIN(Kind.UNARY, 1), ACOS(Kind.UNARY, 1), ATAN(Kind.UNARY, 1),
    SINH(Kind.UNARY, 1), COSH(Kind.UNARY, 1), TANH(Kind.UNARY, 1),
    SIGMOID(Kind.UNARY, 1), ERF(Kind.UNARY, 1), ERFC(Kind.UNARY, 1), ERFINV(Kind.UNARY, 1),
    LGAMMA(Kind.UNARY, 1),
    /** n-th derivative of digamma. attr {n}; n = 0 is digamma. */
    POLYGAMMA(Kind.UNARY, 1),
    FLOOR(Kind.UNARY, 1), CEIL(Kind.UNARY, 1), TRUNC(Kind.UNARY, 1),
    /** To the nearest integer, halves to even. */
    ROUND(Kind.UNARY, 1),
    /** Logical for BOOL, bitwise for integers. */
    NOT(Kind.UNARY, 1),
    /** To {@code node.dtype}: float to int truncates towards zero and wraps, anything to BOOL is {@code != 0}. */
    CAST(Kind.UNARY, 1),

    // ---- binary scalar functions ----------------------------------------------------------------------------------
    ADD(Kind.BINARY, 2), SUB(Kind.BINARY, 2), MUL(Kind.BINARY, 2),
    /** True division for floats; for integers the quotient truncated towards zero. */
    DIV(Kind.BINARY, 2),
    POW(Kind.BINARY, 2),
    /** NaN if either operand is NaN. */
    MAX(Kind.BINARY, 2), MIN(Kind.BINARY, 2),
    /** C remainder: the sign of the dividend. */
    FMOD(Kind.BINARY, 2),
    ATAN2(Kind.BINARY, 2),
    /** Comparisons give BOOL. */
    EQ(Kind.COMPARE, 2), LT(Kind.COMPARE, 2), LE(Kind.COMPARE, 2),
    /** Logical for BOOL, bitwise for integers. */
    AND(Kind.BINARY, 2), OR(Kind.BINARY, 2), XOR(Kind.BINARY, 2),
    SHL(Kind.BINARY, 2),
    /** Arithmetic shift right. */
    SHR(Kind.BINARY, 2),

    /** WHERE(condition BOOL, a, b). */
    WHERE(Kind.TERNARY, 3),

    // ---- views ----------------------------------------------------------------------------------------------------
    /** Same elements in row-major order under {@code node.shape}. */
    RESHAPE(Kind.VIEW, 1),
    /** attr {source axis of each output axis}. */
    PERMUTE(Kind.VIEW, 1),
    /** Axes of extent 1 repeated to {@code node.shape}; same rank. */
    EXPAND(Kind.VIEW, 1),
    /** attr {start[r], step[r]}; extents are in {@code node.shape}; steps may be negative, never 0. */
    SLICE(Kind.VIEW, 1),
    /** attr {before[r], after[r], constant bits as in CONST}; counts are not negative. */
    PAD(Kind.VIEW, 1),
    /** attr {axis}. */
    CONCAT(Kind.VIEW, -1),
    /** Sliding windows: the axis becomes the window number, a last axis holds the window. attr {axis, size, step}. */
    UNFOLD(Kind.VIEW, 1),

    // ---- reductions: attr {axes, ascending}; reduced axes stay with extent 1 -----------------------------------------
    SUM(Kind.REDUCE, 1), PROD(Kind.REDUCE, 1),
    /** NaN if any element is NaN. */
    REDUCE_MAX(Kind.REDUCE, 1), REDUCE_MIN(Kind.REDUCE, 1),
    /** I64 index of the first extreme element (or first NaN) along one axis. attr {axis}. */
    ARGMAX(Kind.REDUCE, 1), ARGMIN(Kind.REDUCE, 1),

    // ---- scans: attr {axis, reverse 0 or 1} --------------------------------------------------------------------------
    CUMSUM(Kind.SCAN, 1), CUMPROD(Kind.SCAN, 1), CUMMAX(Kind.SCAN, 1), CUMMIN(Kind.SCAN, 1),
    /** log of the running sum of exp, without overflow. */
    CUMLOGSUMEXP(Kind.SCAN, 1),
    /** I64 index of the running extreme; the last of equal elements, as PyTorch; a NaN stays. */
    CUMARGMAX(Kind.SCAN, 1), CUMARGMIN(Kind.SCAN, 1),

    // ---- indexing; indices are I64 and must be in range --------------------------------------------------------------
    /** out[i][j] = x[index[i][j]][j] for axis 0. Inputs (x, index), equal rank. attr {axis}. */
    GATHER(Kind.INDEX, 2),
    /** x.shape with the axis replaced by index.shape. Inputs (x, index of any rank). attr {axis}. */
    TAKE(Kind.INDEX, 2),
    /** Adjoint of TAKE: base with src added at the indices. Inputs (base, index, src). attr {axis}. */
    INDEX_ADD(Kind.INDEX, 3),
    /** base with src written at the indices (order of src on clashes). Inputs (base, index, src). attr {axis, {@link ScatterMode} ordinal}. */
    SCATTER(Kind.INDEX, 3),
    /** Adjoint of UNFOLD: overlapping windows summed. attr {axis, step}; the extent is in {@code node.shape}. */
    FOLD(Kind.INDEX, 1),
    /** Stable order, NaN largest. I64. attr {axis, descending 0 or 1}. */
    ARGSORT(Kind.SORT, 1),

    // ---- contractions -----------------------------------------------------------------------------------------------
    /** [B, M, K] x [B, K, N] to [B, M, N]; transposes are PERMUTE nodes that devices look through. */
    MATMUL(Kind.CONTRACT, 2),
    /** Cross-correlation. Inputs (x [N, C, S...], w [O, C/groups, K...]). attr {@link ConvAttr}. */
    CONV(Kind.CONTRACT, 2),
    /** Gradient of CONV to its input. Inputs (gy, w). attr {@link ConvAttr}; the input's extents are in {@code node.shape}. */
    CONV_DGRAD(Kind.CONTRACT, 2),
    /** Gradient of CONV to its weight. Inputs (x, gy). attr {@link ConvAttr}; the weight's extents are in {@code node.shape}. */
    CONV_WGRAD(Kind.CONTRACT, 2),
    /** Window maximum over [N, C, S...]. attr {@link PoolAttr}. Padding is never chosen. */
    POOL_MAX(Kind.CONTRACT, 1),
    /** I64 row-major index into S... of the window maximum (the first on ties, a NaN wins). attr {@link PoolAttr}. */
    POOL_ARGMAX(Kind.CONTRACT, 1),
    /** Inputs (x, gy): gy added where POOL_ARGMAX(x) points; shape of x. attr {@link PoolAttr}. */
    POOL_MAX_GRAD(Kind.CONTRACT, 2),
    /** Window sum, padding counts as 0. attr {@link PoolAttr}. */
    POOL_SUM(Kind.CONTRACT, 1),
    /** Adjoint of POOL_SUM. attr {@link PoolAttr}; extents in {@code node.shape}. */
    POOL_SUM_GRAD(Kind.CONTRACT, 1),
    /** Dense linear algebra on the last two axes. attr {{@link LinalgFunction} ordinal, output}. */
    LINALG(Kind.CONTRACT, 1),

    // ---- random, barriers -------------------------------------------------------------------------------------------
    /** Philox4x32-10 words (I32). Input: key I64 [2] = {seed, step}. attr {ordinal}. Word i is lane i % 4 of counter (i / 4, ordinal, step). */
    RANDOM_BITS(Kind.RANDOM, 1),
    /** Passes its input, stops gradients. */
    DETACH(Kind.BARRIER, 1),
    /** Passes its first input; its gradient is a user's function ({@link Node#payload}). */
    CUSTOM(Kind.BARRIER, -1);

    /** What a pass may assume about an op. */
    public enum Kind { LEAF, UNARY, BINARY, COMPARE, TERNARY, VIEW, REDUCE, SCAN, INDEX, SORT, CONTRACT, RANDOM, BARRIER }

    private final Kind kind;
    private final int arity;

    Op(Kind kind, int arity) {
        this.kind = kind;
        this.arity = arity;
    }

    public Kind kind() {
        return kind;
    }

    /** Number of inputs; -1 where it varies. */
    public int arity() {
        return arity;
    }

    /** A function of the elements at one position. */
    public boolean isPointwise() {
        return kind == Kind.UNARY || kind == Kind.BINARY || kind == Kind.COMPARE || kind == Kind.TERNARY;
    }
}
