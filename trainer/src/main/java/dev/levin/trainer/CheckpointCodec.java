package dev.levin.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.io.ArrayData;
import dev.levin.io.Checksum;
import dev.levin.io.FormatException;
import dev.levin.io.SafetensorsFile;
import dev.levin.io.SafetensorsWriter;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import dev.levin.type.HostArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Nested values to and from one safetensors file. */
final class CheckpointCodec {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "levin.checkpoint";
    private static final String FORMAT = "levin.format";
    private static final String TENSOR = "$tensor";
    private static final String DOUBLE = "$double";
    private static final String WEIGHTS = "state_dict";

    private CheckpointCodec() {
    }

    // ---- writing ------------------------------------------------------------------------------------------------------

    /** A file to be written now; tensors are read when they are written. */
    static SafetensorsWriter encode(Map<String, Object> content) throws IOException {
        return new Encoder(false).encode(content);
    }

    /** A file to be written later, with the values of this moment. */
    static SafetensorsWriter snapshot(Map<String, Object> content) throws IOException {
        return new Encoder(true).encode(content);
    }

    /** One file on its way from nested values to a writer. */
    private static final class Encoder {
        private final SafetensorsWriter writer = new SafetensorsWriter().checksum(Checksum.CRC32C);
        private final Map<Object, String> seen = new IdentityHashMap<>();
        private final boolean copies;

        /** @param copies whether tensors are copied to the host now, or read when they are written */
        Encoder(boolean copies) {
            this.copies = copies;
        }

        SafetensorsWriter encode(Map<String, Object> content) throws IOException {
            Engine.flush();
            Object tree = encode(content, "");
            writer.metadata(FORMAT, Integer.toString(Checkpoint.VERSION));
            return writer.metadata(KEY, JSON.writeValueAsString(tree));
        }

        private Object encode(Object value, String path) {
            return switch (value) {
                case null -> null;
                case String s -> s;
                case Boolean b -> b;
                case Double d when !Double.isFinite(d) -> Map.of(DOUBLE, d.toString());
                case Float f when !Float.isFinite(f) -> Map.of(DOUBLE, f.toString());
                case Float f -> f.doubleValue();
                case Number n -> n;
                case Enum<?> e -> e.name();
                case Path p -> p.toString();
                case Tensor t -> Map.of(TENSOR, tensor(t, path));
                case Map<?, ?> m -> {
                    Map<String, Object> copy = new LinkedHashMap<>();
                    m.forEach((k, v) -> copy.put(String.valueOf(k), encode(v, path.isEmpty() ? String.valueOf(k) : path + "/" + k)));
                    yield copy;
                }
                case Collection<?> c -> {
                    List<Object> copy = new ArrayList<>();
                    for (Object v : c) {
                        copy.add(encode(v, path + "/" + copy.size()));
                    }
                    yield copy;
                }
                case long[] a -> Arrays.stream(a).boxed().toList();
                case int[] a -> Arrays.stream(a).boxed().toList();
                case double[] a -> encode(Arrays.stream(a).boxed().toList(), path);
                default -> throw new CheckpointException("the checkpoint entry '" + path + "' is a " + value.getClass().getName()
                        + "; checkpoints hold numbers, strings, booleans, tensors, lists and maps");
            };
        }

        private String tensor(Tensor t, String path) {
            String name = path.startsWith(WEIGHTS + "/") ? path.substring(WEIGHTS.length() + 1) : path;
            Object identity = t instanceof VariableTensor v ? v.variable() : t;
            String earlier = seen.putIfAbsent(identity, name);
            if (earlier != null && !path.startsWith(WEIGHTS + "/")) {
                return earlier;
            }
            if (copies) {
                HostArray now = values(t).copy();
                writer.tensor(name, t.dtype(), t.shape(), () -> now);
            } else {
                writer.tensor(name, t.dtype(), t.shape(), () -> values(t));
            }
            return name;
        }
    }

    /** The elements; of a variable, those that are stored. */
    static HostArray values(Tensor t) {
        return t instanceof VariableTensor v && v.variable().buffer() != null ? v.variable().buffer().toHost() : t.toHost();
    }

    // ---- reading ------------------------------------------------------------------------------------------------------

    static Map<String, Object> read(Path file) throws IOException {
        try (SafetensorsFile f = SafetensorsFile.open(file)) {
            boolean checked = f.verify();
            String json = f.header().metadata().get(KEY);
            if (json == null) {
                throw new FormatException(file, "it holds tensors but no training state, so it is no checkpoint of a Trainer; load weights alone with "
                        + "Safetensors.read");
            }
            if (!checked) {
                throw new FormatException(file, "its checksum is missing, so it was damaged or changed by another program");
            }
            int version = Integer.parseInt(f.header().metadata().getOrDefault(FORMAT, "0"));
            if (version > Checkpoint.VERSION) {
                throw new FormatException(file, "it has format version " + version + ", this program reads up to " + Checkpoint.VERSION
                        + "; use a newer version of Levin");
            }
            Map<String, Object> tree;
            try {
                tree = JSON.readValue(json, new TypeReference<Map<String, Object>>() { });
            } catch (JsonProcessingException e) {
                throw new FormatException(file, "its training state is not valid JSON", e);
            }
            return CheckpointMigrations.toCurrent(Json.map(decode(tree, f)), version, file);
        }
    }

    private static Object decode(Object value, SafetensorsFile file) throws IOException {
        if (value instanceof Map<?, ?> m) {
            if (m.size() == 1 && m.get(TENSOR) instanceof String name) {
                ArrayData a = file.read(name);
                return Tensor.of(a.data(), a.shape());
            }
            if (m.size() == 1 && m.get(DOUBLE) instanceof String text) {
                return Double.valueOf(text);
            }
            Map<String, Object> copy = new LinkedHashMap<>();
            for (Map.Entry<?, ?> e : m.entrySet()) {
                copy.put((String) e.getKey(), decode(e.getValue(), file));
            }
            return copy;
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            for (Object v : list) {
                copy.add(decode(v, file));
            }
            return copy;
        }
        return value;
    }

    static boolean isGood(Path file) {
        try (SafetensorsFile f = SafetensorsFile.open(file)) {
            return f.header().metadata().containsKey(KEY) && f.verify();
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }
}
