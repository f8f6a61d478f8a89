package dev.levin.data;

import java.util.Arrays;
import java.util.SplittableRandom;

/** The usual orders. */
public final class Samplers {
    private Samplers() {
    }

    public static Sampler sequential(int size) {
        int[] all = identity(size);
        return epoch -> all.clone();
    }

    /** A new order every epoch, a function of seed and epoch. */
    public static Sampler shuffled(int size, long seed) {
        return epoch -> permutation(size, random(seed, epoch));
    }

    /** {@code count} draws with replacement, sample i with probability proportional to {@code weights[i]}. */
    public static Sampler weighted(double[] weights, int count, long seed) {
        double[] cumulative = weights.clone();
        Arrays.parallelPrefix(cumulative, Double::sum);
        double total = weights.length == 0 ? 0 : cumulative[weights.length - 1];
        if (Arrays.stream(weights).anyMatch(w -> !(w >= 0)) || !(total > 0)) {
            throw new IllegalArgumentException("sampling weights must not be negative, and at least one must be positive");
        }
        return epoch -> {
            SplittableRandom r = random(seed, epoch);
            int[] draws = new int[count];
            for (int i = 0; i < count; i++) {
                double u = r.nextDouble() * total;
                int at = Arrays.binarySearch(cumulative, u);
                at = at < 0 ? -at - 1 : at + 1;
                while (weights[Math.min(at, weights.length - 1)] == 0) {
                    at++;
                }
                draws[i] = Math.min(at, weights.length - 1);
            }
            return draws;
        };
    }

    static SplittableRandom random(long seed, long epoch) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + epoch * 0xD1B54A32D192ED03L + 1);
    }

    static int[] identity(int n) {
        int[] a = new int[n];
        Arrays.setAll(a, i -> i);
        return a;
    }

    static int[] permutation(int n, SplittableRandom r) {
        int[] a = identity(n);
        for (int i = n - 1; i > 0; i--) {
            int j = r.nextInt(i + 1);
            int t = a[i];
            a[i] = a[j];
            a[j] = t;
        }
        return a;
    }
}
