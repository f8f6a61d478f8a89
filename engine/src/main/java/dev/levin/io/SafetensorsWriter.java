package dev.levin.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Collects tensors and strings, then writes one safetensors file. Only names, types and shapes are held until
 * {@link #write}; elements are asked for one tensor at a time, so that a model larger than the heap can be saved.
 *
 * <pre>{@code
 * new SafetensorsWriter().metadata("levin.state", json).checksum(Checksum.CRC32C)
 *         .tensor("weight", weight).write(Path.of("last.ckpt"));
 * }</pre>
 */
public final class SafetensorsWriter {
    private record Item(String name, DType dtype, Shape shape, Supplier<HostArray> data) {
        long bytes() {
            return shape.numel() * dtype.bytes();
        }
    }

    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, Item> items = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private Checksum checksum = Checksum.NONE;

    /** Adds a string to {@code __metadata__}; all strings together may have up to 100 MB. */
    public SafetensorsWriter metadata(String key, String value) {
        Objects.requireNonNull(value, () -> "metadata '" + key + "' is null");
        if (key.equals(Checksum.KEY)) {
            throw new IllegalArgumentException("metadata '" + key + "' is the writer's own; choose it by checksum(...)");
        }
        metadata.put(key, value);
        return this;
    }

    /** Adds strings to {@code __metadata__}. */
    public SafetensorsWriter metadata(Map<String, String> strings) {
        strings.forEach((key, value) -> {
            if (!key.equals(Checksum.KEY)) {
                metadata(key, value);
            }
        });
        return this;
    }

    /** Chooses the checksum; the default is none. */
    public SafetensorsWriter checksum(Checksum kind) {
        checksum = Objects.requireNonNull(kind);
        return this;
    }

    public SafetensorsWriter tensor(String name, ArrayData array) {
        return tensor(name, array.dtype(), array.shape(), array::data);
    }

    /**
     * Adds a tensor whose elements are asked for when they are written.
     *
     * @param data called once; must give {@code shape.numel()} elements of {@code dtype}
     * @throws IllegalArgumentException if the name is taken or reserved
     */
    public SafetensorsWriter tensor(String name, DType dtype, Shape shape, Supplier<HostArray> data) {
        if (name.equals(SafetensorsHeaderParser.METADATA)) {
            throw new IllegalArgumentException("a tensor can't be named " + name + ": the format reserves that name");
        }
        if (items.putIfAbsent(name, new Item(name, dtype, shape, data)) != null) {
            throw new IllegalArgumentException("there already is a tensor '" + name + "'");
        }
        return this;
    }

    /**
     * Writes the file atomically.
     *
     * @throws IllegalArgumentException if the header would exceed the format's 100 MB
     */
    public void write(Path file) throws IOException {
        write(file, true);
    }

    /**
     * As {@link #write(Path)}.
     *
     * @param durable as in {@link AtomicFile#write(Path, AtomicFile.Content, boolean)}
     */
    public void write(Path file, boolean durable) throws IOException {
        // Wide elements first: every tensor then starts at a multiple of its element size.
        List<Item> placed = new ArrayList<>(items.values());
        placed.sort(Comparator.comparingInt((Item i) -> i.dtype().bytes()).reversed());
        Map<String, Long> begins = new LinkedHashMap<>();
        long at = 0;
        for (Item i : placed) {
            begins.put(i.name(), at);
            at += i.bytes();
        }
        byte[] header = header(begins);
        if (header.length > SafetensorsHeaderParser.MAX_HEADER) {
            throw new IllegalArgumentException("the header of " + file + " would have " + header.length + " bytes, the "
                    + "format allows " + SafetensorsHeaderParser.MAX_HEADER + "; store large state as tensors instead");
        }
        AtomicFile.write(file, channel -> writeAll(channel, header, placed), durable);
    }

    private void writeAll(FileChannel channel, byte[] header, List<Item> placed) throws IOException {
        Checksum.Digest digest = checksum == Checksum.NONE ? null : checksum.start();
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
        writeFully(channel, length);
        writeFully(channel, ByteBuffer.wrap(header));
        if (digest != null) {
            digest.update(ByteBuffer.wrap(header));
        }
        for (Item i : placed) {
            HostArray data = i.data().get();
            if (data.dtype() != i.dtype() || data.length() != i.shape().numel()) {
                throw new IllegalStateException("tensor '" + i.name() + "' was announced as " + i.dtype() + i.shape()
                        + " but gave " + data.length() + " elements of " + data.dtype());
            }
            ElementBytes.write(data, ByteOrder.LITTLE_ENDIAN, bytes -> {
                if (digest != null) {
                    digest.update(bytes.asByteBuffer());
                }
                writeFully(channel, bytes);
            });
        }
        if (digest != null) {
            byte[] text = digest.text().getBytes(StandardCharsets.US_ASCII);
            channel.position(8 + CHECKSUM_AT);
            writeFully(channel, ByteBuffer.wrap(text));
        }
    }

    /** The checksum is the very first value of the header, so that its place is known. */
    private static final int CHECKSUM_AT =
            ("{\"" + SafetensorsHeaderParser.METADATA + "\":{\"" + Checksum.KEY + "\":\"").length();

    private static void writeFully(FileChannel channel, MemorySegment bytes) throws IOException {
        writeFully(channel, bytes.asByteBuffer());
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private byte[] header(Map<String, Long> begins) throws IOException {
        var out = new ByteArrayOutputStream();
        try (JsonGenerator g = JSON.createGenerator(out)) {
            g.writeStartObject();
            if (!metadata.isEmpty() || checksum != Checksum.NONE) {
                g.writeObjectFieldStart(SafetensorsHeaderParser.METADATA);
                if (checksum != Checksum.NONE) {
                    g.writeStringField(Checksum.KEY, checksum.placeholder());
                }
                for (var e : metadata.entrySet()) {
                    g.writeStringField(e.getKey(), e.getValue());
                }
                g.writeEndObject();
            }
            for (Item i : items.values()) {
                long begin = begins.get(i.name());
                g.writeObjectFieldStart(i.name());
                g.writeStringField("dtype", i.dtype().name());
                g.writeFieldName("shape");
                int[] dims = i.shape().dims();
                g.writeArray(dims, 0, dims.length);
                g.writeFieldName("data_offsets");
                g.writeArray(new long[] {begin, begin + i.bytes()}, 0, 2);
                g.writeEndObject();
            }
            g.writeEndObject();
        }
        byte[] json = out.toByteArray();
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }
}
