package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What threads must not change: order, content, random numbers, positions; and what they say when they fail. */
@Timeout(60)
class LoaderWorkersTest {
    private static Dataset<Tensor> numbers(int n) {
        return new Dataset<>() {
            @Override
            public int size() {
                return n;
            }

            @Override
            public Tensor get(int index) {
                return Tensor.of(new long[] {index}).reshape();
            }

            @Override
            public String name() {
                return "numbers";
            }
        };
    }

    private static List<List<Long>> rest(Iterator<Tensor> it) {
        List<List<Long>> all = new ArrayList<>();
        it.forEachRemaining(t -> all.add(Arrays.stream(t.toLongs()).boxed().toList()));
        return all;
    }

    @Test
    void theQueueIsBounded() throws Exception {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch four = new CountDownLatch(4);
        Dataset<Tensor> counting = numbers(100).map(t -> {
            made.incrementAndGet();
            four.countDown();
            return t;
        });
        Iterator<Tensor> it = new DataLoader<>(counting, 1).workers(2).prefetch(2).iterator();
        four.await();
        // Four may wait; a fifth is begun only when one is taken.
        assertEquals(4, made.get());
        for (int i = 0; i < 20; i++) {
            assertEquals(i, it.next().itemLong());
            assertTrue(made.get() <= i + 1 + 4, made + " were made when " + (i + 1) + " were taken");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void unorderedGivesEveryBatchOnce(int workers) {
        DataLoader<Tensor> loader = new DataLoader<>(numbers(50), 4).shuffle(1).workers(workers).unordered();
        long[] seen = rest(loader.iterator()).stream().flatMap(List::stream).mapToLong(l -> l).sorted().toArray();
        assertArrayEquals(java.util.stream.LongStream.range(0, 50).toArray(), seen);
    }

    @Test
    void unorderedDoesNotWaitForASlowBatch() {
        CountDownLatch others = new CountDownLatch(3);
        Dataset<Tensor> slowFirst = numbers(4).map(t -> {
            if (t.itemLong() == 0) {
                try {
                    others.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return t;
        });
        Iterator<Tensor> it = new DataLoader<>(slowFirst, 1).workers(2).prefetch(2).unordered().iterator();
        // In order this would never end: batch 0 waits for the others to be taken.
        for (int i = 0; i < 3; i++) {
            assertNotEquals(0, it.next().itemLong());
            others.countDown();
        }
        assertEquals(0, it.next().itemLong());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,3", "3,0", "2,3"})
    void aPositionOfAnUnorderedEpochLeavesOutWhatWasSeen(int before, int after) {
        DataLoader<Tensor> a = new DataLoader<>(numbers(60), 5).shuffle(4).workers(before).unordered();
        Iterator<Tensor> it = a.iterator();
        List<Long> seen = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Arrays.stream(it.next().toLongs()).forEach(seen::add);
        }
        DataLoader<Tensor> b = new DataLoader<>(numbers(60), 5).shuffle(99).workers(after).unordered();
        b.loadStateDict(a.stateDict());
        List<List<Long>> rest = rest(b.iterator());
        assertEquals(7, rest.size());
        rest.forEach(seen::addAll);
        assertEquals(60, seen.stream().distinct().count());
        assertEquals(60, seen.size());
    }

    /** Random augmentation: the first number of each sample's generator. */
    private static Dataset<Tensor> noise(int n) {
        return numbers(n).augment((t, random) -> Tensor.of(new long[] {random.nextLong()}).reshape());
    }

    @Test
    void randomNumbersOfSamplesDependOnSeedAndEpochOnly() {
        List<List<Long>> plain = rest(new DataLoader<>(noise(40), 4).shuffle(9).iterator());
        assertEquals(40, plain.stream().flatMap(List::stream).distinct().count());
        for (int workers : new int[] {1, 3}) {
            assertEquals(plain, rest(new DataLoader<>(noise(40), 4).shuffle(9).workers(workers).iterator()));
        }
        DataLoader<Tensor> loader = new DataLoader<>(noise(40), 4).shuffle(9);
        assertEquals(plain, rest(loader.iterator()));
        assertNotEquals(plain, rest(loader.iterator()));
        assertNotEquals(plain, rest(new DataLoader<>(noise(40), 4).shuffle(10).iterator()));
    }

    @ParameterizedTest
    @CsvSource({"0,2", "3,0", "2,1"})
    void randomNumbersGoOnAfterResumeWithOtherWorkers(int before, int after) {
        DataLoader<Tensor> whole = new DataLoader<>(noise(40), 4).shuffle(9);
        rest(whole.iterator());
        List<List<Long>> second = rest(whole.iterator());
        DataLoader<Tensor> a = new DataLoader<>(noise(40), 4).shuffle(9).workers(before);
        rest(a.iterator());
        Iterator<Tensor> it = a.iterator();
        it.next();
        it.next();
        it.next();
        DataLoader<Tensor> b = new DataLoader<>(noise(40), 4).shuffle(1).workers(after);
        b.loadStateDict(a.stateDict());
        assertEquals(second.subList(3, 10), rest(b.iterator()));
    }

    @Test
    void aSubsetOfAugmentedSamplesDrawsFromTheLoaderToo() throws Exception {
        Dataset<Tensor> part = noise(10).take(4);
        assertEquals(rest(new DataLoader<>(part, 2).seed(3).iterator()), rest(new DataLoader<>(part, 2).seed(3).workers(2).iterator()));
        assertNotEquals(rest(new DataLoader<>(part, 2).seed(3).iterator()), rest(new DataLoader<>(part, 2).seed(4).iterator()));
    }

    @Test
    void positionsThatCannotFitAreRefused() {
        DataLoader<Tensor> a = new DataLoader<>(numbers(60), 5);
        Iterator<Tensor> it = a.iterator();
        for (int i = 0; i < 8; i++) {
            it.next();
        }
        Map<String, Object> state = a.stateDict();
        DataLoader<Tensor> otherSize = new DataLoader<>(numbers(60), 10);
        otherSize.loadStateDict(state);
        String message = assertThrows(IllegalStateException.class, otherSize::iterator).getMessage();
        assertTrue(message.contains("batches of 5") && message.contains("batches of 10"), message);
        DataLoader<Tensor> shorter = new DataLoader<>(numbers(20), 5);
        shorter.loadStateDict(state);
        message = assertThrows(IllegalStateException.class, shorter::iterator).getMessage();
        assertTrue(message.contains("after batch 8") && message.contains("has 4"), message);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aFailureNamesSampleAndDataSetThroughEveryWrapper(int workers) {
        Dataset<Tensor> bad = numbers(30).map(t -> {
            if (t.itemLong() == 25) {
                throw new IllegalArgumentException("not a picture");
            }
            return t;
        });
        Dataset<Tensor> wrapped = new Subset<>(ConcatDataset.of(numbers(10), bad), new int[] {1, 2, 35, 3});
        SampleException e = assertThrows(SampleException.class, () -> rest(new DataLoader<>(wrapped, 2).workers(workers).iterator()));
        assertEquals(2, e.index());
        assertEquals("sample 2 of a subset (sample 35 of 2 joined data sets (sample 25 of numbers)) could not be loaded: "
                + "java.lang.IllegalArgumentException: not a picture", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aBatchThatCannotBeMadeIsNamed(int workers) {
        Dataset<Tensor> ragged = Dataset.of(List.of(Tensor.of(new float[2]), Tensor.of(new float[2]), Tensor.of(new float[2]), Tensor.of(new float[3])));
        LoaderException e = assertThrows(LoaderException.class, () -> rest(new DataLoader<>(ragged, 2).workers(workers).iterator()));
        assertTrue(e.getMessage().contains("batch 1 of a list of 4 (samples [2, 3])") && e.getMessage().contains("[2]")
                && e.getMessage().contains("[3]"), e.getMessage());
    }

    @Test
    void aSampleThatBreaksAFusedBatchIsFound() {
        Dataset<Tensor> fused = new Dataset<>() {
            @Override
            public int size() {
                return 6;
            }

            @Override
            public Tensor get(int index) throws Exception {
                if (index == 4) {
                    throw new java.io.IOException("bad sector");
                }
                return Tensor.of(new long[] {index});
            }

            @Override
            public Tensor batch(int[] indices) throws Exception {
                for (int i : indices) {
                    get(i);
                }
                return Tensor.zeros(indices.length);
            }
        };
        assertEquals(4, assertThrows(SampleException.class, () -> rest(new DataLoader<>(fused, 3).iterator())).index());
    }

    @Test
    void aWorkerThatDiesSaysWhatItWasDoing() {
        Dataset<Tensor> deadly = numbers(8).map(t -> {
            if (t.itemLong() == 5) {
                throw new OutOfMemoryError("the picture has 10^9 pixels");
            }
            return t;
        });
        LoaderException e = assertThrows(LoaderException.class, () -> rest(new DataLoader<>(deadly, 2).workers(1).iterator()));
        assertTrue(e.getMessage().contains("worker 0 of numbers died at batch 2, sample 5") && e.getMessage().contains("10^9 pixels"), e.getMessage());
        assertTrue(e.getCause() instanceof OutOfMemoryError);
    }

    @Test
    void aWorkerThatHangsIsNamedAfterTheTimeout() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Dataset<Tensor> hanging = numbers(8).map(t -> {
            entered.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return t;
        });
        Iterator<Tensor> it = new DataLoader<>(hanging, 2).sampler(epoch -> new int[] {5, 6, 7}).workers(1).timeout(Duration.ofMillis(50)).iterator();
        entered.await();
        LoaderException e = assertThrows(LoaderException.class, it::next);
        never.countDown();
        assertTrue(e.getMessage().contains("within 50 ms") && e.getMessage().contains("worker 0 is at batch 0, sample 5"), e.getMessage());
    }

    @Test
    void anAbandonedEpochEndsItsWorkersWhenTheNextBegins() throws Exception {
        DataLoader<Tensor> loader = new DataLoader<>(numbers(1000), 1).workers(3);
        Iterator<Tensor> first = loader.iterator();
        first.next();
        Iterator<Tensor> second = loader.iterator();
        assertEquals(0, second.next().itemLong());
        assertThrows(IllegalStateException.class, () -> {
            // What was ready may still come; then the stop is seen.
            while (first.hasNext()) {
                first.next();
            }
        });
        assertEquals(999, rest(second).size());
    }

    @Test
    void samplesMayBeBatchesAlready() {
        assertEquals(List.of(List.of(0L), List.of(1L), List.of(2L)), rest(DataLoader.unbatched(numbers(3)).iterator()));
    }

    @Test
    void generatorsOfSamplesAreFunctionsOfTheirPlace() {
        RandomGenerator a = Draws.of(1, 2, 3, 4);
        assertEquals(a.nextLong(), Draws.of(1, 2, 3, 4).nextLong());
        long[] others = {Draws.of(2, 2, 3, 4).nextLong(), Draws.of(1, 3, 3, 4).nextLong(), Draws.of(1, 2, 4, 4).nextLong(), Draws.of(1, 2, 3, 5).nextLong()};
        assertEquals(4, Arrays.stream(others).distinct().count());
        assertFalse(Arrays.stream(others).anyMatch(l -> l == Draws.of(1, 2, 3, 4).nextLong()));
    }
}
