package dev.levin.examples.bench;

import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Measures how fast this processor multiplies and adds single-precision numbers in registers, and prints GFLOP/s: {@code Peak [threads]}.
 * Threads compute at the same time; the figure is their sum, the best of several tries.
 */
final class Peak {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int ROUNDS = 2_000_000;
    private static final int TRIES = 12;
    private static final int CHAINS = 16;

    private Peak() {
    }

    static void main(String[] args) throws Exception {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 1;
        double[] best = new double[1];
        CyclicBarrier together = new CyclicBarrier(threads);
        double[] rates = new double[threads];
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int t = 0; t < TRIES; t++) {
                for (Future<?> f : IntStream.range(0, threads).mapToObj(i -> pool.submit(() -> {
                    together.await();
                    rates[i] = rate();
                    return null;
                })).toList()) {
                    f.get();
                }
                best[0] = Math.max(best[0], Arrays.stream(rates).sum());
            }
        }
        System.out.printf("{\"steps_per_s\": 1, \"gflops\": %.1f}%n", best[0]);
    }

    private static double rate() {
        long begin = System.nanoTime();
        float sum = chains(ROUNDS);
        double seconds = (System.nanoTime() - begin) * 1e-9;
        if (Float.isNaN(sum)) {
            throw new AssertionError("products of numbers below one overflowed");
        }
        return 2.0 * CHAINS * S.length() * ROUNDS / seconds * 1e-9;
    }

    /** Enough independent chains to hide the latency of an instruction. */
    private static float chains(int rounds) {
        FloatVector m = FloatVector.broadcast(S, 0.999f);
        FloatVector c = FloatVector.broadcast(S, 0.001f);
        FloatVector a0 = c, a1 = c, a2 = c, a3 = c, a4 = c, a5 = c, a6 = c, a7 = c;
        FloatVector b0 = c, b1 = c, b2 = c, b3 = c, b4 = c, b5 = c, b6 = c, b7 = c;
        for (int i = 0; i < rounds; i++) {
            a0 = a0.fma(m, c);
            a1 = a1.fma(m, c);
            a2 = a2.fma(m, c);
            a3 = a3.fma(m, c);
            a4 = a4.fma(m, c);
            a5 = a5.fma(m, c);
            a6 = a6.fma(m, c);
            a7 = a7.fma(m, c);
            b0 = b0.fma(m, c);
            b1 = b1.fma(m, c);
            b2 = b2.fma(m, c);
            b3 = b3.fma(m, c);
            b4 = b4.fma(m, c);
            b5 = b5.fma(m, c);
            b6 = b6.fma(m, c);
            b7 = b7.fma(m, c);
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).add(b0).add(b1).add(b2).add(b3).add(b4).add(b5).add(b6).add(b7)
                .reduceLanes(jdk.incubator.vector.VectorOperators.ADD);
    }
}
