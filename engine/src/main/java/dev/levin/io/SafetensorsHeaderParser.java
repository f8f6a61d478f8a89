package dev.levin.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

import dev.levin.io.SafetensorsHeader.Entry;
import dev.levin.type.DType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads and validates a header by the rules of the format: a JSON object without duplicate keys; every tensor as long
 * as its type and shape ask; the tensors together cover the data without overlap, hole or rest.
 */
final class SafetensorsHeaderParser {
    /** The format's own limit on the header. */
    static final int MAX_HEADER = 100_000_000;
    private static final int MAX_LIST = 1000;
    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(MAX_HEADER).maxNestingDepth(16)
                    .maxNumberLength(32).build())
            .build();

    /** Types of the format that Levin has no counterpart for. */
    private static final Set<String> FOREIGN = Set.of("U16", "U32", "U64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4",
            "F6_E2M3", "F6_E3M2", "C64", "C128");

    private final Path file;
    private final long dataBytes;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private long checksumAt = -1;

    private SafetensorsHeaderParser(Path file, long dataBytes) {
        this.file = file;
        this.dataBytes = dataBytes;
    }

    /**
     * A parsed header.
     *
     * @param checksumAt position within the header's bytes of the first character of the stored checksum, or -1
     */
    record Parsed(SafetensorsHeader header, long checksumAt) {
    }

    /** Parses the header's bytes; {@code dataBytes} is what the file holds behind them. */
    static Parsed parse(Path file, byte[] json, long dataBytes) throws FormatException {
        if (json.length == 0 || json[0] != '{') {
            throw new FormatException(file, "the header is not a JSON object: it must begin with '{'");
        }
        // Jackson would take UTF-16 and UTF-32 for JSON too; the format has UTF-8 only.
        if (json.length > 1 && json[1] == 0) {
            throw new FormatException(file, "the header is not UTF-8: its second byte is 0");
        }
        var parser = new SafetensorsHeaderParser(file, dataBytes);
        try (JsonParser p = JSON.createParser(json)) {
            p.nextToken();
            parser.readAll(p);
            if (p.nextToken() != null) {
                throw parser.wrong("the header goes on after its JSON object");
            }
        } catch (FormatException e) {
            throw e;
        } catch (IOException e) {
            throw new FormatException(file, "the header is not valid JSON: " + firstLine(e), e);
        }
        parser.checkLayout();
        return new Parsed(new SafetensorsHeader(parser.tensors, parser.metadata, 8L + json.length), parser.checksumAt);
    }

    private static String firstLine(IOException e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.lines().findFirst().orElse(text);
    }

    private FormatException wrong(String reason) {
        return new FormatException(file, reason);
    }

    private void readAll(JsonParser p) throws IOException {
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String name = p.currentName();
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
                throw wrong("a tensor's name holds half a surrogate pair, which is no character");
            }
            p.nextToken();
            if (name.equals(METADATA)) {
                readMetadata(p);
            } else {
                tensors.put(name, readEntry(p, name));
            }
        }
    }

    private void readMetadata(JsonParser p) throws IOException {
        if (p.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        if (p.currentToken() != JsonToken.START_OBJECT) {
            throw wrong(METADATA + " must be an object of strings");
        }
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String key = p.currentName();
            if (p.nextToken() != JsonToken.VALUE_STRING) {
                throw wrong(METADATA + " entry '" + key + "' is not a string");
            }
            if (key.equals(Checksum.KEY)) {
                checksumAt = p.currentTokenLocation().getByteOffset() + 1;
            }
            metadata.put(key, p.getText());
        }
    }

    private Entry readEntry(JsonParser p, String name) throws IOException {
        if (p.currentToken() != JsonToken.START_OBJECT) {
            throw wrong("tensor '" + name + "' is not described by a JSON object");
        }
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String key = p.currentName();
            p.nextToken();
            switch (key) {
                case "dtype" -> dtype = dtype(p, name);
                case "shape" -> shape = integers(p, name, "shape");
                case "data_offsets" -> offsets = integers(p, name, "data_offsets");
                default -> p.skipChildren();
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            throw wrong("tensor '" + name + "' lacks " + (dtype == null ? "dtype" : shape == null ? "shape"
                    : "data_offsets"));
        }
        if (offsets.size() != 2) {
            throw wrong("tensor '" + name + "' has " + offsets.size() + " data_offsets; two are needed, begin and end");
        }
        return entry(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private Entry entry(String name, DType dtype, List<Long> shape, long begin, long end) throws FormatException {
        if (begin > end) {
            throw wrong("tensor '" + name + "' ends before it begins: data_offsets [" + begin + ", " + end + "]");
        }
        if (end > dataBytes) {
            throw wrong("tensor '" + name + "' ends at byte " + end + " of the data, but the file has only " + dataBytes
                    + " bytes of it; it is truncated or was not written to the end");
        }
        long want = Shapes.bytes(file, "tensor '" + name + "'", dtype, shape);
        if (end - begin != want) {
            throw wrong("tensor '" + name + "' of type " + dtype + " and shape " + shape + " needs " + want
                    + " bytes, its data_offsets [" + begin + ", " + end + "] hold " + (end - begin));
        }
        return new Entry(dtype, Shapes.shape(file, "tensor '" + name + "'", shape), begin, end);
    }

    private DType dtype(JsonParser p, String name) throws IOException {
        if (p.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong("the dtype of tensor '" + name + "' is not a string");
        }
        String text = p.getText();
        for (DType d : DType.values()) {
            if (d.name().equals(text)) {
                return d;
            }
        }
        throw wrong("tensor '" + name + "' has the " + (FOREIGN.contains(text) ? "unsupported" : "unknown") + " dtype '"
                + text + "'; Levin reads BOOL, U8, I8, I16, I32, I64, F16, BF16, F32, F64");
    }

    private List<Long> integers(JsonParser p, String name, String what) throws IOException {
        if (p.currentToken() != JsonToken.START_ARRAY) {
            throw wrong("the " + what + " of tensor '" + name + "' is not a list");
        }
        List<Long> values = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) {
            if (p.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw wrong("the " + what + " of tensor '" + name + "' holds something that is not an integer");
            }
            if (p.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw wrong("the " + what + " of tensor '" + name + "' holds " + p.getText()
                        + ", which is beyond 64 bits");
            }
            long v = p.getLongValue();
            if (v < 0) {
                throw wrong("the " + what + " of tensor '" + name + "' holds a negative number: " + v);
            }
            if (values.size() > MAX_LIST) {
                throw wrong("the " + what + " of tensor '" + name + "' is a list of more than " + MAX_LIST + " numbers");
            }
            values.add(v);
        }
        return values;
    }

    /** Tensors in the order of their bytes must follow each other exactly, from the first byte to the last. */
    private void checkLayout() throws FormatException {
        List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(tensors.entrySet());
        byPlace.sort(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
                .thenComparingLong(e -> e.getValue().end()));
        long at = 0;
        String before = null;
        for (var e : byPlace) {
            long begin = e.getValue().begin();
            if (begin < at) {
                throw wrong("tensors '" + before + "' and '" + e.getKey() + "' overlap: one ends at byte " + at
                        + ", the other begins at " + begin);
            }
            if (begin > at) {
                throw wrong("no tensor covers the bytes " + at + " to " + begin + " before tensor '" + e.getKey() + "'");
            }
            at = e.getValue().end();
            before = e.getKey();
        }
        if (at != dataBytes) {
            throw wrong("the tensors end at byte " + at + " of the data, but the file goes on to byte " + dataBytes);
        }
    }
}
