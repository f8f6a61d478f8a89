package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.Torch.UnknownClasses;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipFile;

class TorchTest {
    @TempDir
    Path dir;

    private static Path own(String name) {
        try {
            return Path.of(TorchTest.class.getResource("/torch/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"alldtypes", "views_shared_storage", "legacy_format"})
    void tensorsReadAsPyTorchWroteThem(String name) throws IOException {
        assertEquals(Fixtures.arrays(Fixtures.json(name + ".json")), Torch.arrays(Fixtures.file(name + ".pt")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "cnn", "lstm"})
    void bothFormatsHoldTheSameWeights(String model) throws IOException {
        assertEquals(Safetensors.read(Fixtures.file(model + ".safetensors")), Torch.arrays(Fixtures.file(model + ".pt")));
    }

    @Test
    void tiedTensorsAreOneArray() throws IOException {
        var arrays = Torch.arrays(Fixtures.file("views_shared_storage.pt"));
        assertSame(arrays.get("tied_a").data(), arrays.get("tied_b").data());
    }

    @Test
    void aStateDictOfPyTorch2Reads() throws IOException {
        var arrays = Torch.arrays(own("torch2_state_dict.pt"));
        assertEquals(List.of("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                "1.num_batches_tracked"), List.copyOf(arrays.keySet()));
        assertEquals(Fixtures.floats(new int[] {3}, 1, 1, 1), arrays.get("1.running_var"));
    }

    @Test
    void viewsOfTheOldFormatRead() throws IOException {
        assertEquals(Map.of("w", Fixtures.floats(new int[] {2, 2}, 1, 4, 2, 5), "p", Fixtures.floats(new int[] {2}, 1, 2),
                "t", new ArrayData(Shape.of(1), HostArray.wrap(DType.I32, new int[] {3}))),
                Torch.arrays(own("legacy_views.pt")));
    }

    @Test
    void bigEndianStoragesRead() throws IOException {
        assertEquals(Map.of("x", Fixtures.floats(new int[] {2}, 1, 2), "y",
                new ArrayData(Shape.of(1), HostArray.wrap(DType.I32, new int[] {258}))), Torch.arrays(own("big_endian.pt")));
    }

    @Test
    void aLightningCheckpointReadsCompletely() throws IOException {
        var want = Fixtures.json("lightning_like.json");
        var file = Fixtures.file("lightning_like.ckpt");
        assertEquals(Fixtures.arrays(want.get("state_dict")), Torch.arrays(file));
        var all = (Map<?, ?>) Torch.load(file);
        assertEquals(3L, all.get("epoch"));
        assertEquals(120L, all.get("global_step"));
        var hyper = (Map<?, ?>) all.get("hyper_parameters");
        assertEquals(0.01, hyper.get("lr"));
        assertEquals(List.of(64L, 32L), hyper.get("hidden"));
        assertEquals("demo-é", hyper.get("name"));
        assertTrue(hyper.containsKey("nothing"));
        assertEquals(1099511627776L, hyper.get("big"));
        assertEquals(new BigInteger("1180591620717411303424"), hyper.get("huge"));
        assertEquals(Tuple.of(1L, 2.5, "x"), hyper.get("tup"));
        var optimizer = (Map<?, ?>) ((List<?>) all.get("optimizer_states")).getFirst();
        var first = (Map<?, ?>) ((Map<?, ?>) optimizer.get("state")).get(0L);
        assertEquals(Fixtures.array(want.at("/optimizer/state/0/exp_avg")), first.get("exp_avg"));
    }

    @Test
    void unknownClassesAreRefusedOrReplaced() throws IOException {
        Path file = own("hyper_classes.ckpt");
        var e = assertThrows(FormatException.class, () -> Torch.arrays(file));
        assertTrue(e.reason().contains("PurePosixPath"), e.getMessage());
        assertEquals(Map.of("w", Fixtures.floats(new int[] {2}, 1, 2)), Torch.arrays(file, UnknownClasses.PLACEHOLDER));
        var all = (Map<?, ?>) Torch.load(file, UnknownClasses.PLACEHOLDER);
        var hyper = (Map<?, ?>) all.get("hyper_parameters");
        assertEquals("argparse.Namespace", ((Opaque) hyper.get("ns")).name());
        assertEquals(Map.of("lr", 0.1), ((Opaque) hyper.get("ns")).state());
        assertEquals(1.5, all.get("np"));
        assertEquals(-3L, all.get("i"));
        assertEquals(DType.F16, all.get("dtype"));
        assertEquals(Tuple.of(2L), all.get("size"));
        assertEquals(List.of("cpu"), ((Opaque) all.get("dev")).arguments());
        assertEquals(new ArrayData(Shape.of(3, 2), HostArray.wrap(DType.F64, new double[] {0, 3, 1, 4, 2, 5})),
                all.get("arr"));
    }

    @ParameterizedTest
    @CsvSource({"evil_reduce.pt,posix.system", "truncated.pt,truncated", "not_a_zip.pt,neither", "missing_storage.pt,no entry"})
    void aBrokenFileIsRefusedWithTheReason(String name, String reason) {
        for (UnknownClasses mode : UnknownClasses.values()) {
            if (!name.startsWith("evil") || mode == UnknownClasses.REFUSE) {
                var e = assertThrows(FormatException.class, () -> Torch.arrays(Fixtures.file("must_fail/" + name), mode));
                assertTrue(e.reason().contains(reason), e.getMessage());
            }
        }
    }

    @Test
    void nothingIsRunEvenWithPlaceholders() throws IOException {
        var all = (Map<?, ?>) Torch.load(Fixtures.file("must_fail/evil_reduce.pt"), UnknownClasses.PLACEHOLDER);
        assertEquals("posix.system", assertInstanceOf(Opaque.class, all.get("x")).name());
        assertInstanceOf(ArrayData.class, all.get("w"));
        assertFalse(Files.exists(Path.of("/tmp/oracle_pwned_marker")));
    }

    @ParameterizedTest
    @CsvSource({"uint16.pt,torch.uint16", "expanded.pt,expands to far more", "sparse.pt,_rebuild_sparse_tensor"})
    void whatLevinHasNotIsRefusedByName(String name, String reason) {
        var e = assertThrows(FormatException.class, () -> Torch.load(own(name)));
        assertTrue(e.reason().contains(reason), e.getMessage());
    }

    @Test
    void aFileThatIsNoStateDictSaysWhatItHolds() throws IOException {
        Path file = dir.resolve("a.pt");
        Torch.write(Map.of("epoch", 3L), file);
        var e = assertThrows(FormatException.class, () -> Torch.arrays(file));
        assertTrue(e.reason().contains("'epoch' is not a tensor"), e.getMessage());
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        for (String name : List.of("alldtypes.pt", "views_shared_storage.pt", "lightning_like.ckpt")) {
            Object value = Torch.load(Fixtures.file(name));
            Path file = dir.resolve(name);
            Torch.write(value, file);
            // Compared as pickles, since byte[] has no equals; and by their elements.
            Object back = Torch.load(file);
            assertArrayEquals(new PickleWriter().write(value), new PickleWriter().write(back));
            assertEquals(Torch.arrays(Fixtures.file(name)), Torch.arrays(file));
        }
    }

    @Test
    void sharedElementsAreSavedOnceAndAligned() throws IOException {
        var a = Fixtures.floats(new int[] {2, 2}, 1, 2, 3, 4);
        Path file = dir.resolve("a.pt");
        Torch.write(Map.of("a", a, "b", new ArrayData(Shape.of(4), a.data())), file);
        try (var zip = new ZipFile(file.toFile())) {
            assertEquals(1, zip.stream().filter(e -> e.getName().startsWith("archive/data/")).count());
        }
        var back = Torch.arrays(file);
        assertSame(back.get("a").data(), back.get("b").data());
        byte[] bytes = Files.readAllBytes(file);
        byte[] one = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40};
        int at = 0;
        while (!Arrays.equals(bytes, at, at + 8, one, 0, 8)) {
            at++;
        }
        assertEquals(0, at % 64, "elements begin at byte " + at);
    }

    @Test
    void valuesWithoutAPlainFormAreRefusedByPlace() {
        var e = assertThrows(IllegalArgumentException.class,
                () -> Torch.write(Map.of("a", Map.of("b", new StringBuilder())), dir.resolve("a.pt")));
        assertTrue(e.getMessage().contains(".a.b") && e.getMessage().contains("StringBuilder"), e.getMessage());
        List<Object> cycle = new java.util.ArrayList<>();
        cycle.add(cycle);
        assertThrows(IllegalArgumentException.class, () -> Torch.write(cycle, dir.resolve("a.pt")));
    }

    @Property(tries = 150)
    void whateverIsWrittenReadsBack(@ForAll @Size(max = 6) Map<String, DType> types,
            @ForAll @Size(max = 3) List<@IntRange(max = 4) Integer> dims, @ForAll long seed) throws IOException {
        var random = new Random(seed);
        Map<String, ArrayData> arrays = new LinkedHashMap<>();
        types.forEach((name, t) -> arrays.put(new String(name.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.UTF_8),
                Fixtures.random(t, random, dims.stream().mapToInt(Integer::intValue).toArray())));
        Path file = Files.createTempFile("levin", ".pt");
        try {
            Torch.write(arrays, file);
            assertEquals(arrays, Torch.load(file));
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 800)
    void mutatedFilesAreReadOrRefusedCheaply(@ForAll long seed) throws IOException {
        Path file = Files.createTempFile("levin", ".pt");
        try {
            for (Path good : List.of(Fixtures.file("views_shared_storage.pt"), Fixtures.file("legacy_format.pt"),
                    own("hyper_classes.ckpt"))) {
                Mutations.check(Fixtures.bytes(good), seed, file, f -> Torch.load(f, UnknownClasses.PLACEHOLDER));
            }
        } finally {
            Files.delete(file);
        }
    }
}
