package dev.levin.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(CudaToo.class)
class ReductionTest {
    static Stream<Arguments> cases() {
        return Stream.of(ReduceOp.values()).flatMap(o -> Stream.of(DType.values()).filter(d -> d != DType.BOOL || o != ReduceOp.PROD && o != ReduceOp.SUM)
                .map(d -> Arguments.of(o, d)));
    }

    /** [outer], reduced over [r]; strides of x as given. */
    private static Kernel reduce(ReduceOp op, DType d, long o, long r, long so, long sr) {
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int y = k.reduce(op, k.load(k.buffer(d), Access.affine(0, so, sr)));
        k.storeOuter(k.buffer(k.dtype(y)), Access.affine(0, 1), y);
        return k.build();
    }

    private static HostArray input(ReduceOp op, DType d, int n) {
        HostArray x = Check.random(d, n, 3);
        for (int i = 0; i < n && op == ReduceOp.PROD; i++) {
            x.setDouble(i, d.isFloat() ? 1 + 0.01 * x.getDouble(i) : x.getLong(i) % 2 + 1);
        }
        return x;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void rowsAndColumnsAndAll(ReduceOp op, DType d) {
        DType out = result(op, d);
        double tolerance = d == DType.F64 ? 1e-12 : 2e-6;
        for (int r : new int[] {1, 15, 33, 129, 2049}) {
            for (int o : new int[] {1, 5, 33}) {
                if (r * o > 40000) {
                    continue;
                }
                HostArray x = input(op, d, r * o);
                Check.check(reduce(op, d, o, r, r, 1), tolerance, x, Check.zeros(out, o));
                Check.check(reduce(op, d, o, r, 1, o), tolerance, x, Check.zeros(out, o));
            }
        }
    }

    private static DType result(ReduceOp op, DType d) {
        return op.isArg() ? DType.I64 : d.isHalf() ? DType.F32
                : op == ReduceOp.SUM || op == ReduceOp.PROD ? d.accumulator() : d;
    }

    @Test
    void outerAxesOnBothSides() {
        // x[3, 40, 70] over the middle axis; and over the first and last
        HostArray x = Check.random(DType.F32, 8400, 1);
        var k = new KernelBuilder(new long[] {3, 70}, new long[] {40});
        int s = k.reduce(ReduceOp.SUM, k.load(k.buffer(DType.F32), Access.affine(0, 2800, 1, 70)));
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 70, 1), s);
        Check.check(k.build(), 1e-6, x, Check.zeros(DType.F32, 210));
        var n = new KernelBuilder(new long[] {40}, new long[] {3, 70});
        int v = n.load(n.buffer(DType.F32), Access.affine(0, 70, 2800, 1));
        n.storeOuter(n.buffer(DType.F32), Access.affine(0, 1), n.reduce(ReduceOp.SUM, v));
        n.storeOuter(n.buffer(DType.I64), Access.affine(0, 1), n.reduce(ReduceOp.ARGMAX, v));
        Check.check(n.build(), 1e-6, x, Check.zeros(DType.F32, 40), Check.zeros(DType.I64, 40));
    }

    @Test
    void bigReductionsAreCutButDoNotDependOnTheSplit() {
        int n = 300_001;
        HostArray x = Check.random(DType.F32, n, 1);
        for (ReduceOp op : ReduceOp.values()) {
            if (op != ReduceOp.PROD) {
                Kernel k = reduce(op, DType.F32, 1, n, 0, 1);
                assertTrue(Check.KERNELS.compile(k).launch(new long[2], new double[0]).units() > 8);
                Check.check(k, 1e-6, x, Check.zeros(result(op, DType.F32), 1));
            }
        }
        // columns of x[30000, 10]
        Check.check(reduce(ReduceOp.SUM, DType.F32, 10, 30_000, 1, 10), 1e-6, x, Check.zeros(DType.F32, 10));
        Check.check(reduce(ReduceOp.ARGMIN, DType.F32, 10, 30_000, 1, 10), 0, x, Check.zeros(DType.I64, 10));
    }

    /** A million equal summands lose nothing beyond one rounding; a running F32 sum would be off by percents. */
    @Test
    void longSumsAreAccurate() {
        int n = 1 << 22;
        HostArray x = Check.zeros(DType.F32, n);
        for (int i = 0; i < n; i++) {
            x.setDouble(i, 0.1);
        }
        for (long[] s : new long[][] {{1, n, 0, 1}, {4, n / 4, 1, 4}}) {
            var c = Check.KERNELS.compile(reduce(ReduceOp.SUM, DType.F32, s[0], s[1], s[2], s[3]));
            double sum = Check.run(c, 1, new double[0], x, Check.zeros(DType.F32, 4))[1].getDouble(0);
            double want = s[1] * (double) 0.1f;
            assertTrue(Math.abs(sum - want) <= 2e-6 * want, sum + " for " + want);
        }
    }

    @Test
    void argTakesTheFirstOfEqualsAndTheFirstNaN() {
        double nan = Double.NaN;
        double[][] rows = {{1, 3, 3, 2}, {nan, 5, nan, 1}, {2, nan, 9, nan}, {-0.0, 0, 0, -0.0}, {Double.NEGATIVE_INFINITY,
            Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY}};
        long[] max = {1, 0, 1, 0, 0};
        long[] min = {0, 0, 1, 0, 0};
        for (boolean columns : new boolean[] {false, true}) {
            HostArray x = Check.zeros(DType.F32, 20);
            for (int i = 0; i < 5; i++) {
                for (int j = 0; j < 4; j++) {
                    x.setDouble(columns ? j * 5 + i : i * 4 + j, rows[i][j]);
                }
            }
            long so = columns ? 1 : 4;
            long sr = columns ? 5 : 1;
            HostArray a = Check.check(reduce(ReduceOp.ARGMAX, DType.F32, 5, 4, so, sr), 0, x, Check.zeros(DType.I64, 5))[1];
            HostArray b = Check.check(reduce(ReduceOp.ARGMIN, DType.F32, 5, 4, so, sr), 0, x, Check.zeros(DType.I64, 5))[1];
            HostArray m = Check.check(reduce(ReduceOp.MAX, DType.F32, 5, 4, so, sr), 0, x, Check.zeros(DType.F32, 5))[1];
            for (int i = 0; i < 5; i++) {
                assertEquals(max[i], a.getLong(i));
                assertEquals(min[i], b.getLong(i));
            }
            assertTrue(Double.isNaN(m.getDouble(1)) && Double.isNaN(m.getDouble(2)));
        }
    }

    @Test
    void emptyReductionsGiveTheNeutralElement() {
        assertEquals(0, Check.check(reduce(ReduceOp.SUM, DType.F32, 3, 0, 0, 1), 0, Check.zeros(DType.F32, 1), Check.of(DType.F32, 9, 9, 9))[1].getDouble(1));
        assertEquals(1, Check.check(reduce(ReduceOp.PROD, DType.I32, 3, 0, 0, 1), 0, Check.zeros(DType.I32, 1), Check.of(DType.I64, 9, 9, 9))[1].getLong(1));
        Check.check(reduce(ReduceOp.SUM, DType.F32, 0, 5, 5, 1), 0, Check.zeros(DType.F32, 1), Check.zeros(DType.F32, 1));
    }

    @Test
    void prologueEpilogueAndSeveralResults() {
        // mean and variance numerator of |x| along rows, plus a full store
        int o = 9;
        int r = 700;
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        Access full = Access.affine(0, r, 1);
        int x = k.compute(ScalarOp.ABS, k.load(k.buffer(DType.F32), full));
        int mean = k.compute(ScalarOp.DIV, k.reduce(ReduceOp.SUM, x), k.constant(DType.F32, r));
        int square = k.reduce(ReduceOp.SUM, k.compute(ScalarOp.MUL, x, x));
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), mean);
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), k.compute(ScalarOp.SQRT, square));
        k.store(k.buffer(DType.F32), full, x);
        Check.check(k.build(), 1e-6, Check.random(DType.F32, o * r, 1), Check.zeros(DType.F32, o), Check.zeros(DType.F32, o), Check.zeros(DType.F32, o * r));
    }

    @Test
    void reducingABroadcastCountsEveryCopy() {
        var k = new KernelBuilder(new long[] {6}, new long[] {50});
        int x = k.load(k.buffer(DType.F32), Access.affine(0, 1, 0));
        int one = k.constant(DType.F32, 1);
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), k.reduce(ReduceOp.SUM, x));
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), k.reduce(ReduceOp.SUM, one));
        HostArray[] out = Check.check(k.build(), 1e-6, Check.random(DType.F32, 6, 1), Check.zeros(DType.F32, 6), Check.zeros(DType.F32, 6));
        assertEquals(50, out[2].getDouble(3));
    }
}
