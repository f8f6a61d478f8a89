package dev.levin.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.EnumSet;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(CudaToo.class)
class ScalarOpTest {
    private static final int[] SIZES = {0, 1, 15, 16, 17, 1023, 1025};
    private static final EnumSet<ScalarOp> TABLES = EnumSet.of(ScalarOp.LGAMMA, ScalarOp.DIGAMMA, ScalarOp.POLYGAMMA, ScalarOp.ERFINV, ScalarOp.ERFC);
    private static final EnumSet<ScalarOp> FLOAT_ONLY = EnumSet.of(ScalarOp.EXP, ScalarOp.LOG, ScalarOp.LOG1P, ScalarOp.EXPM1,
            ScalarOp.SQRT, ScalarOp.RSQRT, ScalarOp.RECIP, ScalarOp.SIN, ScalarOp.COS, ScalarOp.TAN, ScalarOp.ASIN, ScalarOp.ACOS,
            ScalarOp.ATAN, ScalarOp.SINH, ScalarOp.COSH, ScalarOp.TANH, ScalarOp.SIGMOID, ScalarOp.ERF, ScalarOp.ATAN2);
    private static final EnumSet<ScalarOp> INT_ONLY = EnumSet.of(ScalarOp.AND, ScalarOp.OR, ScalarOp.XOR, ScalarOp.NOT,
            ScalarOp.SHL, ScalarOp.SHR);
    private static final EnumSet<ScalarOp> BOOL = EnumSet.of(ScalarOp.ADD, ScalarOp.SUB, ScalarOp.POW, ScalarOp.MUL, ScalarOp.MAX, ScalarOp.MIN, ScalarOp.AND,
            ScalarOp.OR, ScalarOp.XOR, ScalarOp.NOT, ScalarOp.EQ, ScalarOp.LT, ScalarOp.LE);

    static Stream<Arguments> cases() {
        return Stream.of(ScalarOp.values()).filter(o -> !TABLES.contains(o) && o != ScalarOp.CAST)
                .flatMap(o -> Stream.of(DType.values()).filter(d -> legal(o, d)).map(d -> Arguments.of(o, d)));
    }

    private static boolean legal(ScalarOp o, DType d) {
        return o == ScalarOp.WHERE || (d.isFloat() ? !INT_ONLY.contains(o) : d == DType.BOOL ? BOOL.contains(o) : !FLOAT_ONLY.contains(o));
    }

