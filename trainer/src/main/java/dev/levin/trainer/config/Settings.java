package dev.levin.trainer.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.levin.trainer.MisconfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a run is told, from several places, as a tree of names. What is read later wins, name by name; the order that everything in
 * Levin keeps is config files in their order, then the environment, then the command line.
 *
 * {@snippet :
 * Settings s = new Settings().file(Path.of("base.yaml")).file(Path.of("more.json")).environment(System.getenv());
 * s.text("trainer.max_epochs", "20");                        // an option of a command line
 * Trainer trainer = new RunConfig(s, AllowedClasses.in("com.acme")).trainer().build();
 * }
 *
 * <p>A text {@code ${data.batch_size}} stands for the value of that name, so that one value serves in several places.
 */
public final class Settings {
    /** Names at the top: what is trained, on what, how, by whom, and where the results go. */
    public static final List<String> SECTIONS = List.of("job", "model", "data", "optimizer", "lr_scheduler", "trainer", "seed_everything", "out", "ckpt_path");

    private static final List<String> WITH_NAMES = List.of("model", "data", "optimizer", "lr_scheduler", "trainer");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    private static final String VARIABLE = "LEVIN_";
    /** 00:12:00:00 is a time; YAML 1.1 would make a number of it. */
    private static final Pattern TIME = Pattern.compile("[\\d:]*\\d:[\\d:]*\\d");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([\\w.]+)}");

    private final Map<String, Object> tree = new LinkedHashMap<>();

    /**
     * Variables such as {@code LEVIN_TRAINER_MAX_EPOCHS=3}, {@code LEVIN_MODEL_LR=0.1}, {@code LEVIN_SEED_EVERYTHING=1}; two underscores
     * go a level deeper: {@code LEVIN_MODEL_NET__DEPTH} is {@code model.net.depth}.
     *
     * @throws MisconfigurationException for a name that is nearly a section's
     */
    public Settings environment(Map<String, String> variables) {
        variables.forEach((name, text) -> {
            if (!name.startsWith(VARIABLE)) {
                return;
            }
            String rest = name.substring(VARIABLE.length()).toLowerCase(Locale.ROOT);
            if (SECTIONS.contains(rest)) {
                set(List.of(rest), scalar(text));
                return;
            }
            for (String section : WITH_NAMES) {
                if (rest.startsWith(section + "_")) {
                    List<String> path = new ArrayList<>(List.of(section));
                    path.addAll(Arrays.asList(rest.substring(section.length() + 1).split("__")));
                    set(path, scalar(text));
                    return;
                }
            }
            nearlyASection(name, rest);
        });
        return this;
    }

    private static void nearlyASection(String name, String rest) {
        for (String section : SECTIONS) {
            int words = section.split("_").length;
            String[] parts = rest.split("_");
            String start = String.join("_", Arrays.copyOf(parts, Math.min(words, parts.length)));
            if (section.length() > 3 && Nearest.distance(start, section) <= Math.max(1, section.length() / 3)) {
                throw new MisconfigurationException("unknown section '" + start + "' in the environment variable " + name + "; did you mean '" + section + "'?");
            }
        }
    }

    /**
     * A YAML or JSON file.
     *
     * @throws MisconfigurationException naming file and place if it can't be understood
     * @throws UncheckedIOException if it can't be read
     */
    public Settings file(Path file) {
        Object content;
        try {
            content = (file.toString().endsWith(".json") ? JSON : YAML).readValue(Files.readString(file), Object.class);
        } catch (JsonProcessingException e) {
            throw new MisconfigurationException("the config file " + file + " is not valid"
                    + (e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr()) + ": " + e.getOriginalMessage().lines().findFirst().orElse(""), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!(content instanceof Map<?, ?> map)) {
            throw new MisconfigurationException("the config file " + file + " holds " + content + ", not names with values; its sections are " + SECTIONS);
        }
        map.forEach((k, v) -> {
            known(String.valueOf(k), "the config file " + file);
            if (v != null) {
                merge(tree, Map.of(k, k.equals("trainer") && v instanceof Map<?, ?> flags ? spelled(flags) : v));
            }
        });
        return this;
    }

    /** Flags of the Trainer under one spelling, or {@code maxEpochs} and {@code max_epochs} would be two. */
    private static Map<String, Object> spelled(Map<?, ?> flags) {
        Map<String, Object> copy = new LinkedHashMap<>();
        flags.forEach((k, v) -> copy.put(TrainerFlags.snake(String.valueOf(k)), v));
        return copy;
    }

    private static void known(String name, String where) {
        if (!SECTIONS.contains(name)) {
            throw new MisconfigurationException("unknown section '" + name + "' in " + where + Nearest.hint(name, SECTIONS) + " There are " + SECTIONS);
        }
    }

    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> into, Map<?, ?> from) {
        from.forEach((k, v) -> {
            String key = String.valueOf(k);
            if (v instanceof Map<?, ?> m && into.get(key) instanceof Map<?, ?> old && !otherClass(old, m)) {
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

    /** The arguments of one class mean nothing to another. */
    private static boolean otherClass(Map<?, ?> old, Map<?, ?> fresh) {
        return old.get("class") != null && fresh.get("class") != null && !old.get("class").equals(fresh.get("class"));
    }

    /** Sets {@code trainer.max_epochs} to a value. */
    public Settings set(String path, Object value) {
        return set(List.of(path.split("\\.")), value);
    }

    /** Sets {@code trainer.max_epochs} to what a text means; see {@link #scalar}. */
    public Settings text(String path, String text) {
        return set(path, scalar(text));
    }

    @SuppressWarnings("unchecked")
    private Settings set(List<String> path, Object value) {
        known(path.getFirst(), "the setting " + String.join(".", path));
        if (path.getFirst().equals("trainer") && path.size() > 1) {
            path = new ArrayList<>(path);
            path.set(1, TrainerFlags.snake(path.get(1)));
        }
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
        if (path.getLast().equals("class") && m.get("class") != null && !m.get("class").equals(value)) {
            m.clear();
        }
        m.put(path.getLast(), value);
        return this;
    }

    /**
     * The value at {@code trainer.max_epochs}; null where nothing is said.
     *
     * @throws MisconfigurationException if it refers to a name that has no value
     */
    public Object get(String path) {
        return resolved(raw(path), List.of(path));
    }

    private Object raw(String path) {
        Object o = tree;
        for (String name : path.split("\\.")) {
            o = o instanceof Map<?, ?> m ? m.get(name) : null;
        }
        return o;
    }

    /** Whether something is said of it, be it null. */
    public boolean has(String path) {
        int dot = path.lastIndexOf('.');
        return (dot < 0 ? tree : raw(path.substring(0, dot))) instanceof Map<?, ?> m && m.containsKey(path.substring(dot + 1));
    }

    /**
     * A section as names with values; a single word stands for the name of a class.
     *
     * @return never null; not to be changed
     */
    public Map<String, Object> section(String name) {
        Map<String, Object> values = new LinkedHashMap<>();
        switch (get(name)) {
            case null -> { }
            case Map<?, ?> m -> m.forEach((k, v) -> values.put(String.valueOf(k), v));
            case Object o when name.equals("trainer") ->
                    throw new MisconfigurationException("the section 'trainer' holds " + o + "; it takes flags with values, such as {max_epochs: 3}");
            case Object o -> values.put("class", o);
        }
        return values;
    }

    /** Everything that is said, references resolved. */
    public Map<String, Object> tree() {
        Map<String, Object> all = new LinkedHashMap<>();
        tree.keySet().forEach(k -> all.put(k, get(k)));
        return all;
    }

    private Object resolved(Object value, List<String> road) {
        return switch (value) {
            case Map<?, ?> m -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                m.forEach((k, v) -> copy.put(String.valueOf(k), resolved(v, road)));
                yield copy;
            }
            case List<?> l -> l.stream().map(v -> resolved(v, road)).collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
            case String s when REFERENCE.matcher(s).matches() -> {
                String path = s.substring(2, s.length() - 1);
                if (road.contains(path)) {
                    throw new MisconfigurationException("the setting " + road.getLast() + " refers to itself by way of " + s);
                }
                if (raw(path) == null) {
                    throw new MisconfigurationException("the setting " + road.getFirst() + " refers to " + s + ", of which nothing is said"
                            + Nearest.hint(path, paths("", tree)));
                }
                List<String> further = new ArrayList<>(road);
                further.add(path);
                yield resolved(raw(path), further);
            }
            case null -> null;
            default -> value;
        };
    }

    private static List<String> paths(String prefix, Map<?, ?> m) {
        List<String> all = new ArrayList<>();
        m.forEach((k, v) -> {
            all.add(prefix + k);
            if (v instanceof Map<?, ?> deeper) {
                all.addAll(paths(prefix + k + ".", deeper));
            }
        });
        return all;
    }

    /** A value as YAML reads it: 3 is a number, true a boolean, [1, 2] a list, everything else text. */
    public static Object scalar(String text) {
        try {
            return text.isBlank() ? null : TIME.matcher(text).matches() ? text : YAML.readValue(text, Object.class);
        } catch (IOException e) {
            return text;
        }
    }

    /** A tree as YAML. */
    public static String yaml(Map<String, ?> tree) {
        try {
            return YAML.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the settings can't be written as YAML: " + e.getOriginalMessage(), e);
        }
    }

    /** A list as it is; a single value as a list of one; null as none. */
    static List<Object> list(Object value) {
        return switch (value) {
            case null -> List.of();
            case List<?> l -> new ArrayList<>(l);
            case Object o -> List.of(o);
        };
    }
}
