package dev.levin.io;

import dev.levin.io.SafetensorsHeader.Entry;
import dev.levin.type.HostArray;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An open safetensors file: the header at once, each tensor when asked for. Large tensors are read through a memory
 * mapping that lives only during the call.
 */
public final class SafetensorsFile implements AutoCloseable {
    /** From this size on a tensor is mapped instead of read. */
    static final long MAP_FROM = 4L << 20;

    private final Path file;
    private final FileChannel channel;
    private final byte[] json;
    private final SafetensorsHeader header;
    private final long checksumAt;

    private SafetensorsFile(Path file, FileChannel channel, byte[] json, SafetensorsHeaderParser.Parsed parsed) {
        this.file = file;
        this.channel = channel;
        this.json = json;
        this.header = parsed.header();
        this.checksumAt = parsed.checksumAt();
    }

    /**
     * Opens a file and validates its header; no tensor is read.
     *
     * @throws FormatException if the file breaks the format
     */
    public static SafetensorsFile open(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file, "is not a regular file");
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            long size = channel.size();
            if (size < 8) {
                throw new FormatException(file, "has " + size + " bytes; a safetensors file has at least 8");
            }
            long length = readFully(file, channel, 0, 8).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
            if (length < 0 || length > size - 8) {
                throw new FormatException(file, "the header claims " + Long.toUnsignedString(length)
                        + " bytes, the file has " + (size - 8) + "; it is truncated or not a safetensors file");
            }
            if (length > SafetensorsHeaderParser.MAX_HEADER) {
                throw new FormatException(file, "the header has " + length + " bytes; the format allows "
                        + SafetensorsHeaderParser.MAX_HEADER);
            }
            byte[] json = readFully(file, channel, 8, (int) length).array();
            return new SafetensorsFile(file, channel, json,
                    SafetensorsHeaderParser.parse(file, json, size - 8 - length));
        } catch (Throwable t) {
            try {
                channel.close();
            } catch (IOException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    private static ByteBuffer readFully(Path file, FileChannel channel, long at, int n) throws IOException {
        ByteBuffer b = ByteBuffer.allocate(n);
        fill(file, channel, at, b);
        return b;
    }

    private static void fill(Path file, FileChannel channel, long at, ByteBuffer b) throws IOException {
        while (b.hasRemaining()) {
            int k = channel.read(b, at);
            if (k < 0) {
                throw new FormatException(file, "ended while it was read, at byte " + at);
            }
            at += k;
        }
        b.flip();
    }

    public SafetensorsHeader header() {
        return header;
    }

    /**
     * Reads one tensor.
     *
     * @throws IllegalArgumentException if the file has no tensor of that name
     */
    public ArrayData read(String name) throws IOException {
        Entry e = header.tensors().get(name);
        if (e == null) {
            throw new IllegalArgumentException(file + " has no tensor '" + name + "'; it has " + header.tensors().keySet());
        }
        HostArray data = HostArray.allocate(e.dtype(), e.shape().numel());
        long at = header.dataStart() + e.begin();
        try (Arena arena = Arena.ofConfined()) {
            if (e.bytes() >= MAP_FROM) {
                MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, at, e.bytes(), arena);
                ElementBytes.read(mapped, ByteOrder.LITTLE_ENDIAN, data, 0, data.length());
            } else if (e.bytes() > 0) {
                MemorySegment bytes = arena.allocate(e.bytes(), 8);
                fill(file, channel, at, bytes.asByteBuffer());
                ElementBytes.read(bytes, ByteOrder.LITTLE_ENDIAN, data, 0, data.length());
            }
        }
        return new ArrayData(e.shape(), data);
    }

    /** Reads every tensor, in the order of the header. */
    public Map<String, ArrayData> readAll() throws IOException {
        Map<String, ArrayData> all = new LinkedHashMap<>();
        for (String name : header.tensors().keySet()) {
            all.put(name, read(name));
        }
        return all;
    }

    /**
     * Compares the file with the checksum in its metadata, if it has one.
     *
     * @return false if the file has no checksum; who knows that one was written should then refuse the file, since
     *     damage to the key hides the checksum
     * @throws FormatException if the file is not what was written
     */
    public boolean verify() throws IOException {
        String stored = header.metadata().get(Checksum.KEY);
        if (stored == null) {
            return false;
        }
        Checksum kind = Checksum.ofText(stored);
        if (kind == null) {
            throw new FormatException(file, "has an unknown checksum '" + stored + "'; known are crc32c and sha256");
        }
        String actual = compute(kind);
        if (!actual.equals(stored)) {
            throw new FormatException(file, "is damaged: its checksum is " + actual + ", but " + stored
                    + " was stored when it was written; restore it from a copy");
        }
        return true;
    }

    private String compute(Checksum kind) throws IOException {
        byte[] blank = json.clone();
        int digits = Math.toIntExact(checksumAt) + kind.prefix().length();
        Arrays.fill(blank, digits, digits + kind.placeholder().length() - kind.prefix().length(), (byte) '0');
        Checksum.Digest digest = kind.start();
        digest.update(ByteBuffer.wrap(blank));
        long end = channel.size();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(ElementBytes.CHUNK);
            for (long at = header.dataStart(); at < end; at += ElementBytes.CHUNK) {
                ByteBuffer b = chunk.asSlice(0, Math.min(ElementBytes.CHUNK, end - at)).asByteBuffer();
                fill(file, channel, at, b);
                digest.update(b);
            }
        }
        return digest.text();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
