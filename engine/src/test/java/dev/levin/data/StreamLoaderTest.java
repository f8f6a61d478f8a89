package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StreamLoaderTest {
    /** 0 to n - 1, cut by taking every workers-th. */
    private static IterableDataset<Long> count(long n) {
        return worker -> worker.share(LongStream.range(0, n).iterator());
    }

    private static StreamLoader<List<Long>> loader(IterableDataset<Long> stream, int batch) {
        return StreamLoader.of(stream, batch, Collate.list());
    }

    private static <B> List<B> rest(Iterator<B> it) {
        List<B> all = new ArrayList<>();
        it.forEachRemaining(all::add);
        return all;
    }

    @Test
    void oneReaderKeepsTheOrder() {
        assertEquals(List.of(List.of(0L, 1L, 2L), List.of(3L, 4L, 5L), List.of(6L)), rest(loader(count(7), 3).iterator()));
        assertEquals(2, rest(loader(count(7), 3).dropLast().iterator()).size());
        assertEquals(List.of(), rest(loader(count(0), 3).iterator()));
    }

    /** As PyTorch gives them with 2 workers that split an iterable this way: in turn, whole batches of each. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5})
    void partsComeInTurnWhateverTheThreads(int workers) {
        assertEquals(List.of(List.of(0L, 2L), List.of(1L, 3L), List.of(4L, 6L), List.of(5L, 7L), List.of(8L)),
                rest(loader(count(9), 2).parts(2).workers(workers).iterator()));
    }

    @Test
    void unorderedGivesEverySampleOnce() {
        List<Long> all = rest(loader(count(100), 7).workers(3).unordered().iterator()).stream().flatMap(List::stream).sorted().toList();
        assertEquals(LongStream.range(0, 100).boxed().toList(), all);
    }

    private static IterableDataset<Long> pipeline(long n) {
        return count(n).filter(i -> i % 3 != 0).shuffled(8).augment((i, random) -> i * 1000 + random.nextInt(1000));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "2,0", "0,3", "3,1"})
    void aPositionGoesOnExactlyWithAnyNumberOfThreads(int before, int after) {
        StreamLoader<List<Long>> a = loader(pipeline(200), 6).seed(5).parts(3).workers(before);
        rest(a.iterator());
        Iterator<List<Long>> it = a.iterator();
        for (int i = 0; i < 7; i++) {
            it.next();
        }
        Map<String, Object> state = a.stateDict();
        List<List<Long>> expected = rest(it);
        // Without a word about parts: they are part of the position.
        StreamLoader<List<Long>> b = loader(pipeline(200), 6).workers(after);
        b.loadStateDict(state);
        assertEquals(expected, rest(b.iterator()));
        assertFalse(expected.isEmpty());
    }

    @Test
    void everyPositionOfAPassGoesOn() {
        List<List<Long>> whole = rest(loader(pipeline(40), 4).seed(1).parts(2).iterator());
        for (int at = 0; at < whole.size(); at++) {
            StreamLoader<List<Long>> a = loader(pipeline(40), 4).seed(1).parts(2);
            Iterator<List<Long>> it = a.iterator();
            for (int i = 0; i < at; i++) {
                it.next();
            }
            StreamLoader<List<Long>> b = loader(pipeline(40), 4);
            b.loadStateDict(a.stateDict());
            assertEquals(whole.subList(at, whole.size()), rest(b.iterator()), "after " + at);
        }
    }

    @Test
    void thePositionDoesNotCountABatchThatWasOnlyLookedAt() {
        StreamLoader<List<Long>> a = loader(count(6), 2);
        Iterator<List<Long>> it = a.iterator();
        it.next();
        assertTrue(it.hasNext());
        StreamLoader<List<Long>> b = loader(count(6), 2);
        b.loadStateDict(a.stateDict());
        assertEquals(List.of(2L, 3L), b.iterator().next());
    }

    @Test
    void passesAreShuffledDifferently() {
        StreamLoader<List<Long>> a = loader(count(50).shuffled(50), 50).seed(2);
        List<Long> first = a.iterator().next();
        List<Long> second = a.iterator().next();
        assertNotEquals(first, second);
        assertEquals(LongStream.range(0, 50).boxed().toList(), first.stream().sorted().toList());
        a.setEpoch(0);
        assertEquals(first, a.iterator().next());
    }

    @Test
    void aShuffleBufferMovesSamplesForwardByLessThanItsSize() {
        List<Long> out = rest(loader(count(300).shuffled(10), 300).iterator()).getFirst();
        for (int i = 0; i < out.size(); i++) {
            assertTrue(out.get(i) < i + 10, "sample " + out.get(i) + " came as number " + i);
        }
        assertNotEquals(LongStream.range(0, 300).boxed().toList(), out);
    }

    @Test
    void processesReadDisjointShares() {
        List<Long> all = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            rest(loader(count(50), 4).distributed(rank, 3).parts(2).iterator()).forEach(all::addAll);
        }
        assertEquals(50, all.size());
        assertEquals(50, all.stream().distinct().count());
    }

    @Test
    void chainedStreamsFollowEachOtherAndResume() {
        IterableDataset<Long> chain = IterableDataset.chain(List.of(count(5), count(0), count(4)));
        List<List<Long>> whole = rest(loader(chain, 2).iterator());
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 0L, 1L, 2L, 3L), whole.stream().flatMap(List::stream).toList());
        StreamLoader<List<Long>> a = loader(chain, 2);
        Iterator<List<Long>> it = a.iterator();
        it.next();
        it.next();
        it.next();
        StreamLoader<List<Long>> b = loader(chain, 2);
        b.loadStateDict(a.stateDict());
        assertEquals(whole.subList(3, 5), rest(b.iterator()));
    }

    /** Counts how often elements are read, and can go on without reading again. */
    private static IterableDataset<Long> seekable(long n, AtomicInteger reads, AtomicInteger closed) {
        class Seek implements ResumableIterator<Long>, AutoCloseable {
            private long at;

            @Override
            public boolean hasNext() {
                return at < n;
            }

            @Override
            public Long next() {
                reads.incrementAndGet();
                return at++;
            }

            @Override
            public Map<String, Object> stateDict() {
                return new LinkedHashMap<>(Map.of("at", at));
            }

            @Override
            public void loadStateDict(Map<String, Object> saved) {
                at = ((Number) saved.get("at")).longValue();
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        }

        return worker -> new Seek();
    }

    @Test
    void resumableSourcesAreNotReadAgain() {
        AtomicInteger reads = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        IterableDataset<Long> stream = seekable(100, reads, closed).augment((i, random) -> i);
        StreamLoader<List<Long>> a = loader(stream, 10);
        Iterator<List<Long>> it = a.iterator();
        for (int i = 0; i < 9; i++) {
            it.next();
        }
        Map<String, Object> state = a.stateDict();
        reads.set(0);
        StreamLoader<List<Long>> b = loader(stream, 10);
        b.loadStateDict(state);
        assertEquals(List.of(LongStream.range(90, 100).boxed().toList()), rest(b.iterator()));
        assertEquals(10, reads.get());
        assertEquals(1, closed.get());
        a.iterator();
        assertEquals(2, closed.get(), "an abandoned pass is closed when the next one begins");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aFailureNamesSampleAndStream(int workers) {
        IterableDataset<Long> bad = new IterableDataset<>() {
            @Override
            public Iterator<Long> iterator(WorkerInfo worker) throws Exception {
                return count(20).augment((i, r) -> {
                    if (i == 7) {
                        throw new IllegalStateException("broken record");
                    }
                    return i;
                }).iterator(worker);
            }

            @Override
            public String name() {
                return "queue of records";
            }
        };
        Iterator<List<Long>> it = loader(bad, 3).workers(workers).parts(1).iterator();
        it.next();
        it.next();
        SampleException e = assertThrows(SampleException.class, it::next);
        assertEquals(7, e.index());
        assertTrue(e.getMessage().contains("sample 7 of part 0 of 1 of queue of records") && e.getMessage().contains("broken record"), e.getMessage());
    }

    @Test
    void tensorsAreStackedAndMapStyleDataCanBeStreamed() {
        Dataset<Tensor> data = Dataset.of(List.of(Tensor.of(new float[] {1, 2}), Tensor.of(new float[] {3, 4})));
        Tensor batch = new StreamLoader<>(IterableDataset.of(data), 2).iterator().next();
        assertEquals("[2, 2]", Arrays.toString(batch.shape().dims()));
        assertEquals(-1, new StreamLoader<>(IterableDataset.of(data), 2).length());
    }
}
