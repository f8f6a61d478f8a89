package dev.levin.loggers.tensorboard;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The framing of an event file (TFRecord): length (u64), masked CRC of the length (u32), data, masked CRC of the data
 * (u32), all little-endian.
 */
final class Records {
    static final int HEADER = 12;
    static final int FOOTER = 4;

    private Records() {}

    /** CRC-32C, rotated and offset, so that the checksum of data holding checksums stays meaningful. */
    static int maskedCrc(byte[] bytes, int offset, int length) {
        var crc = new CRC32C();
        crc.update(bytes, offset, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    /** Writes one record with a single call, so that a full disk or a kill cuts at most one record. */
    static void write(OutputStream out, byte[] data) throws IOException {
        byte[] record = new byte[HEADER + data.length + FOOTER];
        ByteBuffer b = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(data.length).putInt(maskedCrc(record, 0, 8));
        b.put(data).putInt(maskedCrc(data, 0, data.length));
        out.write(record);
    }
}
