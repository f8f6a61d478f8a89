package dev.levin.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.kernel.jvm.JvmKernels;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loads and stores of every layout. */
@ExtendWith(CudaToo.class)
class LayoutTest {
    /** y = x * 2 + b over the given domain. */
    private static Kernel affine(long[] extents, Access x, Access b, Access y, DType d) {
        var k = new KernelBuilder(extents);
        int vx = k.load(k.buffer(d), x);
        int vb = k.load(k.buffer(d), b);
        k.store(k.buffer(d), y, k.compute(ScalarOp.ADD, k.compute(ScalarOp.MUL, vx, k.constant(d, 2)), vb));
        return k.build();
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void rowsColumnsAndScalarsBroadcast(DType d) {
        if (d == DType.BOOL) {
            return;
        }
        for (int n : new int[] {1, 3, 17, 130, 2500}) {
            HostArray x = Check.random(d, 5 * n, 1);
            Access full = Access.affine(0, n, 1);
            Check.check(affine(new long[] {5, n}, full, Access.affine(0, 0, 1), full, d), 1e-6, x, Check.random(d, n, 2), Check.zeros(d, 5 * n));
            Check.check(affine(new long[] {5, n}, full, Access.affine(0, 1, 0), full, d), 1e-6, x, Check.random(d, 5, 2), Check.zeros(d, 5 * n));
            Check.check(affine(new long[] {5, n}, full, Access.affine(2, 0, 0), full, d), 1e-6, x, Check.random(d, 3, 2), Check.zeros(d, 5 * n));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void stridesMayBeAnything(DType d) {
        if (d == DType.BOOL) {
            return;
        }
        HostArray x = Check.random(d, 40 * 30, 1);
        HostArray b = Check.random(d, 40 * 30, 2);
        // transposed, reversed rows, reversed lanes, every other, offset
        Access[] maps = {Access.affine(0, 1, 40), Access.affine(39 * 30, -30, 1), Access.affine(29, 30, -1),
            Access.affine(5, 10, 2), Access.affine(7, 15, 1)};
        for (Access m : maps) {
            Check.check(affine(new long[] {40, 30}, m, Access.affine(0, 30, 1), Access.affine(0, 30, 1), d), 1e-6, x, b, Check.zeros(d, 1200));
            Check.check(affine(new long[] {40, 30}, m, Access.affine(0, 1, 40), Access.affine(0, 1, 40), d), 1e-6, x, b, Check.zeros(d, 1200));
        }
    }

    @Test
    void threeAxesWithAPermutation() {
        HostArray x = Check.random(DType.F32, 7 * 11 * 13, 1);
        Access a = Access.affine(0, 1, 7, 77);
        Access b = Access.affine(0, 13, 91, 1);
        Check.check(affine(new long[] {7, 11, 13}, a, b, Access.affine(0, 143, 13, 1), DType.F32), 1e-6, x, Check.random(DType.F32, 1001, 3), Check.zeros(DType.F32, 1001));
    }

    @Test
    void paddingYieldsTheFillValue() {
        // x[5, 9] padded to [8, 12] with 2 rows before and 1 lane before, fill -3; flipped lanes too
        for (long s : new long[] {1, -1}) {
            var k = new KernelBuilder(8, 12);
            long first = s == 1 ? -1 : 9;
            var row = new IndexMap(-2, List.of(Term.of(0, 1)));
            var lane = new IndexMap(first, List.of(Term.of(1, s)));
            Access x = Access.affine(-2 * 9 + first, 9, s).within(new Bound(row, 5), new Bound(lane, 9));
            k.store(1 + k.buffer(DType.F32), Access.affine(0, 12, 1), k.load(padBuffers(k), x, -3));
            HostArray[] out = Check.check(k.build(), 0, Check.random(DType.F32, 45, 1), Check.zeros(DType.F32, 96));
            assertEquals(-3, out[1].getDouble(0));
        }
    }

    private static int padBuffers(KernelBuilder k) {
        k.buffer(DType.F32);
        return 0;
    }

    @Test
    void reshapesThatStridesCannotExpress() {
        // transpose of x[6, 10], flattened, then seen as [4, 15]
        var k = new KernelBuilder(60);
        int x = k.buffer(DType.F32);
        var map = new IndexMap(0, List.of(new Term(0, 1, 6, 10), new Term(0, 10, 1, 6)));
        int y = k.buffer(DType.F32);
        k.store(y, Access.affine(0, 1), k.load(x, Access.of(map)));
        HostArray in = Check.random(DType.F32, 60, 1);
        HostArray out = Check.check(k.build(), 0, in, Check.zeros(DType.F32, 60))[1];
        assertEquals(in.getDouble(10 * 5 + 9), out.getDouble(59));
        assertEquals(in.getDouble(10), out.getDouble(1));
    }

    @Test
    void updatesInPlace() {
        for (int n : new int[] {1, 100, 5000, 300_007}) {
            var k = new KernelBuilder(n);
            int p = k.buffer(DType.F32);
            int g = k.buffer(DType.F32);
            Access a = Access.affine(0, 1);
            int lr = k.uniform(DType.F32, 1);
            int step = k.compute(ScalarOp.MUL, k.load(g, a), lr);
            k.store(p, a, k.compute(ScalarOp.SUB, k.load(p, a), step));
            Check.check(k.build(), 1e-5, new double[] {0, 0.1}, Check.random(DType.F32, n, 1), Check.random(DType.F32, n, 2));
        }
    }

    @Test
    void severalStoresOfDifferentTypes() {
        int n = 777;
        var k = new KernelBuilder(n);
        Access a = Access.affine(0, 1);
        int x = k.load(k.buffer(DType.BF16), a);
        int y = k.load(k.buffer(DType.F16), a);
        int f = k.compute(ScalarOp.ADD, k.cast(DType.F32, x), k.cast(DType.F32, y));
        k.store(k.buffer(DType.F32), a, f);
        k.store(k.buffer(DType.F16), a, f);
        k.store(k.buffer(DType.BOOL), a, k.compute(ScalarOp.LT, f, k.constant(DType.F32, 0)));
        k.store(k.buffer(DType.I64), a, k.cast(DType.I64, f));
        Check.check(k.build(), 1e-6, Check.random(DType.BF16, n, 1), Check.random(DType.F16, n, 2), Check.zeros(DType.F32, n),
                Check.zeros(DType.F16, n), Check.zeros(DType.BOOL, n), Check.zeros(DType.I64, n));
    }

    @Test
    void constantsAndIndicesNeedNoLoads() {
        var k = new KernelBuilder(37, 3);
        k.store(k.buffer(DType.F32), Access.affine(0, 3, 1), k.constant(DType.F32, 2.5));
        k.store(k.buffer(DType.I64), Access.affine(0, 3, 1), k.index(DType.I64, new IndexMap(4, List.of(Term.of(0, 10), Term.of(1, -1)))));
        k.store(k.buffer(DType.I32), Access.affine(0, 3, 1), k.iota(DType.I32, 0));
        HostArray[] out = Check.check(k.build(), 0, Check.zeros(DType.F32, 111), Check.zeros(DType.I64, 111), Check.zeros(DType.I32, 111));
        assertEquals(4 + 360 - 2, out[1].getLong(110));
    }

    @Test
    void gathersRowsOfATable() {
        // embedding: y[i, j] = table[idx[i], j]
        for (DType idx : new DType[] {DType.I64, DType.I32}) {
            for (DType d : new DType[] {DType.F32, DType.BF16, DType.I8}) {
                var k = new KernelBuilder(50, 33);
                int table = k.buffer(d);
                int i = k.load(k.buffer(idx), Access.affine(0, 1, 0));
                int y = k.gather(table, Access.affine(0, 0, 1).picking(new Pick(33, 20)), 0, Value.OutOfRange.FAIL, i);
                k.store(k.buffer(d), Access.affine(0, 33, 1), y);
                HostArray ids = Check.zeros(idx, 50);
                for (int r = 0; r < 50; r++) {
                    ids.setLong(r, (r * 7) % 20);
                }
                Check.check(k.build(), 0, Check.random(d, 660, 1), ids, Check.zeros(d, 1650));
            }
        }
    }

    @Test
    void gathersAtComputedIndicesAndTransformsTheResult() {
        // y[i] = exp(x[2 * i mod 9]) with the index computed in the kernel
        int n = 40;
        var k = new KernelBuilder(n);
        int x = k.buffer(DType.F32);
        int i = k.compute(ScalarOp.FMOD, k.compute(ScalarOp.MUL, k.iota(DType.I64, 0), k.constant(DType.I64, 2)), k.constant(DType.I64, 9));
        int v = k.gather(x, Access.affine(0).picking(new Pick(1, 9)), 0, Value.OutOfRange.FAIL, i);
        k.store(k.buffer(DType.F32), Access.affine(0, 1), k.compute(ScalarOp.EXP, v));
        k.store(k.buffer(DType.F32), Access.affine(0, 1), v);
        Check.check(k.build(), 1e-6, Check.random(DType.F32, 9, 1), Check.zeros(DType.F32, n), Check.zeros(DType.F32, n));
    }

    @Test
    void indicesOutOfRangeFailOrFill() {
        for (var policy : Value.OutOfRange.values()) {
            var k = new KernelBuilder(4);
            int x = k.buffer(DType.F32);
            int i = k.load(k.buffer(DType.I64), Access.affine(0, 1));
            k.store(k.buffer(DType.F32), Access.affine(0, 1), k.gather(x, Access.affine(0).picking(new Pick(1, 3)), -7, policy, i));
            Kernel kernel = k.build();
            HostArray[] b = {Check.of(DType.F32, 1, 2, 3), Check.of(DType.I64, 2, -1, 0, 3), Check.zeros(DType.F32, 4)};
            if (policy == Value.OutOfRange.FILL) {
                assertEquals(-7, Check.check(kernel, 0, b)[2].getDouble(3));
            } else {
                var e = assertThrows(IndexOutOfBoundsException.class, () -> Check.run(Check.KERNELS.compile(kernel), 1, new double[0], b));
                assertTrue(e.getMessage().contains("index -1") && e.getMessage().contains("extent 3"), e.getMessage());
            }
        }
    }

    @Test
    void axesCollapseWhereEveryAccessAllows() {
        var k = new KernelBuilder(4, 1, 5, 6);
        int x = k.load(k.buffer(DType.F32), Access.affine(0, 30, 99, 6, 1));
        int b = k.load(k.buffer(DType.F32), Access.affine(0, 1, 0, 0, 0));
        k.store(k.buffer(DType.F32), Access.affine(0, 30, 7, 6, 1), k.compute(ScalarOp.ADD, x, b));
        Kernel kernel = k.build();
        assertEquals(List.of(4L, 30L), kernel.geometry().extents());
        assertEquals(2, kernel.spec().outerRank());
    }

    @Test
    void aKernelOfAnotherSizeNeedsNoNewClass() {
        try (var kernels = new JvmKernels()) {
            for (int batch : new int[] {64, 37, 1}) {
                Access full = Access.affine(0, 128, 1);
                kernels.compile(affine(new long[] {batch, 128}, full, Access.affine(0, 0, 1), full, DType.F32));
            }
            assertEquals(3, kernels.compiled());
            assertTrue(kernels.defined() <= 4, "scalar and vector code; a batch of one collapses to one axis, the others share a class");
        }
    }

    @Test
    void theNameTellsTheOpsAndTheKeyIsTheStructure() {
        Access full = Access.affine(0, 128, 1);
        Kernel a = affine(new long[] {64, 128}, full, Access.affine(0, 0, 1), full, DType.F32);
        Kernel b = affine(new long[] {37, 128}, full, Access.affine(0, 0, 1), full, DType.F32);
        assertEquals(a.spec(), b.spec());
        assertTrue(a.spec().name().matches("f_mul_add_[0-9a-f]{8}"), a.spec().name());
        assertTrue(a.toString().contains("v3 = mul v0 v2 :f32") || a.toString().contains("mul"), a.toString());
    }

    @Test
    void mistakesAreExplained() {
        var k = new KernelBuilder(4);
        int f = k.load(k.buffer(DType.F32), Access.affine(0, 1));
        int i = k.load(k.buffer(DType.I32), Access.affine(0, 1));
        var e = assertThrows(IllegalArgumentException.class, () -> k.compute(ScalarOp.ADD, f, i));
        assertTrue(e.getMessage().contains("F32") && e.getMessage().contains("insert a cast"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> k.load(0, Access.affine(0, 1, 2)));
        assertThrows(IllegalStateException.class, k::build);
        var r = new KernelBuilder(new long[] {4}, new long[] {5});
        int x = r.load(r.buffer(DType.F32), Access.affine(0, 5, 1));
        assertThrows(IllegalArgumentException.class, () -> r.storeOuter(r.buffer(DType.F32), Access.affine(0, 1), x));
    }
}