    /** Operands inside the function's domain; for ints also inside what the reference can do. */
    private static HostArray operand(ScalarOp op, DType d, int n, int which) {
        HostArray a = Check.random(d, n, 31L * op.ordinal() + which);
        var r = new Random(n);
        for (int i = 0; i < n; i++) {
            boolean integer = d.isInt();
            switch (op) {
                case LOG, SQRT, RSQRT -> a.setDouble(i, Math.abs(a.getDouble(i)) + 0.01);
                case LOG1P -> a.setDouble(i, Math.abs(a.getDouble(i)) - 0.5);
                case ASIN, ACOS -> a.setDouble(i, Math.sin(a.getDouble(i)));
                case DIV, FMOD -> {
                    if (which == 1) {
                        a.setDouble(i, integer ? 1 + r.nextInt(9) : a.getDouble(i) + (a.getDouble(i) < 0 ? -0.5 : 0.5));
                    }
                }
                case POW -> a.setDouble(i, d == DType.BOOL ? a.getDouble(i) : which == 1 ? integer ? r.nextInt(5) : a.getDouble(i) : Math.abs(a.getDouble(i)) + 0.1);
                case SHL, SHR -> {
                    if (which == 1) {
                        a.setLong(i, r.nextInt(40) - (d == DType.U8 ? 0 : 3));
                    }
                }
                case SIGN, EQ, LT, LE, MAX, MIN -> a.setDouble(i, Math.rint(a.getDouble(i)));
                default -> { }
            }
        }
        return a;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void everyOpAgreesWithDouble(ScalarOp op, DType d) {
        for (int n : SIZES) {
            var k = new KernelBuilder(n);
            HostArray[] arrays = new HostArray[op.arity() + 1];
            int[] v = new int[op.arity()];
            for (int i = 0; i < op.arity(); i++) {
                DType t = op == ScalarOp.WHERE && i == 0 ? DType.BOOL : d;
                arrays[i] = operand(op, t, n, i);
                v[i] = k.load(k.buffer(t), Access.affine(0, 1));
            }
            int y = k.compute(op, v);
            arrays[op.arity()] = Check.zeros(k.dtype(y), n);
            k.store(k.buffer(k.dtype(y)), Access.affine(0, 1), y);
            Check.check(k.build(), tolerance(op, d), arrays);
        }
    }

    private static double tolerance(ScalarOp op, DType d) {
        boolean cancels = op == ScalarOp.FMOD || op == ScalarOp.FMA || op == ScalarOp.ADD || op == ScalarOp.SUB;
        return d == DType.F64 ? op == ScalarOp.ERF ? 1e-13 : 1e-14 : cancels ? 1e-5 : 3e-7;
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void castsFollowPyTorch(DType from) {
        for (DType to : DType.values()) {
            int n = 300;
            var k = new KernelBuilder(n);
            int x = k.load(k.buffer(from), Access.affine(0, 1));
            int y = k.cast(to, x);
            k.store(k.buffer(to), Access.affine(0, 1), y);
            HostArray a = Check.random(from, n, 5);
            if (from.isFloat()) {
                for (int i = 0; i < 200; i++) {
                    a.setDouble(i, a.getDouble(i) * 60);
                }
            }
            Check.check(k.build(), 0, a, Check.zeros(to, n));
        }
        assertEquals(44, cast(DType.F32, DType.U8, 300), "torch: tensor(300.).to(uint8)");
        assertEquals(255, cast(DType.F32, DType.U8, -1));
        assertEquals(1, cast(DType.F32, DType.BOOL, Double.NaN));
        assertEquals(-128, cast(DType.I32, DType.I8, 128));
    }

    private static long cast(DType from, DType to, double v) {
        var k = new KernelBuilder(1);
        int x = k.load(k.buffer(from), Access.affine(0, 1));
        k.store(k.buffer(to), Access.affine(0, 1), k.cast(to, x));
        var c = Check.KERNELS.compile(k.build());
        return Check.run(c, 1, new double[0], Check.of(from, v), Check.zeros(to, 1))[1].getLong(0);
    }

    private static double[] f32(ScalarOp op, double... x) {
        return apply(DType.F32, op, x);
    }

    private static double[] apply(DType d, ScalarOp op, double... x) {
        var k = new KernelBuilder(x.length);
        int in = k.load(k.buffer(d), Access.affine(0, 1));
        k.store(k.buffer(d), Access.affine(0, 1), k.compute(op, in));
        HostArray y = Check.run(Check.KERNELS.compile(k.build()), 1, new double[0], Check.of(d, x), Check.zeros(d, x.length))[1];
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = y.getDouble(i);
        }
        return out;
    }

    /** F32 functions with their own polynomials: at most 2 ulp over their whole range. */
    @ParameterizedTest
    @EnumSource(names = {"EXP", "EXPM1", "LOG", "LOG1P", "TANH", "SIGMOID", "SIN", "COS"})
    void polynomialsAreWithinTwoUlp(ScalarOp op) {
        int n = 40_000;
        double[] x = new double[n];
        var r = new Random(1);
        for (int i = 0; i < n; i++) {
            x[i] = (float) switch (op) {
                case EXP -> r.nextDouble(-87, 88.7);
                case EXPM1 -> i % 2 == 0 ? r.nextDouble(-20, 88.7) : r.nextGaussian() * 0.1;
                case LOG -> Math.exp(i % 2 == 0 ? r.nextDouble(-100, 88) : r.nextGaussian() * 0.1);
                case LOG1P -> i % 2 == 0 ? Math.exp(r.nextDouble(-30, 80)) : r.nextDouble(-0.999, 1);
                case SIGMOID -> r.nextDouble(-80, 30);
                case SIN, COS -> r.nextDouble(-1000, 1000);
                default -> i % 2 == 0 ? r.nextDouble(-10, 10) : r.nextGaussian() * 0.3;
            };
        }
        double[] y = f32(op, x);
        double worst = 0;
        for (int i = 0; i < n; i++) {
            double want = Reference.real(op, x[i], 0);
            double ulp = Math.ulp((float) want);
            worst = Math.max(worst, Math.abs(y[i] - want) / ulp);
        }
        assertTrue(worst <= 2, op + " is off by " + worst + " ulp");
    }

    @Test
    void erfIsWithinTwoUlp() {
        int n = 2_000;
        double[] x = new double[n];
        var r = new Random(2);
        for (int i = 0; i < n; i++) {
            x[i] = (float) (r.nextGaussian() * 1.5);
        }
        double[] y = f32(ScalarOp.ERF, x);
        for (int i = 0; i < n; i++) {
            double want = Reference.real(ScalarOp.ERF, x[i], 0);
            assertTrue(Math.abs(y[i] - want) <= 2 * Math.ulp((float) want), "erf(" + x[i] + ") = " + y[i] + ", expected " + want);
        }
    }

    @Test
    void specialValuesAreThoseOfIeee() {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        check(ScalarOp.EXP, new double[] {inf, -inf, nan, 0, -0.0, 100, -110}, new double[] {inf, 0, nan, 1, 1, inf, 0});
        check(ScalarOp.EXPM1, new double[] {inf, -inf, nan, 0, -0.0, 100}, new double[] {inf, -1, nan, 0, -0.0, inf});
        check(ScalarOp.LOG, new double[] {inf, -1, nan, 0, -0.0, 1}, new double[] {inf, nan, nan, -inf, -inf, 0});
        check(ScalarOp.LOG1P, new double[] {inf, -2, nan, 0, -0.0, -1}, new double[] {inf, nan, nan, 0, -0.0, -inf});
        check(ScalarOp.TANH, new double[] {inf, -inf, nan, 0, -0.0, 50}, new double[] {1, -1, nan, 0, -0.0, 1});
        check(ScalarOp.SIGMOID, new double[] {inf, -inf, nan, 0}, new double[] {1, 0, nan, 0.5});
        check(ScalarOp.ERF, new double[] {inf, -inf, nan, 0, -0.0}, new double[] {1, -1, nan, 0, -0.0});
        check(ScalarOp.SQRT, new double[] {-1, inf, -0.0}, new double[] {nan, inf, -0.0});
        check(ScalarOp.RSQRT, new double[] {0, inf}, new double[] {inf, 0});
        check(ScalarOp.ROUND, new double[] {0.5, 1.5, 2.5, -0.5, -1.5, 8388609, nan, inf, -0.0}, new double[] {0, 2, 2, -0.0, -2, 8388609, nan, inf, -0.0});
        check(ScalarOp.FLOOR, new double[] {-0.5, 0.5, -2, nan, -inf, 1e30, -0.0}, new double[] {-1, 0, -2, nan, -inf, 1e30f, -0.0});
        check(ScalarOp.CEIL, new double[] {-0.5, 0.5, -2, nan, -inf, -1e30}, new double[] {-0.0, 1, -2, nan, -inf, -1e30f});
        check(ScalarOp.TRUNC, new double[] {-0.5, 1.7, -2.9, nan, inf}, new double[] {-0.0, 1, -2, nan, inf});
        check(ScalarOp.SIGN, new double[] {nan, -0.0, 3, -2}, new double[] {0, 0, 1, -1});
    }

    private static void check(ScalarOp op, double[] x, double[] want) {
        double[] got = f32(op, x);
        for (int i = 0; i < x.length; i++) {
            assertEquals(want[i], got[i], op + " of " + x[i]);
        }
    }

    /** Expected values computed with 40 digits. */
    @Test
    void gammaFunctionsMatchTables() {
        double[] x = {0.1, 0.75, 1.3, 2.2, 7.5, 40, -1.5, -3.7};
        table(ScalarOp.LGAMMA, x, 2.2527126517342059599, 0.20328095143129537148, -0.10817480950786047095, 0.096947466790638776492,
                7.5343642367587329552, 106.63176026064345913, 0.86004701537648101451, -1.3797399049658246462);
        table(ScalarOp.DIGAMMA, x, -10.423754940411076795, -1.0858608797864721696, -0.16919088886679965563, 0.54429343674114503779,
                1.9467574842460867881, 3.6763273740348431259, 0.70315664064524318723, -0.84507685887041671807);
        double[] y = {0, 0.1, -0.5, 0.9, 0.999, -0.99999};
        table(ScalarOp.ERFINV, y, 0, 0.088855990494257687016, -0.47693627620446987338, 1.1630871536766740867,
                2.3267537655135246706, -3.1234132743408750302);
        double[] z = {-3, 0, 0.5, 2, 5, 9};
        table(ScalarOp.ERFC, z, 1.9999779095030014146, 1.0, 0.47950012218695346232, 0.0046777349810472658379, 1.5374597944280348502e-12, 4.1370317465138102381e-37);
        var k = new KernelBuilder(5);
        int n = k.load(k.buffer(DType.F64), Access.affine(0, 1));
        int at = k.load(k.buffer(DType.F64), Access.affine(0, 1));
        k.store(k.buffer(DType.F64), Access.affine(0, 1), k.compute(ScalarOp.POLYGAMMA, n, at));
        HostArray out = Check.run(Check.KERNELS.compile(k.build()), 1, new double[0], Check.of(DType.F64, 0, 1, 2, 3, 1),
                Check.of(DType.F64, 1.3, 0.2, 4.5, 2.5, -1.3), Check.zeros(DType.F64, 5))[2];
        double[] want = {-0.16919088886679965563, 26.267377205423779123, -0.061556821321027694549, 0.22390584881725205126, 14.536876244137082685};
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], out.getDouble(i), 1e-12 * Math.abs(want[i]), "polygamma " + i);
        }
        assertEquals(Double.POSITIVE_INFINITY, f32(ScalarOp.ERFINV, 1)[0]);
        assertEquals(Double.NaN, f32(ScalarOp.ERFINV, 1.5)[0]);
    }

    private static void table(ScalarOp op, double[] x, double... want) {
        double[] got = apply(DType.F64, op, x);
        for (int i = 0; i < x.length; i++) {
            assertEquals(want[i], got[i], 1e-12 * Math.max(1, Math.abs(want[i])), op + "(" + x[i] + ")");
        }
    }
}
