package dev.levin.loggers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** Hyper-parameters as a file, and as flat values. */
final class HparamsFile {
    static final String NAME = "hparams.yaml";

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER).build());

    private HparamsFile() {}

    /** Writes {@code hparams.yaml} unless the folder has one. */
    static void write(Path folder, Map<String, ?> params) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            Files.writeString(file, YAML.writeValueAsString(plain(params)));
        }
    }

    /**
     * Nested maps as one level, keys joined with '/'; numbers, booleans, strings and nulls stay, enums become their names,
     * everything else its text.
     */
    static Map<String, Object> flatten(Map<String, ?> params) {
        Map<String, Object> flat = new LinkedHashMap<>();
        flatten("", params, flat);
        return flat;
    }

    private static void flatten(String prefix, Map<?, ?> params, Map<String, Object> flat) {
        params.forEach((key, value) -> {
            String name = prefix + key;
            switch (plain(value)) {
                case Map<?, ?> nested -> flatten(name + "/", nested, flat);
                case Collection<?> list -> flat.put(name, list.toString());
                case null -> flat.put(name, null);
                case Object scalar -> flat.put(name, scalar);
            }
        });
    }

    /** The value in terms of maps, lists, numbers, booleans, strings and null. */
    private static Object plain(Object value) {
        return switch (value) {
            case null -> null;
            case Number _, Boolean _, String _ -> value;
            case Enum<?> e -> e.name();
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((k, v) -> copy.put(String.valueOf(k), plain(v)));
                yield copy;
            }
            case Collection<?> list -> list.stream().map(HparamsFile::plain).toList();
            case Object[] array -> plain(Arrays.asList(array));
            case int[] a -> plain(Arrays.stream(a).boxed().toList());
            case long[] a -> plain(Arrays.stream(a).boxed().toList());
            case double[] a -> plain(Arrays.stream(a).boxed().toList());
            default -> value.toString();
        };
    }
}
