package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.type.DType;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class SafetensorsProperties {
    private static Path file;

    @BeforeContainer
    static void createFile() throws IOException {
        file = Files.createTempFile("levin", ".safetensors");
    }

    @AfterContainer
    static void deleteFile() throws IOException {
        Files.delete(file);
    }

    @Property(tries = 200)
    void whateverIsWrittenIsRead(@ForAll @Size(max = 6) Map<String, DType> types,
            @ForAll @Size(max = 3) List<@IntRange(max = 4) Integer> dims, @ForAll @Size(max = 3) Map<String, String> text,
            @ForAll long seed, @ForAll Checksum checksum) throws IOException {
        var random = new Random(seed);
        int[] shape = dims.stream().mapToInt(Integer::intValue).toArray();
        Map<String, ArrayData> tensors = new LinkedHashMap<>();
        types.forEach((name, dtype) -> tensors.put(wellFormed(name), Fixtures.random(dtype, random, shape)));
        Map<String, String> metadata = new LinkedHashMap<>();
        text.forEach((k, v) -> metadata.put(wellFormed(k), wellFormed(v)));
        var writer = new SafetensorsWriter().metadata(metadata).checksum(checksum);
        tensors.forEach(writer::tensor);
        writer.write(file);
        assertEquals(tensors, Safetensors.read(file));
        Map<String, String> back = new LinkedHashMap<>(Safetensors.header(file).metadata());
        back.remove(Checksum.KEY);
        assertEquals(metadata, back);
    }

    /** UTF-8 has no lone surrogates. */
    private static String wellFormed(String s) {
        return new String(s.getBytes(java.nio.charset.StandardCharsets.UTF_8), java.nio.charset.StandardCharsets.UTF_8);
    }

    @Property(tries = 1500)
    void aMutatedFileIsReadOrRefusedCheaply(@ForAll long seed) throws IOException {
        Mutations.check(Fixtures.bytes(Fixtures.file("alldtypes.safetensors")), seed, file, Safetensors::read);
    }
}
