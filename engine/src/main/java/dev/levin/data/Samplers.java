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

    /** {@code count} uniform draws with replacement. */
    public static Sampler withReplacement(int size, int count, long seed) {
        if (size < 1 && count > 0) {
            throw new IllegalArgumentException("nothing can be drawn from no samples");
        }
        return epoch -> {
            SplittableRandom r = random(seed, epoch);
            int[] draws = new int[count];
            Arrays.setAll(draws, i -> r.nextInt(size));
            return draws;
        };
    }

    /** Some samples, in a new order every epoch. */
    public static Sampler subset(int[] indices, long seed) {
        int[] some = indices.clone();
        return epoch -> {
            int[] order = permutation(some.length, random(seed, epoch));
            Arrays.setAll(order, i -> some[order[i]]);
            return order;
        };
    }

    /** {@code count} draws with replacement, sample i with probability proportional to {@code weights[i]}. */
    public static Sampler weighted(double[] weights, int count, long seed) {
        checkWeights(weights);
        double[] cumulative = weights.clone();
        Arrays.parallelPrefix(cumulative, Double::sum);
        double total = cumulative[weights.length - 1];
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

    /**
     * {@code count} draws without replacement: each next one with probability proportional to the weights of those left
     * (Efraimidis and Spirakis 2006: the largest log(u) / weight).
     *
     * @throws IllegalArgumentException when fewer samples have a positive weight
     */
    public static Sampler weightedWithoutReplacement(double[] weights, int count, long seed) {
        checkWeights(weights);
        long positive = Arrays.stream(weights).filter(w -> w > 0).count();
        if (count > positive) {
            throw new IllegalArgumentException(count + " samples can't be drawn without replacement: only " + positive + " have a positive weight");
        }
        double[] known = weights.clone();
        return epoch -> {
            SplittableRandom r = random(seed, epoch);
            double[] keys = new double[known.length];
            Integer[] order = new Integer[known.length];
            for (int i = 0; i < keys.length; i++) {
                double u = 1 - r.nextDouble();
                keys[i] = known[i] == 0 ? Double.NEGATIVE_INFINITY : Math.log(u) / known[i];
                order[i] = i;
            }
            Arrays.sort(order, (a, b) -> Double.compare(keys[b], keys[a]));
            return Arrays.stream(order).limit(count).mapToInt(i -> i).toArray();
        };
    }

    /** Draws with replacement such that every class is equally likely: for unbalanced labels. */
    public static Sampler balanced(int[] labels, int count, long seed) {
        int[] counts = new int[Arrays.stream(labels).max().orElse(-1) + 1];
        for (int l : labels) {
            counts[l]++;
        }
        return weighted(Arrays.stream(labels).mapToDouble(l -> 1.0 / counts[l]).toArray(), count, seed);
    }

    /**
     * The share of one process of {@code world}: every world-th of the order, as many for each rank. With {@code dropLast} what
     * does not divide evenly is left out; without, the first samples fill up.
     */
    public static Sampler distributed(Sampler all, int rank, int world, boolean dropLast) {
        checkRank(rank, world);
        return epoch -> {
            int[] order = all.indices(epoch);
            int each = dropLast ? order.length / world : Math.ceilDiv(order.length, world);
            int[] mine = new int[order.length == 0 ? 0 : each];
            Arrays.setAll(mine, i -> order[(int) (((long) i * world + rank) % order.length)]);
            return mine;
        };
    }

    static void checkRank(int rank, int world) {
        if (world < 1 || rank < 0 || rank >= world) {
            throw new IllegalArgumentException("rank " + rank + " of " + world + " processes does not exist; ranks are 0 to world - 1");
        }
    }

    private static void checkWeights(double[] weights) {
        if (Arrays.stream(weights).anyMatch(w -> !(w >= 0) || Double.isInfinite(w)) || Arrays.stream(weights).noneMatch(w -> w > 0)) {
            throw new IllegalArgumentException("sampling weights must be finite and not negative, and at least one must be positive");
        }
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
