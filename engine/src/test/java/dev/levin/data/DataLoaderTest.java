package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataLoaderTest {
    private static Dataset<Batch> numbers(int n) {
        return new Dataset<>() {
            @Override
            public int size() {
                return n;
            }

            @Override
            public Batch get(int index) {
                return new Batch(Tensor.of(new float[] {index, -index}), Tensor.of(new long[] {index}).reshape());
            }
        };
    }

    private static List<long[]> epoch(DataLoader<Batch> loader) {
        List<long[]> seen = new ArrayList<>();
        for (Batch b : loader) {
            seen.add(b.target().toLongs());
        }
        return seen;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void everySampleComesOnceInOrderWhateverTheWorkers(int workers) {
        DataLoader<Batch> loader = new DataLoader<>(numbers(10), 4).workers(workers);
        List<long[]> seen = epoch(loader);
        assertEquals(3, loader.length());
        assertArrayEquals(new long[] {0, 1, 2, 3}, seen.get(0));
        assertArrayEquals(new long[] {8, 9}, seen.get(2));
        assertEquals(2, epoch(new DataLoader<>(numbers(10), 4).dropLast().workers(workers)).size());
    }

    @Test
    void samplesAreStackedMemberByMember() {
        Batch b = new DataLoader<>(numbers(3), 3).iterator().next();
        assertEquals("[3, 2]", b.input().shape().toString());
        assertArrayEquals(new float[] {0, 0, 1, -1, 2, -2}, b.input().toFloats());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aSavedPositionGoesOnExactly(int workers) {
        DataLoader<Batch> a = new DataLoader<>(numbers(50), 7).shuffle(3).workers(workers);
        epoch(a);
        Iterator<Batch> it = a.iterator();
        it.next();
        it.next();
        var state = a.stateDict();
        List<long[]> rest = new ArrayList<>();
        it.forEachRemaining(b -> rest.add(b.target().toLongs()));
        List<long[]> nextEpoch = epoch(a);
        DataLoader<Batch> b = new DataLoader<>(numbers(50), 7).shuffle(99).workers(workers);
        b.loadStateDict(state);
        List<long[]> resumed = epoch(b);
        assertEquals(rest.size(), resumed.size());
        for (int i = 0; i < rest.size(); i++) {
            assertArrayEquals(rest.get(i), resumed.get(i));
        }
        assertArrayEquals(nextEpoch.getFirst(), epoch(b).getFirst());
    }

    @Test
    void shufflesDifferByEpochAndAgreeBySeed() {
        DataLoader<Batch> a = new DataLoader<>(numbers(40), 40).shuffle(1);
        long[] first = epoch(a).getFirst();
        long[] second = epoch(a).getFirst();
        assertNotEquals(List.of(first[0], first[1], first[2], first[3]), List.of(second[0], second[1], second[2], second[3]));
        assertArrayEquals(first, epoch(new DataLoader<>(numbers(40), 40).shuffle(1)).getFirst());
        assertEquals(780, java.util.Arrays.stream(first).sum());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aFailingSampleIsNamed(int workers) {
        Dataset<Batch> bad = new Dataset<>() {
            @Override
            public int size() {
                return 8;
            }

            @Override
            public Batch get(int index) throws Exception {
                if (index == 5) {
                    throw new java.io.IOException("disk on fire");
                }
                return numbers(8).get(index);
            }
        };
        Iterator<Batch> it = new DataLoader<>(bad, 4).workers(workers).iterator();
        it.next();
        SampleException e = assertThrows(SampleException.class, it::next);
        assertTrue(e.getMessage().contains("sample 5") && e.getMessage().contains("disk on fire"), e.getMessage());
    }

    @Test
    void splitsAreDisjointAndComplete() {
        var parts = Subset.randomSplit(numbers(10), new double[] {0.7, 0.3}, 1);
        assertEquals(List.of(7, 3), parts.stream().map(Subset::size).toList());
        long sum = 0;
        for (var p : parts) {
            for (int i : p.indices()) {
                sum += i;
            }
        }
        assertEquals(45, sum);
    }
}
