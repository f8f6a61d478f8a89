package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads JSON files, plain or gzipped, one or a folder of them. */
final class CorpusFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CorpusFiles() {
    }

    /** In order of their names. */
    static List<JsonNode> read(Path source) throws IOException {
        List<JsonNode> files = new ArrayList<>();
        for (Path p : paths(source)) {
            try (InputStream in = Files.newInputStream(p)) {
                files.add(parse(in, p.toString()));
            }
        }
        return files;
    }

    /** In order of their names. */
    static List<Path> paths(Path source) throws IOException {
        if (!Files.exists(source)) {
            throw new NoSuchFileException(source.toString());
        }
        if (!Files.isDirectory(source)) {
            return List.of(source);
        }
        try (var list = Files.list(source)) {
            List<Path> paths = list.filter(p -> p.toString().endsWith(".json") || p.toString().endsWith(".json.gz")).sorted().toList();
            if (paths.isEmpty()) {
                throw new FileNotFoundException("no .json files in " + source);
            }
            return paths;
        }
    }

    /** @param name what messages call the source; a name ending in {@code .gz} is unpacked */
    static JsonNode parse(InputStream in, String name) throws IOException {
        InputStream data = new BufferedInputStream(name.endsWith(".gz") ? new GZIPInputStream(in) : in);
        try {
            return JSON.readTree(data);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IOException(name + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }
}
