package dev.levin.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** The usual ways to make batches. */
public final class BatchSamplers {
    private BatchSamplers() {
    }

    /** Batches of equal size in the order of a sampler. */
    public static BatchSampler of(Sampler order, int batchSize, boolean dropLast) {
        checkSize(batchSize);
        return epoch -> cut(order.indices(epoch), batchSize, dropLast);
    }

    /**
     * Batches of samples of similar length, so that little is padded: shuffles, sorts {@code pool} batches at a time by
     * length, cuts them, and shuffles the batches. Every sample comes once an epoch.
     *
     * @param lengths of each sample
     * @param pool number of batches that are sorted together: 1 does not sort, a large number sorts everything
     */
    public static BatchSampler bucketed(int[] lengths, int batchSize, int pool, boolean dropLast, long seed) {
        checkSize(batchSize);
        if (pool < 1) {
            throw new IllegalArgumentException("the pool must be at least 1 batch, not " + pool);
        }
        int[] known = lengths.clone();
        return epoch -> {
            SplittableRandom random = Samplers.random(seed, epoch);
            int[] order = Samplers.permutation(known.length, random);
            long chunk = (long) batchSize * pool;
            List<int[]> batches = new ArrayList<>();
            for (long from = 0; from < order.length; from += chunk) {
                int[] part = Arrays.copyOfRange(order, (int) from, (int) Math.min(order.length, from + chunk));
                batches.addAll(Arrays.asList(cut(byLength(part, known), batchSize, dropLast)));
            }
            return shuffled(batches, random);
        };
    }

    /**
     * Batches within fixed length buckets: a sample of length n is in bucket b if {@code boundaries[b-1] <= n < boundaries[b]}.
     *
     * @param boundaries ascending; the last bucket is open
     */
    public static BatchSampler bucketedByBoundaries(int[] lengths, int[] boundaries, int batchSize, boolean dropLast, long seed) {
        checkSize(batchSize);
        for (int i = 1; i < boundaries.length; i++) {
            if (boundaries[i] <= boundaries[i - 1]) {
                throw new IllegalArgumentException("bucket boundaries must ascend: " + Arrays.toString(boundaries));
            }
        }
        int[] known = lengths.clone();
        int[] edges = boundaries.clone();
        return epoch -> {
            SplittableRandom random = Samplers.random(seed, epoch);
            int[] order = Samplers.permutation(known.length, random);
            List<int[]> batches = new ArrayList<>();
            for (int b = 0; b <= edges.length; b++) {
                int bucket = b;
                int[] members = Arrays.stream(order).filter(i -> bucketOf(known[i], edges) == bucket).toArray();
                batches.addAll(Arrays.asList(cut(members, batchSize, dropLast)));
            }
            return shuffled(batches, random);
        };
    }

    /**
     * Batches of similar length whose padded size, samples times the longest, is at most {@code maxTokens}: short samples make
     * large batches.
     *
     * @throws IllegalArgumentException when one sample alone is longer
     */
    public static BatchSampler maxTokens(int[] lengths, int maxTokens, long seed) {
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] > maxTokens) {
                throw new IllegalArgumentException("sample " + i + " has length " + lengths[i] + ", more than the " + maxTokens
                        + " tokens of a batch; raise maxTokens or cut the sample");
            }
        }
        int[] known = lengths.clone();
        return epoch -> {
            SplittableRandom random = Samplers.random(seed, epoch);
            int[] order = byLength(Samplers.permutation(known.length, random), known);
            List<int[]> batches = new ArrayList<>();
            int from = 0;
            for (int i = 0; i <= order.length; i++) {
                if (i == order.length || (long) (i + 1 - from) * known[order[i]] > maxTokens) {
                    if (i > from) {
                        batches.add(Arrays.copyOfRange(order, from, i));
                    }
                    from = i;
                }
            }
            return shuffled(batches, random);
        };
    }

    /** The batches of one process of {@code world}: batch i goes to rank i mod world; a last incomplete round is left out. */
    public static BatchSampler distributed(BatchSampler all, int rank, int world) {
        Samplers.checkRank(rank, world);
        return epoch -> {
            int[][] batches = all.batches(epoch);
            int[][] mine = new int[batches.length / world][];
            Arrays.setAll(mine, i -> batches[i * world + rank]);
            return mine;
        };
    }

    private static int[] byLength(int[] members, int[] lengths) {
        // Length above, place in the shuffled order below: a stable sort of primitives.
        long[] keys = new long[members.length];
        Arrays.setAll(keys, i -> (long) lengths[members[i]] << 32 | i);
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(k -> members[(int) k]).toArray();
    }

    private static int bucketOf(int length, int[] boundaries) {
        int b = 0;
        while (b < boundaries.length && length >= boundaries[b]) {
            b++;
        }
        return b;
    }

    private static int[][] shuffled(List<int[]> batches, SplittableRandom random) {
        int[] order = Samplers.permutation(batches.size(), random);
        return Arrays.stream(order).mapToObj(batches::get).toArray(int[][]::new);
    }

    static int[][] cut(int[] order, int batchSize, boolean dropLast) {
        int n = dropLast ? order.length / batchSize : Math.ceilDiv(order.length, batchSize);
        int[][] batches = new int[n][];
        Arrays.setAll(batches, i -> Arrays.copyOfRange(order, i * batchSize, (int) Math.min(order.length, (i + 1L) * batchSize)));
        return batches;
    }

    static void checkSize(int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size must be at least 1, not " + batchSize);
        }
    }
}
