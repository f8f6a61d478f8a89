package dev.levin.kernel;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels with several stages over the same rows, whose rows lie along (stride 1) or across memory. */
@ExtendWith(CudaToo.class)
class RowKernelTest {
    private static final String SHAPES = """
            1, 1, true
            3, 7, true
            64, 10, true
            5, 129, true
            4, 1000, true
            2, 20000, true
            33, 64, false
            5, 1000, false
            3, 20000, false""";

    private static Access full(int o, int r, boolean rows) {
        return rows ? Access.affine(0, r, 1) : Access.affine(0, 1, o);
    }

    static Kernel softmax(int o, int r, boolean rows, DType d) {
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int x = k.cast(DType.F32, k.load(k.buffer(d), full(o, r, rows)));
        int e = k.compute(ScalarOp.EXP, k.compute(ScalarOp.SUB, x, k.reduce(ReduceOp.MAX, x)));
        int y = k.compute(ScalarOp.DIV, e, k.reduce(ReduceOp.SUM, e));
        k.store(k.buffer(d), full(o, r, rows), y);
        return k.build();
    }

    @ParameterizedTest
    @CsvSource(textBlock = SHAPES)
    void softmaxForwardAndBackward(int o, int r, boolean rows) {
        for (DType d : new DType[] {DType.F32, DType.BF16}) {
            Check.check(softmax(o, r, rows, d), 2e-6, Check.random(d, o * r, 1), Check.zeros(d, o * r));
        }
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int y = k.load(k.buffer(DType.F32), full(o, r, rows));
        int g = k.load(k.buffer(DType.F32), full(o, r, rows));
        int dot = k.reduce(ReduceOp.SUM, k.compute(ScalarOp.MUL, y, g));
        k.store(k.buffer(DType.F32), full(o, r, rows), k.compute(ScalarOp.MUL, y, k.compute(ScalarOp.SUB, g, dot)));
        Check.check(k.build(), 1e-5, Check.random(DType.F32, o * r, 1), Check.random(DType.F32, o * r, 2), Check.zeros(DType.F32, o * r));
    }

    @ParameterizedTest
    @CsvSource(textBlock = SHAPES)
    void softmaxInPlace(int o, int r, boolean rows) {
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int b = k.buffer(DType.F32);
        int x = k.load(b, full(o, r, rows));
        int e = k.compute(ScalarOp.EXP, k.compute(ScalarOp.SUB, x, k.reduce(ReduceOp.MAX, x)));
        k.store(b, full(o, r, rows), k.compute(ScalarOp.DIV, e, k.reduce(ReduceOp.SUM, e)));
        Check.check(k.build(), 2e-6, Check.random(DType.F32, o * r, 1));
    }

