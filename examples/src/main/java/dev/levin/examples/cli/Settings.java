package dev.levin.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run is told, from several places, as a tree of names: environment variables, then config files in their order, then
 * options; what comes later wins, name by name.
 */
final class Settings {
    /** Names at the top of a config file. */
    static final List<String> SECTIONS = List.of("job", "model", "data", "trainer", "seed_everything", "out", "ckpt_path");

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final String VARIABLE = "LEVIN_";

    private final Map<String, Object> tree = new LinkedHashMap<>();

    /** Variables such as {@code LEVIN_TRAINER__MAX_EPOCHS=3} and {@code LEVIN_SEED_EVERYTHING=1}. */
    void environment(Map<String, String> variables) {
        variables.forEach((name, text) -> {
            if (!name.startsWith(VARIABLE)) {
                return;
            }
            List<String> path = Arrays.asList(name.substring(VARIABLE.length()).toLowerCase(Locale.ROOT).split("__"));
            if (path.size() > 1 || SECTIONS.contains(path.getFirst())) {
                section(path.getFirst(), "the environment variable " + name);
                set(path, scalar(text));
            }
        });
    }

    /**
     * A YAML or JSON file.
     *
     * @throws IllegalArgumentException naming file and place if it can't be understood
     */
    void file(Path file) {
        Object content;
        try {
            content = YAML.readValue(Files.readString(file), Object.class);
        } catch (NoSuchFileException e) {
            throw new UncheckedIOException(e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the config file " + file + " is not valid"
                    + (e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr()) + ": " + e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!(content instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("the config file " + file + " holds " + content + ", not names with values; its sections are " + SECTIONS);
        }
        map.keySet().forEach(k -> section(String.valueOf(k), "the config file " + file));
        merge(tree, map);
    }

    private static void section(String name, String where) {
        if (!SECTIONS.contains(name)) {
            throw new IllegalArgumentException("unknown section '" + name + "' in " + where + Nearest.hint(name, SECTIONS) + " There are " + SECTIONS);
        }
    }

    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> into, Map<?, ?> from) {
        from.forEach((k, v) -> {
            String key = String.valueOf(k);
            if (v instanceof Map<?, ?> m && into.get(key) instanceof Map<?, ?> old) {
                merge((Map<String, Object>) old, m);
            } else if (v instanceof Map<?, ?> m) {
                Map<String, Object> fresh = new LinkedHashMap<>();
                merge(fresh, m);
                into.put(key, fresh);
            } else {
                into.put(key, v);
            }
        });
    }

    /** Sets a value by its path, such as {@code ["trainer", "max_epochs"]}. */
    @SuppressWarnings("unchecked")
    void set(List<String> path, Object value) {
        Map<String, Object> m = tree;
        for (String name : path.subList(0, path.size() - 1)) {
            Object next = m.get(name);
            if (!(next instanceof Map)) {
                Map<String, Object> fresh = new LinkedHashMap<>();
                if (next != null) {
                    fresh.put("class", next);
                }
                m.put(name, fresh);
                next = fresh;
            }
            m = (Map<String, Object>) next;
        }
        m.put(path.getLast(), value);
    }

    void set(String section, String name, Object value) {
        set(List.of(section, name), value);
    }

    Object get(String name) {
        return tree.get(name);
    }

    Object get(String section, String name) {
        return section(section).get(name);
    }

    /**
     * A section as names with values; a single word stands for the name of a class.
     *
     * @return never null; not to be changed
     */
    @SuppressWarnings("unchecked")
    Map<String, Object> section(String name) {
        return switch (tree.get(name)) {
            case null -> Map.of();
            case Map<?, ?> m -> (Map<String, Object>) m;
            case Object o -> Map.of("class", o);
        };
    }

    /** A value as YAML reads it: 3 is a number, true a boolean, [1, 2] a list, everything else text. */
    static Object scalar(String text) {
        try {
            return text.isBlank() ? null : YAML.readValue(text, Object.class);
        } catch (IOException e) {
            return text;
        }
    }

    /** A tree as YAML. */
    static String yaml(Map<String, ?> tree) {
        try {
            return YAML.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the settings can't be written as YAML: " + e.getOriginalMessage(), e);
        }
    }

    /** Lists and words separated by commas. */
    static List<Object> list(Object value) {
        return switch (value) {
            case null -> List.of();
            case List<?> l -> new ArrayList<>(l);
            case Object o -> List.of(o);
        };
    }
}
