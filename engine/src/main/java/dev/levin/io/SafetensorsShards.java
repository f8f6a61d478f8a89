package dev.levin.io;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Weights spread over several safetensors files, with an index ({@code model.safetensors.index.json}) that maps each
 * name to its file, as the Hugging Face hub stores large models.
 */
public final class SafetensorsShards {
    private static final String SUFFIX = ".safetensors.index.json";
    private static final ObjectMapper JSON = new ObjectMapper(
            new JsonFactoryBuilder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

    private SafetensorsShards() {
    }

    /** True for paths that name an index rather than a tensor file. */
    public static boolean isIndex(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".index.json");
    }

    /**
     * Reads every tensor the index lists, in its order. Checksums that shards carry are verified.
     *
     * @throws FormatException if the index is malformed, points outside its directory, or disagrees with a shard
     */
    public static Map<String, ArrayData> read(Path index) throws IOException {
        Map<String, String> weightMap = weightMap(index);
        Map<String, List<String>> byShard = new LinkedHashMap<>();
        weightMap.forEach((name, shard) -> byShard.computeIfAbsent(shard, s -> new ArrayList<>()).add(name));
        Map<String, ArrayData> found = new LinkedHashMap<>();
        for (String name : weightMap.keySet()) {
            found.put(name, null);
        }
        for (var e : byShard.entrySet()) {
            if (!Files.exists(index.resolveSibling(e.getKey()))) {
                throw new FormatException(index, "places " + e.getValue().size() + " tensors in shard '" + e.getKey()
                        + "', but there is no such file beside it");
            }
            try (SafetensorsFile shard = SafetensorsFile.open(index.resolveSibling(e.getKey()))) {
                shard.verify();
                var present = shard.header().tensors().keySet();
                for (String name : present) {
                    if (!e.getKey().equals(weightMap.get(name))) {
                        throw new FormatException(index, "shard '" + e.getKey() + "' holds tensor '" + name
                                + "', which the index " + (weightMap.containsKey(name) ? "places in '"
                                + weightMap.get(name) + "'" : "does not list"));
                    }
                }
                for (String name : e.getValue()) {
                    if (!present.contains(name)) {
                        throw new FormatException(index, "places tensor '" + name + "' in shard '" + e.getKey()
                                + "', which does not hold it");
                    }
                    found.put(name, shard.read(name));
                }
            }
        }
        return found;
    }

    private static Map<String, String> weightMap(Path index) throws IOException {
        if (!Files.exists(index)) {
            throw new NoSuchFileException(index.toString(), null, "there is no such file");
        }
        if (Files.size(index) > SafetensorsHeaderParser.MAX_HEADER) {
            throw new FormatException(index, "has more than " + SafetensorsHeaderParser.MAX_HEADER + " bytes");
        }
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(index));
        } catch (IOException e) {
            throw new FormatException(index, "is not valid JSON", e);
        }
        if (root == null || !(root.get("weight_map") instanceof ObjectNode map)) {
            throw new FormatException(index, "has no \"weight_map\" object");
        }
        Map<String, String> weights = new LinkedHashMap<>();
        for (var e : map.properties()) {
            if (!e.getValue().isTextual()) {
                throw new FormatException(index, "maps tensor '" + e.getKey() + "' to something that is not a file name");
            }
            String shard = e.getValue().textValue();
            if (shard.isEmpty() || shard.equals(".") || shard.equals("..") || shard.indexOf('/') >= 0
                    || shard.indexOf('\\') >= 0 || shard.indexOf('\0') >= 0) {
                throw new FormatException(index, "maps tensor '" + e.getKey() + "' to '" + shard
                        + "', which is not the plain name of a file beside the index");
            }
            weights.put(e.getKey(), shard);
        }
        return weights;
    }

    /**
     * Writes shards of up to {@code maxShardBytes} of data each (more only where one tensor is larger), then the index.
     *
     * @param index path ending in {@code .safetensors.index.json}; shards lie beside it as
     *     {@code NAME-00001-of-00003.safetensors}
     */
    public static void write(Map<String, ArrayData> tensors, Map<String, String> metadata, long maxShardBytes, Path index)
            throws IOException {
        String file = index.getFileName().toString();
        if (!file.endsWith(SUFFIX)) {
            throw new IllegalArgumentException("the index must be named NAME" + SUFFIX + ", not " + file);
        }
        if (maxShardBytes <= 0) {
            throw new IllegalArgumentException("maxShardBytes must be positive, is " + maxShardBytes);
        }
        List<Map<String, ArrayData>> shards = new ArrayList<>();
        long room = 0;
        long total = 0;
        for (var e : tensors.entrySet()) {
            long bytes = e.getValue().data().bytes();
            if (shards.isEmpty() || bytes > room) {
                shards.add(new LinkedHashMap<>());
                room = maxShardBytes;
            }
            shards.getLast().put(e.getKey(), e.getValue());
            room -= bytes;
            total += bytes;
        }
        ObjectNode root = JSON.createObjectNode();
        root.putObject("metadata").put("total_size", total);
        ObjectNode map = root.putObject("weight_map");
        String stem = file.substring(0, file.length() - SUFFIX.length());
        for (int i = 0; i < shards.size(); i++) {
            String shard = String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", stem, i + 1, shards.size());
            Safetensors.write(shards.get(i), metadata, index.resolveSibling(shard));
            shards.get(i).keySet().forEach(name -> map.put(name, shard));
        }
        ByteBuffer json = ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        AtomicFile.write(index, channel -> {
            while (json.hasRemaining()) {
                channel.write(json);
            }
        });
    }
}
