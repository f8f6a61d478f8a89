package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplersTest {
    @Test
    void weightedDrawsFollowTheWeights() {
        int[] draws = Samplers.weighted(new double[] {1, 0, 3, 4}, 80_000, 5).indices(0);
        long[] counts = new long[4];
        Arrays.stream(draws).forEach(i -> counts[i]++);
        assertEquals(0, counts[1]);
        // Expected 10,000, 30,000 and 40,000; five standard deviations of a binomial count.
        assertEquals(10_000, counts[0], 5 * Math.sqrt(80_000 * 0.125 * 0.875));
        assertEquals(30_000, counts[2], 5 * Math.sqrt(80_000 * 0.375 * 0.625));
    }

    @Test
    void withoutReplacementEachComesOnceAndTheFirstFollowsTheWeights() {
        int first = 0;
        Sampler s = Samplers.weightedWithoutReplacement(new double[] {1, 3, 0, 1}, 3, 7);
        for (int epoch = 0; epoch < 4000; epoch++) {
            int[] draw = s.indices(epoch);
            assertArrayEquals(new int[] {0, 1, 3}, Arrays.stream(draw).sorted().toArray());
            first += draw[0] == 1 ? 1 : 0;
        }
        assertEquals(4000 * 0.6, first, 5 * Math.sqrt(4000 * 0.6 * 0.4));
        assertThrows(IllegalArgumentException.class, () -> Samplers.weightedWithoutReplacement(new double[] {1, 0}, 2, 0));
    }

    @Test
    void balancedDrawsMakeClassesEqual() {
        int[] labels = new int[1000];
        Arrays.fill(labels, 0, 50, 1);
        int[] draws = Samplers.balanced(labels, 10_000, 3).indices(1);
        long rare = Arrays.stream(draws).filter(i -> labels[i] == 1).count();
        assertEquals(5000, rare, 5 * Math.sqrt(10_000 * 0.25));
    }

    @Test
    void badWeightsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Samplers.weighted(new double[] {1, -1}, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> Samplers.weighted(new double[] {0, 0}, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> Samplers.weighted(new double[] {1, Double.NaN}, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> Samplers.weighted(new double[0], 1, 0));
    }

    /** As torch.utils.data.DistributedSampler over 10 samples and 3 ranks without shuffling. */
    @Test
    void ranksShareTheSamplesAsInPyTorch() {
        int[][] padded = {{0, 3, 6, 9}, {1, 4, 7, 0}, {2, 5, 8, 1}};
        int[][] dropped = {{0, 3, 6}, {1, 4, 7}, {2, 5, 8}};
        for (int rank = 0; rank < 3; rank++) {
            assertArrayEquals(padded[rank], Samplers.distributed(Samplers.sequential(10), rank, 3, false).indices(0));
            assertArrayEquals(dropped[rank], Samplers.distributed(Samplers.sequential(10), rank, 3, true).indices(0));
        }
        // More ranks than samples: they repeat.
        assertArrayEquals(new int[] {0}, Samplers.distributed(Samplers.sequential(2), 2, 5, false).indices(0));
        assertThrows(IllegalArgumentException.class, () -> Samplers.distributed(Samplers.sequential(2), 2, 2, false));
    }

    private static Dataset<Tensor> numbers(int n) {
        return Dataset.of(IntStream.range(0, n).mapToObj(i -> Tensor.of(new long[] {i}).reshape()).toList());
    }

    @Test
    void shuffledRanksAreDisjointInEveryEpoch() {
        List<DataLoader<Tensor>> ranks = IntStream.range(0, 3).mapToObj(r -> new DataLoader<>(numbers(12), 2).shuffle(5).distributed(r, 3)).toList();
        List<Long> before = List.of();
        for (int epoch = 0; epoch < 2; epoch++) {
            List<Long> all = new ArrayList<>();
            for (DataLoader<Tensor> l : ranks) {
                assertEquals(2, l.length());
                l.forEach(t -> Arrays.stream(t.toLongs()).forEach(all::add));
            }
            assertEquals(12, all.stream().distinct().count());
            assertFalse(all.equals(before));
            before = all;
        }
    }

    @Test
    void bucketsHoldSimilarLengthsAndEverySampleOnce() {
        int[] lengths = IntStream.range(0, 103).map(i -> i * 37 % 103).toArray();
        BatchSampler s = BatchSamplers.bucketed(lengths, 8, 1000, false, 4);
        int[][] batches = s.batches(0);
        assertEquals(13, batches.length);
        assertArrayEquals(Samplers.identity(103), Arrays.stream(batches).flatMapToInt(Arrays::stream).sorted().toArray());
        for (int[] b : batches) {
            // All 103 lengths differ and were sorted together: a batch of 8 spans exactly 8 of them.
            assertEquals(b.length - 1, Arrays.stream(b).map(i -> lengths[i]).max().orElseThrow() - Arrays.stream(b).map(i -> lengths[i]).min().orElseThrow());
        }
        assertFalse(Arrays.deepEquals(batches, s.batches(1)));
        assertTrue(Arrays.deepEquals(batches, s.batches(0)));
        assertEquals(12, BatchSamplers.bucketed(lengths, 8, 1000, true, 4).batches(0).length);
    }

    @Test
    void boundariesSeparateBuckets() {
        int[] lengths = {1, 5, 9, 10, 11, 30, 2, 12};
        for (int[] b : BatchSamplers.bucketedByBoundaries(lengths, new int[] {5, 11}, 2, false, 1).batches(3)) {
            assertEquals(1, Arrays.stream(b).map(i -> lengths[i] < 5 ? 0 : lengths[i] < 11 ? 1 : 2).distinct().count());
        }
        assertThrows(IllegalArgumentException.class, () -> BatchSamplers.bucketedByBoundaries(lengths, new int[] {5, 5}, 2, false, 1));
    }

    @Test
    void tokensOfABatchAreBounded() {
        int[] lengths = IntStream.range(0, 200).map(i -> 1 + i * i % 50).toArray();
        int[][] batches = BatchSamplers.maxTokens(lengths, 60, 2).batches(0);
        assertArrayEquals(Samplers.identity(200), Arrays.stream(batches).flatMapToInt(Arrays::stream).sorted().toArray());
        for (int[] b : batches) {
            assertTrue(b.length * Arrays.stream(b).map(i -> lengths[i]).max().orElseThrow() <= 60);
        }
        String message = assertThrows(IllegalArgumentException.class, () -> BatchSamplers.maxTokens(new int[] {3, 70}, 60, 2)).getMessage();
        assertTrue(message.contains("sample 1 has length 70"), message);
    }

    @ParameterizedTest
    @CsvSource({"0,2", "2,0"})
    void bucketedEpochsResumeExactly(int before, int after) {
        int[] lengths = IntStream.range(0, 40).map(i -> i % 7).toArray();
        DataLoader<Tensor> a = new DataLoader<>(numbers(40), 1).batchSampler(BatchSamplers.bucketed(lengths, 6, 3, false, 8)).workers(before);
        assertEquals(7, a.length());
        a.iterator().forEachRemaining(t -> { });
        Iterator<Tensor> it = a.iterator();
        it.next();
        it.next();
        DataLoader<Tensor> b = new DataLoader<>(numbers(40), 1).batchSampler(BatchSamplers.bucketed(lengths, 6, 3, false, 8)).workers(after);
        b.loadStateDict(a.stateDict());
        List<Tensor> expected = new ArrayList<>();
        it.forEachRemaining(expected::add);
        Iterator<Tensor> resumed = b.iterator();
        for (Tensor t : expected) {
            assertArrayEquals(t.toLongs(), resumed.next().toLongs());
        }
        assertFalse(resumed.hasNext());
        assertEquals(5, expected.size());
    }
}
