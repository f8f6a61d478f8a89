package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.gemm.MachineGemm;
import dev.levin.plan.Causal;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Products whose first operand is square and zero on one side of the diagonal, as in causal attention: stripes of rows, each over the part
 * of the inner dimension that counts. {@code -Dlevin.triangles=false} computes the whole, for bisecting.
 */
final class TriangularProduct implements Routine {
    private static final boolean ON = !"false".equals(System.getProperty("levin.triangles"));
    /** With more, the first ones are too small for two threads. */
    private static final int STRIPES = 2;
    /** Rows from which stripes pay. */
    private static final int LEAST_ROWS = 128;
    /** Stripes begin at multiples of this. */
    private static final int UNIT = 16;

    /** Some rows; offsets in bytes. */
    private record Stripe(MachineGemm gemm, long a, long b, long c) {
    }

    private final List<Stripe> stripes;

    private TriangularProduct(List<Stripe> stripes) {
        this.stripes = stripes;
    }

    /** Whether a product can run in stripes if its first operand is a triangle. */
    static boolean suits(MatmulSpec s) {
        return ON && s.input() == DType.F32 && s.output() == DType.F32 && s.m() == s.k() && s.m() >= LEAST_ROWS && !s.batch().isEmpty() && s.bias() == null;
    }

    /** @return empty where there is no machine code */
    static Optional<Routine> of(Products products, MatmulSpec s, Causal.Zeros zeros, long offsetA, long offsetB) {
        long height = Math.ceilDiv(Math.ceilDiv(s.m(), STRIPES), UNIT) * UNIT;
        int nb = s.batch().size();
        List<Stripe> all = new ArrayList<>();
        for (long row = 0; row < s.m(); row += height) {
            long rows = Math.min(height, s.m() - row);
            long from = zeros == Causal.Zeros.ABOVE ? 0 : row;
            long to = zeros == Causal.Zeros.ABOVE ? row + rows : s.k();
            var gemm = products.machine(new MatmulSpec(s.input(), s.output(), s.batch(), rows, s.n(), to - from, s.aStrides(), s.bStrides(),
                    s.cStrides(), null, s.post()));
            if (gemm.isEmpty()) {
                return Optional.empty();
            }
            all.add(new Stripe(gemm.get(), offsetA + bytes(row * s.aStrides().get(nb) + from * s.aStrides().get(nb + 1)),
                    offsetB + bytes(from * s.bStrides().get(nb)), bytes(row * s.cStrides().get(nb))));
        }
        return Optional.of(new TriangularProduct(all));
    }

    private static long bytes(long elements) {
        return elements * DType.F32.bytes();
    }

    @Override
    public void run(long[] x, long y) {
        for (Stripe s : stripes) {
            s.gemm.run(x[0] + s.a, x[1] + s.b, 0, y + s.c);
        }
    }
}
