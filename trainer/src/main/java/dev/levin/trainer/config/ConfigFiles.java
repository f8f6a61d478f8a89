package dev.levin.trainer.config;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.levin.trainer.MisconfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Configuration files: YAML, or JSON when the name ends in {@code .json}. Values only; no class is ever made from one. */
public final class ConfigFiles {
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() { };

    private ConfigFiles() {
    }

    /**
     * What a file says.
     *
     * @param values by section, such as {@code trainer}, {@code model}, {@code data}
     */
    public record Config(Map<String, Object> values) {
        /** One section; empty if it is not there. */
        public Map<String, Object> section(String name) {
            Map<String, Object> m = new LinkedHashMap<>();
            if (values.get(name) instanceof Map<?, ?> s) {
                s.forEach((k, v) -> m.put(String.valueOf(k), v));
            } else if (values.get(name) != null) {
                throw new MisconfigurationException("the section '" + name + "' must hold names and values, not " + values.get(name));
            }
            return m;
        }

        public Map<String, Object> trainer() {
            return section("trainer");
        }

        /** This configuration with another on top; sections are merged name by name. */
        public Config with(Config over) {
            return new Config(merge(values, over.values));
        }

        private static Map<String, Object> merge(Map<String, Object> base, Map<String, Object> over) {
            Map<String, Object> m = new LinkedHashMap<>(base);
            over.forEach((k, v) -> {
                if (m.get(k) instanceof Map<?, ?> a && v instanceof Map<?, ?> b) {
                    m.put(k, merge(strings(a), strings(b)));
                } else {
                    m.put(k, v);
                }
            });
            return m;
        }

        private static Map<String, Object> strings(Map<?, ?> m) {
            Map<String, Object> copy = new LinkedHashMap<>();
            m.forEach((k, v) -> copy.put(String.valueOf(k), v));
            return copy;
        }
    }

    /**
     * Reads a file.
     *
     * @throws MisconfigurationException if it is missing, or neither YAML nor JSON
     */
    public static Config read(Path file) {
        if (!Files.exists(file)) {
            throw new MisconfigurationException("there is no configuration file " + file.toAbsolutePath());
        }
        try {
            Map<String, Object> values = mapper(file).readValue(file.toFile(), MAP);
            return new Config(values == null ? Map.of() : values);
        } catch (IOException e) {
            throw new MisconfigurationException("the configuration file " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Writes a configuration. */
    public static void write(Config config, Path file) throws IOException {
        mapper(file).writerWithDefaultPrettyPrinter().writeValue(file.toFile(), config.values());
    }

    private static ObjectMapper mapper(Path file) {
        return file.toString().endsWith(".json") ? new ObjectMapper() : new ObjectMapper(new YAMLFactory());
    }
}
