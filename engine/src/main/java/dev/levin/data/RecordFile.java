package dev.levin.data;

import dev.levin.io.FormatException;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Records of any length in one file, mapped into memory: images as they were compressed, texts, serialised examples. The file may
 * be larger than memory; any record is found at once.
 *
 * <p>Format, little-endian: 8 bytes {@code LEVNREC1}; the records, one after another; for each the end of its bytes as 8 bytes
 * and their CRC-32C as 4; the number of records as 8 bytes; 8 bytes {@code LEVNREC1} again.
 */
public final class RecordFile implements Dataset<byte[]> {
    private static final byte[] MAGIC = {'L', 'E', 'V', 'N', 'R', 'E', 'C', '1'};
    private static final int ENTRY = 12;
    private static final int TAIL = 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final MemorySegment data;
    private final int count;
    private final long index;

    private RecordFile(Path file, MemorySegment data, int count, long index) {
        this.file = file;
        this.data = data;
        this.count = count;
        this.index = index;
    }

    /** @throws FormatException if the file is not one of records, or was not closed when it was written */
    public static RecordFile open(Path file) throws IOException {
        long size = Files.size(file);
        if (size < MAGIC.length + TAIL) {
            throw new FormatException(file, "its " + size + " bytes are too few for a file of records");
        }
        MemorySegment data;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            data = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto());
        }
        if (!isMagic(data, 0)) {
            throw new FormatException(file, "is not a file of records: it must begin with LEVNREC1");
        }
        long count = data.get(LONG, size - TAIL);
        if (!isMagic(data, size - MAGIC.length) || count < 0 || count > Integer.MAX_VALUE || MAGIC.length + count * ENTRY + TAIL > size) {
            throw new FormatException(file, "has no index at its end: the program that wrote it did not close it, or it is truncated");
        }
        return new RecordFile(file, data, (int) count, size - TAIL - count * ENTRY);
    }

    private static boolean isMagic(MemorySegment data, long at) {
        return Arrays.equals(data.asSlice(at, MAGIC.length).toArray(ValueLayout.JAVA_BYTE), MAGIC);
    }

    @Override
    public int size() {
        return count;
    }

    /** @throws FormatException if the record's checksum does not fit */
    @Override
    public byte[] get(int i) throws IOException {
        java.util.Objects.checkIndex(i, count);
        long from = i == 0 ? MAGIC.length : data.get(LONG, index + (i - 1L) * ENTRY);
        long to = data.get(LONG, index + (long) i * ENTRY);
        if (from < MAGIC.length || to < from || to > index || to - from > Integer.MAX_VALUE - 16) {
            throw new FormatException(file, "record " + i + " claims the bytes " + from + " to " + to + ", which do not exist");
        }
        byte[] bytes = data.asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE);
        if (crc(bytes) != data.get(INT, index + (long) i * ENTRY + 8)) {
            throw new FormatException(file, "record " + i + " is damaged: its checksum does not fit");
        }
        return bytes;
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Override
    public String name() {
        return file.toString();
    }

    /** Writes a file of records; it is complete when it is closed. */
    public static final class Writer implements Closeable {
        private final OutputStream out;
        private long end = MAGIC.length;
        private ByteBuffer entries = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
        private long count;

        /** Replaces the file. */
        public Writer(Path file) throws IOException {
            out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
            out.write(MAGIC);
        }

        public void append(byte[] record) throws IOException {
            out.write(record);
            end += record.length;
            count++;
            if (entries.remaining() < ENTRY) {
                entries = ByteBuffer.allocate(2 * entries.capacity()).order(ByteOrder.LITTLE_ENDIAN).put(entries.flip());
            }
            entries.putLong(end).putInt(crc(record));
        }

        @Override
        public void close() throws IOException {
            try (out) {
                out.write(entries.array(), 0, entries.position());
                out.write(ByteBuffer.allocate(TAIL).order(ByteOrder.LITTLE_ENDIAN).putLong(count).put(MAGIC).array());
            }
        }
    }
}
