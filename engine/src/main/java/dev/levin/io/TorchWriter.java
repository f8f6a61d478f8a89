package dev.levin.io;

import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes PyTorch's zip format: stored entries, storages aligned to 64 bytes so that Python can map them. */
final class TorchWriter {
    private static final String ROOT = "archive/";
    private static final int ALIGN = 64;
    private static final int LOCAL_HEADER = 30;
    /** Extra field with which PyTorch pads local headers. */
    private static final short PADDING_TAG = 0x4246;

    private TorchWriter() {
    }

    static void write(Object value, Path file) throws IOException {
        var pickle = new PickleWriter();
        byte[] data = pickle.write(value);
        AtomicFile.write(file, channel -> {
            var counter = new Counter(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
            var zip = new ZipOutputStream(counter);
            entry(zip, counter, "data.pkl", data);
            entry(zip, counter, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
            for (var e : pickle.storages().entrySet()) {
                storage(zip, counter, "data/" + e.getKey(), e.getValue());
            }
            entry(zip, counter, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
            zip.finish();
            zip.flush();
        });
    }

    private static void entry(ZipOutputStream zip, Counter at, String name, byte[] content) throws IOException {
        var crc = new CRC32();
        crc.update(content);
        begin(zip, at, name, content.length, crc.getValue());
        zip.write(content);
        zip.closeEntry();
    }

    private static void storage(ZipOutputStream zip, Counter at, String name, HostArray data) throws IOException {
        var crc = new CRC32();
        ElementBytes.write(data, ByteOrder.LITTLE_ENDIAN, bytes -> crc.update(bytes.asByteBuffer()));
        begin(zip, at, name, data.bytes(), crc.getValue());
        Npz.copy(new ArrayData(Shape.of(data.length()), data), zip);
        zip.closeEntry();
    }

    private static void begin(ZipOutputStream zip, Counter at, String name, long size, long crc) throws IOException {
        var entry = new ZipEntry(ROOT + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(size);
        entry.setCrc(crc);
        entry.setTimeLocal(Npz.DATE);
        long dataAt = at.written + LOCAL_HEADER + entry.getName().length() + 4;
        int pad = (int) (ALIGN - dataAt % ALIGN) % ALIGN;
        entry.setExtra(ByteBuffer.allocate(4 + pad).order(ByteOrder.LITTLE_ENDIAN).putShort(PADDING_TAG)
                .putShort((short) pad).array());
        zip.putNextEntry(entry);
    }

    private static final class Counter extends FilterOutputStream {
        private long written;

        Counter(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            written++;
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
            out.write(b, off, len);
            written += len;
        }
    }
}
