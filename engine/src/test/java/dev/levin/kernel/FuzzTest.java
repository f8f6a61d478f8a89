package dev.levin.kernel;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random programs over random domains and layouts, each against the reference, whole, split, scalar and vector. */
class FuzzTest {
    private static final ScalarOp[] UNARY = {ScalarOp.TANH, ScalarOp.SIGMOID, ScalarOp.ABS, ScalarOp.NEG, ScalarOp.ERF};
    private static final ScalarOp[] BINARY = {ScalarOp.ADD, ScalarOp.SUB, ScalarOp.MUL, ScalarOp.MAX, ScalarOp.MIN};

    private final Random r;
    private final List<HostArray> arrays = new ArrayList<>();
    private final List<Integer> floats = new ArrayList<>();
    private long[] outer;
    private long[] reduced;
    private KernelBuilder k;

    FuzzTest() {
        r = new Random();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomKernels(long seed) {
        for (int i = 0; i < 40; i++) {
            r.setSeed(seed * 1000 + i);
            kernel();
        }
    }

    private long[] extents(int most, int limit) {
        long[] e = new long[r.nextInt(most + 1)];
        for (int a = 0; a < e.length; a++) {
            e[a] = 1 + r.nextInt(r.nextInt(4) == 0 ? limit : 9);
        }
        return e;
    }

    private long numel(int axes) {
        long n = 1;
        for (int a = 0; a < axes; a++) {
            n *= extent(a);
        }
        return n;
    }

    private long extent(int a) {
        return a < outer.length ? outer[a] : reduced[a - outer.length];
    }

    /** Strides over the first axes in a random order, some of them broadcast or reversed. */
    private Access access(int axes, boolean store) {
        var order = new ArrayList<Integer>();
        for (int a = 0; a < axes; a++) {
            order.add(r.nextInt(order.size() + 1), a);
        }
        if (r.nextBoolean()) {
            order.sort(null);
        }
        long[] strides = new long[outer.length + reduced.length];
        long next = 1;
        long offset = 0;
        for (int i = order.size() - 1; i >= 0; i--) {
            int a = order.get(i);
            if (!store && r.nextInt(4) == 0) {
                continue;
            }
            strides[a] = next;
            next *= extent(a);
            if (!store && r.nextInt(6) == 0) {
                offset += strides[a] * (extent(a) - 1);
                strides[a] = -strides[a];
            }
        }
        return Access.affine(offset, strides);
    }

    private int load(int axes) {
        DType[] types = {DType.F32, DType.F32, DType.BF16, DType.F16};
        DType d = types[r.nextInt(types.length)];
        Access a = access(axes, false);
        if (axes > 0 && r.nextInt(5) == 0) {
            int axis = r.nextInt(axes);
            a = a.within(new Bound(new IndexMap(-r.nextInt(3), List.of(Term.of(axis, 1))), Math.max(1, extent(axis) - 1)));
        }
        arrays.add(Check.random(d, (int) numel(outer.length + reduced.length), r.nextInt()));
        return k.cast(DType.F32, k.load(k.buffer(d), a, 0.5));
    }

    private int pick() {
        return floats.get(Math.max(0, floats.size() - 1 - r.nextInt(4)));
    }

    private void kernel() {
        do {
            outer = extents(3, 300);
            reduced = r.nextInt(3) == 0 ? new long[0] : extents(2, 600);
        } while (numel(outer.length + reduced.length) > 6000);
        boolean reduces = reduced.length > 0;
        arrays.clear();
        floats.clear();
        k = new KernelBuilder(outer, reduced);
        int all = outer.length + reduced.length;
        floats.add(load(all));
        List<Integer> results = new ArrayList<>();
        int steps = 3 + r.nextInt(10);
        for (int s = 0; s < steps; s++) {
            switch (r.nextInt(8)) {
                case 0 -> floats.add(load(r.nextBoolean() ? all : outer.length));
                case 1, 2 -> floats.add(k.compute(UNARY[r.nextInt(UNARY.length)], pick()));
                case 3 -> {
                    int x = load(all);
                    int c = k.compute(ScalarOp.LT, x, k.constant(DType.F32, 0.25));
                    floats.add(k.compute(ScalarOp.WHERE, c, pick(), pick()));
                }
                case 4 -> {
                    if (reduces) {
                        // means, so that magnitudes stay near one
                        int sum = k.reduce(r.nextBoolean() ? ReduceOp.SUM : ReduceOp.MAX, k.compute(ScalarOp.TANH, pick()));
                        int mean = k.compute(ScalarOp.MUL, sum, k.constant(DType.F32, 1.0 / numel(all)));
                        results.add(mean);
                        floats.add(mean);
                    }
                }
                default -> floats.add(k.compute(BINARY[r.nextInt(BINARY.length)], pick(), k.compute(ScalarOp.TANH, pick())));
            }
        }
        if (reduces) {
            int arg = k.reduce(ReduceOp.ARGMAX, floats.getFirst());
            output(DType.I64, outer.length, arg);
            for (int v : results) {
                output(DType.F32, outer.length, v);
            }
        }
        output(r.nextBoolean() ? DType.F32 : DType.BF16, all, k.compute(ScalarOp.TANH, floats.getLast()));
        Check.check(k.build(), 2e-5, arrays.toArray(HostArray[]::new));
    }

    private void output(DType d, int axes, int v) {
        arrays.add(Check.zeros(d, (int) numel(axes)));
        Access a = access(axes, true);
        if (axes == outer.length) {
            k.storeOuter(k.buffer(d), a, v);
        } else {
            k.store(k.buffer(d), a, v);
        }
    }
}
