package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CollateTest {
    private static Map<String, Object> sample(float a, float b, int n, double f, String s, boolean flag) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("x", Tensor.of(new float[] {a, b}));
        m.put("n", n);
        m.put("f", f);
        m.put("s", s);
        m.put("flag", flag);
        return m;
    }

    /** As torch.utils.data.default_collate. */
    @Test
    void mapsBecomeMapsOfTensorsAndText() throws Exception {
        Map<String, Object> b = Collate.<Map<String, Object>>stacking().collate(List.of(sample(1, 2, 1, 0.5, "a", true), sample(3, 4, 2, 1.5, "b", false)));
        assertArrayEquals(new float[] {1, 2, 3, 4}, ((Tensor) b.get("x")).toFloats());
        assertEquals("[2, 2]", ((Tensor) b.get("x")).shape().toString());
        assertEquals(DType.I64, ((Tensor) b.get("n")).dtype());
        assertArrayEquals(new long[] {1, 2}, ((Tensor) b.get("n")).toLongs());
        assertEquals(DType.F64, ((Tensor) b.get("f")).dtype());
        assertArrayEquals(new double[] {0.5, 1.5}, ((Tensor) b.get("f")).toDoubles());
        assertEquals(List.of("a", "b"), b.get("s"));
        assertEquals(DType.BOOL, ((Tensor) b.get("flag")).dtype());
        assertArrayEquals(new long[] {1, 0}, ((Tensor) b.get("flag")).toLongs());
    }

    @Test
    void listsAndNestedStructuresKeepTheirForm() throws Exception {
        assertEquals(DType.F32, ((Tensor) Collate.<Object>stacking().collate(List.of(1f, 2f))).dtype());
        List<Object> a = List.of(Tensor.of(new float[] {1}), Map.of("k", List.of(1, "x")));
        List<Object> c = List.of(Tensor.of(new float[] {2}), Map.of("k", List.of(5, "y")));
        List<Object> b = Collate.<List<Object>>stacking().collate(List.of(a, c));
        assertArrayEquals(new float[] {1, 2}, ((Tensor) b.get(0)).toFloats());
        List<?> inner = (List<?>) ((Map<?, ?>) b.get(1)).get("k");
        assertArrayEquals(new long[] {1, 5}, ((Tensor) inner.get(0)).toLongs());
        assertEquals(List.of("x", "y"), inner.get(1));
    }

    record Box(float[] corners, int label) {
    }

    record Photo(Tensor pixels, Box box, String file, byte[] mask) {
    }

    record Boxes(Tensor corners, Tensor label) {
    }

    record Photos(List<String> file, Boxes box, Tensor pixels) {
    }

    private static Photo photo(float v, int label, String file) {
        return new Photo(Tensor.of(new float[] {v, v}), new Box(new float[] {v, v + 1}, label), file, new byte[] {(byte) 200});
    }

    @Test
    void recordsBecomeRecordsOfAnotherTypeByMemberName() throws Exception {
        Photos b = Collate.<Photo, Photos>into(Photos.class).collate(List.of(photo(1, 7, "a.png"), photo(2, 8, "b.png")));
        assertEquals(List.of("a.png", "b.png"), b.file());
        assertArrayEquals(new float[] {1, 1, 2, 2}, b.pixels().toFloats());
        assertArrayEquals(new float[] {1, 2, 2, 3}, b.box().corners().toFloats());
        assertEquals("[2, 2]", b.box().corners().shape().toString());
        assertArrayEquals(new long[] {7, 8}, b.box().label().toLongs());
        Boxes fromMaps = Collate.<Map<String, Object>, Boxes>into(Boxes.class).collate(List.of(Map.of("corners", new float[] {1}, "label", 3L)));
        assertArrayEquals(new long[] {3}, fromMaps.label().toLongs());
    }

    private static String refusal(Collate<?, ?> collate, Object... samples) {
        @SuppressWarnings("unchecked")
        Collate<Object, Object> any = (Collate<Object, Object>) collate;
        return assertThrows(IllegalArgumentException.class, () -> any.collate(Arrays.asList(samples))).getMessage();
    }

    @Test
    void whatCannotBeJoinedIsNamedByItsPath() {
        Collate<Object, Object> stack = Collate.stacking();
        assertTrue(refusal(stack, new Object()).contains("java.lang.Object"));
        assertTrue(refusal(stack, Map.of("a", Map.of("b", Tensor.zeros(2))), Map.of("a", Map.of("b", Tensor.zeros(3)))).contains("'a.b'"));
        assertTrue(refusal(stack, Map.of("a", 1), Map.of("b", 1)).contains("different keys"));
        assertTrue(refusal(stack, Map.of("a", 1), Map.of("a", "x")).contains("different types in 'a'"));
        assertTrue(refusal(stack, List.of(1, 2), List.of(1)).contains("different lengths"));
        assertTrue(refusal(stack, Tensor.zeros(2), null).contains("sample 1 of the batch has null"));
        assertTrue(refusal(stack, Tensor.zeros(2), Tensor.zeros(2).to(DType.F64)).contains("type and rank"));
        String wrongType = refusal(stack, photo(1, 2, "a"));
        assertTrue(wrongType.contains("'box.corners'") && wrongType.contains("Collate.into"), wrongType);
        assertTrue(refusal(Collate.<Photo, Boxes>into(Boxes.class), photo(1, 2, "a")).contains("[pixels, box, file, mask]"));
    }

    record Sentence(long[] tokens, int label) {
    }

    record Sentences(Tensor tokens, Tensor lengths, Tensor label) {
    }

    @Test
    void sequencesArePaddedAndTheirLengthsTold() {
        PaddingCollate<Sentence, Sentences> collate = PaddingCollate.<Sentence, Sentences>into(Sentences.class).pad("tokens", -1, "lengths");
        List<Sentence> samples = List.of(new Sentence(new long[] {1, 2, 3}, 0), new Sentence(new long[] {4}, 1), new Sentence(new long[] {5, 6}, 0));
        Sentences b = collate.collate(samples);
        assertEquals("[3, 3]", b.tokens().shape().toString());
        assertArrayEquals(new long[] {1, 2, 3, 4, -1, -1, 5, 6, -1}, b.tokens().toLongs());
        assertArrayEquals(new long[] {3, 1, 2}, b.lengths().toLongs());
        assertArrayEquals(new long[] {0, 1, 0}, b.label().toLongs());
        assertEquals("[3, 8]", collate.multipleOf(8).collate(samples).tokens().shape().toString());
        assertThrows(IllegalArgumentException.class, () -> PaddingCollate.<Sentence, Sentences>into(Sentences.class).pad("token", 0));
    }

    /** As torch.nn.utils.rnn.pad_sequence(batch_first=True). */
    @Test
    void tensorsOfSeveralAxesArePadded() {
        Tensor a = Tensor.of(new float[] {0, 1, 2, 3}, 2, 2);
        Tensor b = Tensor.of(new float[] {10, 11, 12, 13, 14, 15}, 3, 2);
        Tensor p = PaddingCollate.padSequence(List.of(a, b), 0.5);
        assertEquals("[2, 3, 2]", p.shape().toString());
        assertArrayEquals(new float[] {0, 1, 2, 3, 0.5f, 0.5f, 10, 11, 12, 13, 14, 15}, p.toFloats());
        // Images of different sizes: every axis is filled up.
        Tensor images = PaddingCollate.padSequence(List.of(Tensor.ones(1, 1, 2), Tensor.ones(1, 2, 1)), 0);
        assertArrayEquals(new float[] {1, 1, 0, 0, 1, 0, 1, 0}, images.toFloats());
    }

    record Pair(Tensor a, Tensor b) {
    }

    @Test
    void recordsOfTensorsAreSlicedIntoSamples() throws Exception {
        RecordDataset<Pair> data = new RecordDataset<>(new Pair(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), Tensor.of(new long[] {7, 8, 9})));
        assertEquals(3, data.size());
        assertArrayEquals(new float[] {3, 4}, data.get(1).a().toFloats());
        assertEquals(8, data.get(1).b().itemLong());
        Pair batch = new DataLoader<>(data, 2).sampler(epoch -> new int[] {2, 0}).iterator().next();
        assertArrayEquals(new float[] {5, 6, 1, 2}, batch.a().toFloats());
        assertArrayEquals(new long[] {9, 7}, batch.b().toLongs());
        String message = assertThrows(IllegalArgumentException.class, () -> new RecordDataset<>(new Pair(Tensor.zeros(3), Tensor.zeros(2)))).getMessage();
        assertTrue(message.contains("'b' has 2") && message.contains("'a' has 3"), message);
    }
}
