package dev.levin.kernel.jvm;

import dev.levin.kernel.jvm.Micro.Op;

/**
 * Transcendental functions of F32 as sequences of instructions, so that scalar and vector code give the same bits.
 * Argument reduction plus minimax polynomials (fitted by iteratively reweighted least squares); each is within 2 ulp
 * of the exact value and keeps PyTorch's special values. No branches: both sides of a case are computed and selected.
 */
final class F32Math {
    private static final float LN2_HIGH = 0x1.62e4p-1f;
    private static final float LN2_LOW = 0x1.7f7d1cp-20f;
    /** Adding and subtracting 1.5 * 2^23 rounds to an integer. */
    private static final float MAGIC = 0x1.8p23f;
    /** Such that erf of one and two steps are nearly floats. */
    private static final float ERF_STEP = 0.265869140625f;

    private final Code k;

    F32Math(Code code) {
        k = code;
    }

    private int poly(int x, double... lowFirst) {
        int p = k.f((float) lowFirst[lowFirst.length - 1]);
        for (int i = lowFirst.length - 2; i >= 0; i--) {
            p = k.fma(p, x, k.f((float) lowFirst[i]));
        }
        return p;
    }

    private int clamp(int x, float low, float high) {
        return k.bin(Op.MIN, k.bin(Op.MAX, x, k.f(low)), k.f(high));
    }

    /** 2^n for an integral n (kind I) in [-126, 127]. */
    private int power2(int n) {
        return k.bits(Kind.F, k.shift(Op.SHL, k.add(n, k.i(127)), 23));
    }

    /** {@code x / ln 2} plus {@link #MAGIC}: rounded to an integer that sits in the low bits. */
    private int scaled(int x) {
        return k.fma(x, k.f((float) (1 / Math.log(2))), k.f(MAGIC));
    }

    /** The integer in {@link #scaled}, as F. */
    private int whole(int scaled) {
        return k.sub(scaled, k.f(MAGIC));
    }

    /** The integer in {@link #scaled}, as I. */
    private int wholeBits(int scaled) {
        return k.sub(k.bits(Kind.I, scaled), k.i(Float.floatToRawIntBits(MAGIC)));
    }

    private int reduceLn2(int x, int n) {
        int r = k.fma(n, k.f(-LN2_HIGH), x);
        return k.fma(n, k.f(-LN2_LOW), r);
    }

    int exp(int x) {
        int y = clamp(x, -104f, 89f);
        int t = scaled(y);
        int r = reduceLn2(y, whole(t));
        int p = poly(r, 1, 1, 0.4999999403953552, 0.1666651964187622, 0.04166839271783829, 0.008368776179850101, 0.0013814473059028387);
        if (k.scales()) {
            return k.scale(p, whole(t));
        }
        // two factors, since 2^n itself overflows or is denormal at the ends; NaN survives in p
        int i = wholeBits(t);
        int half = k.shift(Op.SHR, i, 1);
        return k.mul(k.mul(p, power2(half)), power2(k.sub(i, half)));
    }

    int expm1(int x) {
        int y = clamp(x, -18f, 89f);
        int t = scaled(y);
        int n = whole(t);
        int r = reduceLn2(y, n);
        int q = poly(r, 5.000000000e-01, 1.666666716e-01, 4.166634381e-02, 8.333270438e-03, 1.394204563e-03, 1.991562312e-04);
        int p = k.fma(q, k.mul(r, r), r);
        // 2^n (p + 1) - 1, computed at half scale so that n = 128 does not overflow
        int s = power2(k.sub(wholeBits(t), k.i(1)));
        int h = k.fma(s, p, k.sub(s, k.f(0.5f)));
        // n = 0 keeps p, with the sign of a zero
        int small = k.eq(n, k.f(0));
        return k.select(small, k.select(k.eq(x, k.f(0)), x, p), k.mul(h, k.f(2)));
    }

