package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class SafetensorsTest {
    @TempDir
    Path dir;

    @Test
    void everyTypeReadsAsPyTorchWroteIt() throws IOException {
        assertEquals(Fixtures.arrays(Fixtures.json("alldtypes.json")),
                Safetensors.read(Fixtures.file("alldtypes.safetensors")));
    }

    @Test
    void metadataIsReadWithoutTheTensors() throws IOException {
        SafetensorsHeader header = Safetensors.header(Fixtures.file("alldtypes.safetensors"));
        assertEquals(Map.of("k", "v", "note", "plain"), header.metadata());
        assertEquals(DType.F64, header.tensors().get("f64").dtype());
        assertEquals(Shape.of(2, 3), header.tensors().get("f64").shape());
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Map<String, ArrayData> tensors = Safetensors.read(Fixtures.file("alldtypes.safetensors"));
        Safetensors.write(tensors, Map.of("state", "{\"epoch\":3, \"name\":\"é\\n\"}"), dir.resolve("a.safetensors"));
        Map<String, ArrayData> back = Safetensors.read(dir.resolve("a.safetensors"));
        assertEquals(tensors, back);
        assertEquals(new ArrayList<>(tensors.keySet()), new ArrayList<>(back.keySet()), "order is kept");
        assertEquals("{\"epoch\":3, \"name\":\"é\\n\"}",
                Safetensors.header(dir.resolve("a.safetensors")).metadata().get("state"));
    }

    @Test
    void everyTensorStartsAtAMultipleOfItsElementSize() throws IOException {
        Path file = dir.resolve("a.safetensors");
        Map<String, ArrayData> tensors = new LinkedHashMap<>();
        var random = new Random(1);
        for (DType d : DType.values()) {
            tensors.put(d.name(), Fixtures.random(d, random, 3));
        }
        Safetensors.write(tensors, Map.of("odd", "x"), file);
        var header = Safetensors.header(file);
        assertEquals(0, header.dataStart() % 8);
        header.tensors().forEach((name, e) -> assertEquals(0, e.begin() % e.dtype().bytes(), name));
        assertEquals(tensors, Safetensors.read(file));
    }

    @Test
    void aFileWithoutTensorsIsLegal() throws IOException {
        Safetensors.write(Map.of(), dir.resolve("a.safetensors"));
        assertEquals(Map.of(), Safetensors.read(dir.resolve("a.safetensors")));
    }

    @Test
    void largeTensorsAreReadThroughAMapping() throws IOException {
        int n = (int) (SafetensorsFile.MAP_FROM / 4) + 3;
        var tensors = Map.of("big", Fixtures.random(DType.I32, new Random(2), n), "small",
                Fixtures.floats(new int[] {1}, 7f));
        Safetensors.write(tensors, dir.resolve("a.safetensors"));
        assertEquals(tensors, Safetensors.read(dir.resolve("a.safetensors")));
    }

    @Test
    void aLargeMetadataStringIsReadBack() throws IOException {
        String state = "{\"history\":\"" + "0123456789".repeat(3_000_000) + "\"}";
        Path file = dir.resolve("a.safetensors");
        Safetensors.write(Map.of("w", Fixtures.floats(new int[] {2}, 1, 2)), Map.of("levin.state", state), file);
        assertEquals(state, Safetensors.header(file).metadata().get("levin.state"));
    }

    @Test
    void aHeaderBeyondTheFormatsLimitIsNotWritten() {
        Path file = dir.resolve("a.safetensors");
        String state = "x".repeat(100_000_001);
        assertThrows(IllegalArgumentException.class, () -> Safetensors.write(Map.of(), Map.of("s", state), file));
        assertFalse(Files.exists(file));
    }

    @ParameterizedTest
    @CsvSource({"st_header_too_long,claims", "st_truncated_data,truncated", "st_size_mismatch,needs 16 bytes",
        "st_bad_dtype,Q99", "st_not_json,not valid JSON", "st_negative_offset,negative", "st_empty_file,at least 8",
        "st_overlap,overlap", "st_hole,no tensor covers", "st_shape_overflow,64 bits"})
    void aBrokenFileIsRefusedWithTheReason(String name, String reason) {
        var e = assertThrows(FormatException.class,
                () -> Safetensors.read(Fixtures.file("must_fail/" + name + ".safetensors")));
        assertTrue(e.reason().contains(reason), e.getMessage());
        assertTrue(e.getMessage().contains(name), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|Duplicate",
        "{'a':{'dtype':'F32','dtype':'F32','shape':[1],'data_offsets':[0,4]}}|Duplicate",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} x|not valid JSON",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}{}|goes on",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}}|two are needed",
        "{'a':{'dtype':'F32','shape':[1]}}|lacks data_offsets",
        "{'a':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}}|not an integer",
        "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,4]}}|beyond 64 bits",
        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}|negative",
        "{'a':{'dtype':'F8_E4M3','shape':[4],'data_offsets':[0,4]}}|unsupported dtype 'F8_E4M3'",
        "{'a':{'dtype':'F32','shape':[0,5000000000],'data_offsets':[0,0]},'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|too large",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}|ends before it begins",
        "{'__metadata__':{'k':1},'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|not a string",
        "{'\\ud800':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}|surrogate",
        "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
            + "1,1,1,1,1,1,1,1],'data_offsets':[0,4]}}|axes",
        "{'a':[]}|not described",
        "{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]}}|goes on to byte 4",
        "[]|begin with '{'"})
    void aBrokenHeaderIsRefusedWithTheReason(String json, String reason) throws IOException {
        Path file = dir.resolve("a.safetensors");
        byte[] header = json.replace("'{'", "@").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        Files.write(file, ByteBuffer.allocate(8 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length)
                .put(header).array());
        var e = assertThrows(FormatException.class, () -> Safetensors.read(file));
        assertTrue(e.reason().contains(reason), e.getMessage());
    }

    @Test
    void aHeaderIsUtf8() throws IOException {
        Path file = dir.resolve("a.safetensors");
        for (byte[] header : List.of("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE), "{\"\u00e9aaaa\":1}".getBytes(StandardCharsets.ISO_8859_1))) {
            Files.write(file, ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).array());
            var e = assertThrows(FormatException.class, () -> Safetensors.read(file));
            assertTrue(e.reason().contains("UTF-8"), e.getMessage());
        }
    }

    @Test
    void aMissingFileIsNamed() {
        var e = assertThrows(NoSuchFileException.class, () -> Safetensors.read(dir.resolve("none.safetensors")));
        assertTrue(e.getMessage().contains("none.safetensors: there is no such file"), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource(value = Checksum.class, names = {"CRC32C", "SHA256"})
    void aChecksumFindsEveryFlippedByte(Checksum kind) throws IOException {
        Path file = dir.resolve("a.safetensors");
        new SafetensorsWriter().metadata("state", "{\"step\":7}").checksum(kind)
                .tensor("w", Fixtures.floats(new int[] {2, 2}, 1, 2, 3, 4)).write(file);
        try (SafetensorsFile f = SafetensorsFile.open(file)) {
            assertTrue(f.verify());
            assertEquals("{\"step\":7}", f.header().metadata().get("state"));
        }
        byte[] good = Files.readAllBytes(file);
        for (int i = 8; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            Files.write(file, bad);
            assertThrows(FormatException.class, () -> readVerified(file), "byte " + i);
        }
    }

    /** A damaged key hides the checksum: whoever wrote one must ask for it. */
    private static void readVerified(Path file) throws IOException {
        try (SafetensorsFile f = SafetensorsFile.open(file)) {
            if (!f.verify()) {
                throw new FormatException(file, "has no checksum");
            }
        }
    }

    @Test
    void aFileWithoutChecksumSaysSo() throws IOException {
        try (SafetensorsFile f = SafetensorsFile.open(Fixtures.file("mlp.safetensors"))) {
            assertFalse(f.verify());
        }
    }

    @Test
    void crc32cIsTheStandardOne() throws IOException {
        // The check value of the catalogue of CRC algorithms.
        Checksum.Digest d = Checksum.CRC32C.start();
        d.update(ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII)));
        assertEquals("crc32c:e3069283", d.text());
    }

    @Test
    void shardsReadAsOne() throws IOException {
        assertEquals(Fixtures.arrays(Fixtures.json("sharded.json")),
                Safetensors.read(Fixtures.file("sharded.safetensors.index.json")));
    }

    @Test
    void writtenShardsKeepToTheirSizeAndReadBack() throws IOException {
        Path index = dir.resolve("model.safetensors.index.json");
        Map<String, ArrayData> tensors = Fixtures.arrays(Fixtures.json("sharded.json"));
        SafetensorsShards.write(tensors, Map.of("format", "pt"), 100, index);
        assertEquals(tensors, Safetensors.read(index));
        assertEquals(2, Safetensors.read(dir.resolve("model-00002-of-00002.safetensors")).size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"../x.safetensors|plain name", "/etc/passwd|plain name", "..|plain name",
        "gone.safetensors|no such file"})
    void anIndexCannotPointElsewhere(String shard, String reason) throws IOException {
        Path index = dir.resolve("m.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"w\":\"" + shard + "\"}}");
        var e = assertThrows(IOException.class, () -> Safetensors.read(index));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }

    @Test
    void aShardMustHoldWhatTheIndexSays() throws IOException {
        Safetensors.write(Map.of("w", Fixtures.floats(new int[] {1}, 1)), dir.resolve("a.safetensors"));
        Path index = dir.resolve("m.safetensors.index.json");
        for (String map : List.of("{\"v\":\"a.safetensors\"}", "{\"w\":\"a.safetensors\",\"v\":\"a.safetensors\"}")) {
            Files.writeString(index, "{\"weight_map\":" + map + "}");
            assertThrows(FormatException.class, () -> Safetensors.read(index), map);
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNoTrace() throws IOException {
        Path file = dir.resolve("a.safetensors");
        var old = Map.of("w", Fixtures.floats(new int[] {1}, 1));
        Safetensors.write(old, file);
        var writer = new SafetensorsWriter().tensor("w", DType.F32, Shape.of(1), () -> {
            throw new UncheckedIOException(new IOException("device lost"));
        });
        assertThrows(UncheckedIOException.class, () -> writer.write(file));
        assertEquals(old, Safetensors.read(file));
        try (var files = Files.list(dir)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void elementsMustMatchTheirAnnouncement() {
        var writer = new SafetensorsWriter().tensor("w", DType.F32, Shape.of(2), () -> HostArray.allocate(DType.F32, 3));
        var e = assertThrows(IllegalStateException.class, () -> writer.write(dir.resolve("a")));
        assertTrue(e.getMessage().contains("'w'"), e.getMessage());
    }

    @Test
    void bytesOnDiskAreThoseOfTheFormat() throws IOException {
        Path file = dir.resolve("a.safetensors");
        Safetensors.write(Map.of("a", Fixtures.floats(new int[] {1}, 1f)), file);
        String json = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        byte[] padded = (json + " ".repeat((8 - json.length() % 8) % 8)).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer want = ByteBuffer.allocate(8 + padded.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        want.putLong(padded.length).put(padded).putInt(0x3f800000);
        assertArrayEquals(want.array(), Files.readAllBytes(file));
    }
}
