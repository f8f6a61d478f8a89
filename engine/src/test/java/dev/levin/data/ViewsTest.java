package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ViewsTest {
    private static TensorDataset rows(int from, int to) {
        float[] x = new float[to - from];
        long[] y = new long[to - from];
        for (int i = 0; i < x.length; i++) {
            x[i] = from + i;
            y[i] = 10 * (from + i);
        }
        return new TensorDataset(Tensor.of(x, x.length, 1), Tensor.of(y));
    }

    private static long[] targets(Dataset<Batch> data, int batch, int... order) {
        DataLoader<Batch> loader = new DataLoader<>(data, batch).sampler(epoch -> order);
        List<Long> all = new ArrayList<>();
        loader.forEach(b -> Arrays.stream(b.target().toLongs()).forEach(all::add));
        return all.stream().mapToLong(l -> l).toArray();
    }

    @Test
    void joinedDataSetsKeepTheirOrderWithinAndAcrossParts() throws Exception {
        Dataset<Batch> joined = ConcatDataset.of(rows(0, 3), rows(3, 8));
        assertEquals(8, joined.size());
        // One batch within a part (fused), one across (stacked), one sample each.
        assertArrayEquals(new long[] {40, 30, 20, 70}, targets(joined, 2, 4, 3, 2, 7));
        assertEquals(50, joined.get(5).target().itemLong());
        assertThrows(IndexOutOfBoundsException.class, () -> joined.get(8));
        assertThrows(IllegalArgumentException.class, () -> new ConcatDataset<Batch>(List.of()));
    }

    @Test
    void filtersKeepWhatIsAccepted() throws Exception {
        Subset<Batch> even = rows(0, 9).filter(b -> b.target().itemLong() % 20 == 0);
        assertArrayEquals(new int[] {0, 2, 4, 6, 8}, even.indices());
        assertArrayEquals(new long[] {80, 40}, targets(even, 2, 4, 2));
        assertArrayEquals(new long[] {0, 10, 20}, targets(rows(0, 9).take(3), 5, 0, 1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> rows(0, 9).take(10));
    }

    @Test
    void mappedSamplesAreMadeWhenTheyAreFetched() throws Exception {
        List<Integer> made = new ArrayList<>();
        Dataset<Tensor> mapped = rows(0, 5).map(b -> {
            made.add((int) b.target().itemLong());
            return b.input().mul(2);
        });
        assertEquals(List.of(), made);
        assertEquals(6, mapped.get(3).item());
        assertEquals(List.of(30), made);
        assertEquals("[2, 1]", new DataLoader<>(mapped, 2).iterator().next().shape().toString());
    }

    @Test
    void cachedSamplesAreFetchedOnce() {
        List<Integer> made = new ArrayList<>();
        Dataset<Batch> cached = rows(0, 4).map(b -> {
            made.add((int) b.target().itemLong());
            return b;
        }).cached();
        assertArrayEquals(new long[] {30, 0, 30, 10}, targets(cached, 2, 3, 0, 3, 1));
        assertArrayEquals(new long[] {10, 20, 30, 0}, targets(cached, 4, 1, 2, 3, 0));
        assertEquals(List.of(30, 0, 10, 20), made);
    }

    @Test
    void splitsByFractionsAndCountsAreChecked() {
        Dataset<Batch> data = rows(0, 11);
        assertEquals(List.of(6, 3, 2), Subset.randomSplit(data, new double[] {0.5, 0.3, 0.2}, 1).stream().map(Subset::size).toList());
        int[] all = Subset.randomSplit(data, new int[] {4, 0, 7}, 2).stream().flatMapToInt(s -> IntStream.of(s.indices())).sorted().toArray();
        assertArrayEquals(Samplers.identity(11), all);
        assertArrayEquals(Subset.randomSplit(data, new int[] {4, 7}, 2).getFirst().indices(), Subset.randomSplit(data, new int[] {4, 7}, 2).getFirst().indices());
        assertThrows(IllegalArgumentException.class, () -> Subset.randomSplit(data, new int[] {4, 4}, 2));
        assertThrows(IllegalArgumentException.class, () -> Subset.randomSplit(data, new int[] {-1, 12}, 2));
        assertThrows(IllegalArgumentException.class, () -> Subset.randomSplit(data, new double[] {0.5, 0.4}, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> new Subset<>(data, new int[] {11}));
    }

    @Test
    void settingsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new DataLoader<>(rows(0, 2), 0));
        assertThrows(IllegalArgumentException.class, () -> new DataLoader<>(rows(0, 2), 1).workers(-1));
        assertThrows(IllegalArgumentException.class, () -> new DataLoader<>(rows(0, 2), 1).prefetch(0));
        assertThrows(IllegalArgumentException.class, () -> new DataLoader<>(rows(0, 2), 1).timeout(java.time.Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new DataLoader<>(rows(0, 2), 1).distributed(2, 2));
        assertThrows(IllegalArgumentException.class, () -> new TensorDataset(Tensor.zeros(3, 2), Tensor.zeros(2)));
        assertTrue(new DataLoader<>(rows(0, 5), 2).dropLast().length() == 2 && new DataLoader<>(rows(0, 5), 2).length() == 3);
        assertEquals(0, new DataLoader<>(rows(0, 0), 2).workers(2).length());
        assertTrue(!new DataLoader<>(rows(0, 0), 2).workers(2).iterator().hasNext());
    }
}