    int log(int x) {
        int denormal = k.lt(x, k.f(Float.MIN_NORMAL));
        int y = k.select(denormal, k.mul(x, k.f(0x1p23f)), x);
        int bits = k.bits(Kind.I, y);
        // mantissa into [sqrt(1/2), sqrt(2)): subtracting sqrt(1/2)'s bits makes the exponent field count from there
        int shifted = k.sub(bits, k.i(0x3f3504f3));
        int e = k.shift(Op.SHR, shifted, 23);
        int m = k.bits(Kind.F, k.sub(bits, k.shift(Op.SHL, e, 23)));
        int n = k.add(k.convert(Kind.F, e), k.select(denormal, k.f(-23), k.f(0)));
        int f = k.sub(m, k.f(1));
        int ff = k.mul(f, f);
        int q = poly(f, 3.333331048e-01, -2.499998510e-01, 2.000227123e-01, -1.666935980e-01, 1.421775222e-01,
                -1.238176450e-01, 1.187763885e-01, -1.180799305e-01, 6.926590204e-02);
        int t = k.fma(k.mul(q, f), ff, k.mul(n, k.f(LN2_LOW)));
        t = k.fma(ff, k.f(-0.5f), t);
        int r = k.fma(n, k.f(LN2_HIGH), k.add(f, t));
        r = k.select(k.eq(x, k.f(Float.POSITIVE_INFINITY)), x, r);
        r = k.select(k.eq(x, k.f(0)), k.f(Float.NEGATIVE_INFINITY), r);
        return k.select(k.le(k.f(0), x), r, k.f(Float.NaN));
    }

    int log1p(int x) {
        int u = k.add(x, k.f(1));
        int lost = k.sub(x, k.sub(u, k.f(1)));
        int r = k.add(log(u), k.div(lost, u));
        int edge = k.or(k.eq(u, k.f(0)), k.eq(u, k.f(Float.POSITIVE_INFINITY)));
        r = k.select(edge, log(u), r);
        return k.select(k.eq(u, k.f(1)), x, r);
    }

    int sigmoid(int x) {
        // e^-|x| never overflows, and e / (1 + e) keeps the relative error small for negative x
        int e = exp(k.un(Op.NEG, k.un(Op.ABS, x)));
        return k.div(k.select(k.lt(x, k.f(0)), e, k.f(1)), k.add(e, k.f(1)));
    }

    int tanh(int x) {
        int a = k.un(Op.ABS, x);
        int z = k.mul(x, x);
        int q = poly(z, -3.333328068e-01, 1.333138347e-01, -5.373400077e-02, 2.061812952e-02, -5.679311696e-03);
        int small = k.fma(k.mul(q, z), a, a);
        int e = exp(k.add(a, a));
        int large = k.sub(k.f(1), k.div(k.f(2), k.add(e, k.f(1))));
        return copySign(k.select(k.lt(a, k.f(0.625f)), small, large), x);
    }

    /** A polynomial for each of sixteen pieces: around 0, 1, ... 15 times {@link #ERF_STEP}. */
    int erf(int x) {
        int a = k.bin(Op.MIN, k.un(Op.ABS, x), k.f(15.45f * ERF_STEP));
        int t = k.fma(a, k.f(1 / ERF_STEP), k.f(MAGIC));
        int r = k.fma(k.sub(t, k.f(MAGIC)), k.f(-ERF_STEP), a);
        int p = k.lookup("ERF5", t);
        p = k.fma(p, r, k.lookup("ERF4", t));
        p = k.fma(p, r, k.lookup("ERF3", t));
        p = k.fma(p, r, k.lookup("ERF2", t));
        // what 2 / sqrt(pi) has beyond its float
        p = k.fma(p, r, k.f(-5.863e-08f));
        p = k.fma(r, k.lookup("ERF1", t), k.fma(p, r, k.lookup("ERF0", t)));
        return k.bits(Kind.F, k.or(k.bits(Kind.I, p), k.and(k.bits(Kind.I, x), k.i(0x80000000))));
    }

    int round(int x) {
        int a = k.un(Op.ABS, x);
        int r = k.sub(k.add(a, k.f(0x1p23f)), k.f(0x1p23f));
        return k.select(k.lt(a, k.f(0x1p23f)), copySign(r, x), x);
    }

    int floor(int x) {
        int r = round(x);
        return k.select(k.lt(x, r), k.sub(r, k.f(1)), r);
    }

    int ceil(int x) {
        int r = round(x);
        return copySign(k.select(k.lt(r, x), k.add(r, k.f(1)), r), x);
    }