    @ParameterizedTest
    @CsvSource(textBlock = SHAPES)
    void layerNormForward(int o, int r, boolean rows) {
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int x = k.load(k.buffer(DType.F32), full(o, r, rows));
        int w = k.load(k.buffer(DType.F32), Access.affine(0, 0, 1));
        int b = k.load(k.buffer(DType.F32), Access.affine(0, 0, 1));
        int n = k.constant(DType.F32, r);
        int mean = k.compute(ScalarOp.DIV, k.reduce(ReduceOp.SUM, x), n);
        int c = k.compute(ScalarOp.SUB, x, mean);
        int var = k.compute(ScalarOp.DIV, k.reduce(ReduceOp.SUM, k.compute(ScalarOp.MUL, c, c)), n);
        int rstd = k.compute(ScalarOp.RSQRT, k.compute(ScalarOp.ADD, var, k.constant(DType.F32, 1e-5)));
        int y = k.compute(ScalarOp.FMA, k.compute(ScalarOp.MUL, c, rstd), w, b);
        k.store(k.buffer(DType.F32), full(o, r, rows), y);
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), mean);
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), rstd);
        Check.check(k.build(), 1e-5, Check.random(DType.F32, o * r, 1), Check.random(DType.F32, r, 2), Check.random(DType.F32, r, 3),
                Check.zeros(DType.F32, o * r), Check.zeros(DType.F32, o), Check.zeros(DType.F32, o));
    }

    @ParameterizedTest
    @CsvSource(textBlock = SHAPES)
    void layerNormBackward(int o, int r, boolean rows) {
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int x = k.load(k.buffer(DType.F32), full(o, r, rows));
        int g = k.load(k.buffer(DType.F32), full(o, r, rows));
        int w = k.load(k.buffer(DType.F32), Access.affine(0, 0, 1));
        int mean = k.load(k.buffer(DType.F32), Access.affine(0, 1, 0));
        int rstd = k.load(k.buffer(DType.F32), Access.affine(0, 1, 0));
        int h = k.compute(ScalarOp.MUL, k.compute(ScalarOp.SUB, x, mean), rstd);
        int gw = k.compute(ScalarOp.MUL, g, w);
        int inv = k.constant(DType.F32, 1.0 / r);
        int a = k.compute(ScalarOp.MUL, k.reduce(ReduceOp.SUM, gw), inv);
        int b = k.compute(ScalarOp.MUL, k.reduce(ReduceOp.SUM, k.compute(ScalarOp.MUL, gw, h)), inv);
        int t = k.compute(ScalarOp.SUB, k.compute(ScalarOp.SUB, gw, a), k.compute(ScalarOp.MUL, h, b));
        k.store(k.buffer(DType.F32), full(o, r, rows), k.compute(ScalarOp.MUL, t, rstd));
        Check.check(k.build(), 1e-5, Check.random(DType.F32, o * r, 1), Check.random(DType.F32, o * r, 2), Check.random(DType.F32, r, 3),
                Check.random(DType.F32, o, 4), Check.random(DType.F32, o, 5), Check.zeros(DType.F32, o * r));
    }

    @ParameterizedTest
    @CsvSource(textBlock = SHAPES)
    void crossEntropyForwardAndBackward(int o, int r, boolean rows) {
        HostArray target = Check.zeros(DType.I64, o);
        for (int i = 0; i < o; i++) {
            target.setLong(i, (i * 5L) % r);
        }
        HostArray x = Check.random(DType.F32, o * r, 1);
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int bx = k.buffer(DType.F32);
        int v = k.load(bx, full(o, r, rows));
        int t = k.load(k.buffer(DType.I64), Access.affine(0, 1, 0));
        int max = k.reduce(ReduceOp.MAX, v);
        int sum = k.reduce(ReduceOp.SUM, k.compute(ScalarOp.EXP, k.compute(ScalarOp.SUB, v, max)));
        int lse = k.compute(ScalarOp.ADD, k.compute(ScalarOp.LOG, sum), max);
        Access pick = rows ? Access.affine(0, r, 0).picking(new Pick(1, r)) : Access.affine(0, 1, 0).picking(new Pick(o, r));
        int picked = k.gather(bx, pick, 0, Value.OutOfRange.FAIL, t);
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), k.compute(ScalarOp.SUB, lse, picked));
        k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), lse);
        HostArray[] out = Check.check(k.build(), 2e-6, x, target, Check.zeros(DType.F32, o), Check.zeros(DType.F32, o));
        // dx = (softmax(x) - onehot(target)) * g, pointwise
        var b = new KernelBuilder(o, r);
        int vx = b.load(b.buffer(DType.F32), full(o, r, rows));
        int vt = b.load(b.buffer(DType.I64), Access.affine(0, 1, 0));
        int vl = b.load(b.buffer(DType.F32), Access.affine(0, 1, 0));
        int p = b.compute(ScalarOp.EXP, b.compute(ScalarOp.SUB, vx, vl));
        int hot = b.compute(ScalarOp.EQ, b.iota(DType.I64, 1), vt);
        int dx = b.compute(ScalarOp.WHERE, hot, b.compute(ScalarOp.SUB, p, b.constant(DType.F32, 1)), p);
        b.store(b.buffer(DType.F32), full(o, r, rows), b.compute(ScalarOp.MUL, dx, b.uniform(DType.F32, 0)));
        Check.check(b.build(), 2e-6, new double[] {0.25}, x, target, out[3], Check.zeros(DType.F32, o * r));
    }

    /** Batch norm statistics and output of x[n, c, h]: the reduced axes lie on both sides of the kept one. */
    @ParameterizedTest
    @CsvSource({"2, 3, 5", "8, 16, 169", "4, 2, 5000"})
    void batchNormInOneKernel(int n, int c, int h) {
        var k = new KernelBuilder(new long[] {c}, new long[] {n, h});
        Access full = Access.affine(0, h, (long) c * h, 1);
        int x = k.load(k.buffer(DType.F32), full);
        int count = k.constant(DType.F32, n * h);
        int mean = k.compute(ScalarOp.DIV, k.reduce(ReduceOp.SUM, x), count);
        int d = k.compute(ScalarOp.SUB, x, mean);
        int var = k.compute(ScalarOp.DIV, k.reduce(ReduceOp.SUM, k.compute(ScalarOp.MUL, d, d)), count);
        k.store(k.buffer(DType.F32), full, k.compute(ScalarOp.DIV, d, k.compute(ScalarOp.SQRT, var)));
        Check.check(k.build(), 1e-5, Check.random(DType.F32, n * c * h, 1), Check.zeros(DType.F32, n * c * h));
    }
}
