package dev.levin.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Files written by PyTorch and NumPy, and what is in them as JSON. */
final class Fixtures {
    static final ObjectMapper JSON = new ObjectMapper();

    private Fixtures() {
    }

    static Path file(String name) {
        try {
            return Path.of(Fixtures.class.getResource("/interop/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(String name) {
        try {
            return JSON.readTree(file(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every {@code {"dtype","shape","data"}} of a JSON object. */
    static Map<String, ArrayData> arrays(JsonNode object) {
        Map<String, ArrayData> all = new LinkedHashMap<>();
        object.properties().forEach(e -> all.put(e.getKey(), array(e.getValue())));
        return all;
    }

    static ArrayData array(JsonNode node) {
        int[] dims = JSON.convertValue(node.get("shape"), int[].class);
        HostArray data = HostArray.allocate(DType.parse(node.get("dtype").asText()), node.get("data").size());
        for (int i = 0; i < data.length(); i++) {
            JsonNode v = node.get("data").get(i);
            if (v.isIntegralNumber()) {
                data.setLong(i, v.longValue());
            } else {
                data.setDouble(i, v.isTextual() ? Double.parseDouble(v.textValue()) : v.doubleValue());
            }
        }
        return new ArrayData(Shape.of(dims), data);
    }

    static ArrayData floats(int[] dims, float... values) {
        return new ArrayData(Shape.of(dims), HostArray.wrap(DType.F32, values));
    }

    /** Arbitrary bit patterns of any type. */
    static ArrayData random(DType dtype, Random random, int... dims) {
        Shape shape = Shape.of(dims);
        HostArray data = HostArray.allocate(dtype, shape.numel());
        byte[] bytes = new byte[(int) data.bytes()];
        random.nextBytes(bytes);
        if (dtype == DType.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] &= 1;
            }
        }
        return new ArrayData(shape, data.copyFrom(java.lang.foreign.MemorySegment.ofArray(bytes)));
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