    int trunc(int x) {
        int a = k.un(Op.ABS, x);
        int r = k.sub(k.add(a, k.f(0x1p23f)), k.f(0x1p23f));
        r = k.select(k.lt(a, r), k.sub(r, k.f(1)), r);
        return k.select(k.lt(a, k.f(0x1p23f)), copySign(r, x), x);
    }

    /** Magnitude bits of a non-negative {@code a} (or a NaN) with the sign of x. */
    private int copySign(int a, int x) {
        int sign = k.and(k.bits(Kind.I, x), k.i(0x80000000));
        return k.bits(Kind.F, k.or(k.and(k.bits(Kind.I, a), k.i(0x7fffffff)), sign));
    }

    /** Rounds to the nearest BF16, ties to even, and keeps the result as F32. */
    int roundToBf16(int x) {
        int b = k.bits(Kind.I, x);
        int odd = k.and(k.shift(Op.USHR, b, 16), k.i(1));
        int r = k.and(k.add(k.add(b, k.i(0x7fff)), odd), k.i(0xffff0000));
        return k.select(k.eq(x, x), k.bits(Kind.F, r), k.f(Float.NaN));
    }

    /** Rounds to the nearest F16, ties to even, and keeps the result as F32. */
    int roundToF16(int x) {
        int a = k.un(Op.ABS, x);
        // normal range: round the mantissa to 10 bits in the integer domain
        int b = k.bits(Kind.I, a);
        int odd = k.and(k.shift(Op.USHR, b, 13), k.i(1));
        int normal = k.bits(Kind.F, k.and(k.add(k.add(b, k.i(0xfff)), odd), k.i(0xffffe000)));
        // below 2^-14 the spacing is 2^-24 throughout: adding 0.5 leaves exactly that spacing
        int tiny = k.sub(k.add(a, k.f(0.5f)), k.f(0.5f));
        int r = k.select(k.lt(a, k.f(0x1p-14f)), tiny, normal);
        r = k.select(k.lt(k.f(65504f), r), k.f(Float.POSITIVE_INFINITY), r);
        return k.select(k.eq(x, x), copySign(r, x), k.f(Float.NaN));
    }

    /** Value of the BF16 whose bits are the low half of {@code raw} (kind I). */
    int fromBf16(int raw) {
        return k.bits(Kind.F, k.shift(Op.SHL, raw, 16));
    }

    /** Bits of the nearest BF16, as kind I; NaNs keep sign and upper payload. */
    int toBf16(int x) {
        int b = k.bits(Kind.I, x);
        int high = k.shift(Op.USHR, b, 16);
        int r = k.shift(Op.USHR, k.add(k.add(b, k.i(0x7fff)), k.and(high, k.i(1))), 16);
        return k.select(k.eq(x, x), r, k.or(high, k.i(0x40)));
    }

    /** Value of the F16 whose bits are in {@code raw} (kind I, upper half zero). */
    int fromF16(int raw) {
        int magnitude = k.and(raw, k.i(0x7fff));
        int shifted = k.shift(Op.SHL, magnitude, 13);
        // exponents are off by 112; the product also normalises denormals
        int finite = k.bits(Kind.I, k.mul(k.bits(Kind.F, shifted), k.f(0x1p112f)));
        int special = k.or(shifted, k.i(0x7f800000));
        int bits = k.select(k.lt(magnitude, k.i(0x7c00)), finite, special);
        return k.bits(Kind.F, k.or(bits, k.shift(Op.SHL, k.and(raw, k.i(0x8000)), 16)));
    }

    /** Bits of the nearest F16, as kind I. */
    int toF16(int x) {
        int r = roundToF16(x);
        int a = k.un(Op.ABS, r);
        int b = k.bits(Kind.I, a);
        int normal = k.sub(k.shift(Op.USHR, b, 13), k.i(112 << 10));
        int tiny = k.convert(Kind.I, k.mul(a, k.f(0x1p24f)));
        int h = k.select(k.lt(a, k.f(0x1p-14f)), tiny, normal);
        h = k.select(k.lt(k.f(65504f), a), k.i(0x7c00), h);
        int payload = k.and(k.shift(Op.USHR, k.bits(Kind.I, x), 13), k.i(0x3ff));
        h = k.select(k.eq(x, x), h, k.or(payload, k.i(0x7e00)));
        return k.or(h, k.and(k.shift(Op.USHR, k.bits(Kind.I, x), 16), k.i(0x8000)));
    }
}
