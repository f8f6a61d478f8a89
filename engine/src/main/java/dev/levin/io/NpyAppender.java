package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes a {@code .npy} file row by row, for arrays that don't fit into memory. The number of rows is filled in by
 * {@link #close}; a file that was not closed says that it has none.
 */
public final class NpyAppender implements Closeable {
    private static final int HEADER = 128;

    private final Path file;
    private final DType dtype;
    private final Shape rowShape;
    private final FileChannel channel;
    private long rows;

    /** Replaces the file. */
    public NpyAppender(Path file, DType dtype, Shape rowShape) throws IOException {
        this.file = file;
        this.dtype = dtype;
        this.rowShape = rowShape;
        NpyHeader.descr(dtype);
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        header();
        channel.position(HEADER);
    }

    /**
     * Adds whole rows.
     *
     * @throws IllegalArgumentException for another dtype, or a part of a row
     */
    public void append(HostArray data) throws IOException {
        if (data.dtype() != dtype || rowShape.numel() == 0 || data.length() % rowShape.numel() != 0) {
            throw new IllegalArgumentException(data.length() + " elements of " + data.dtype() + " are not rows " + dtype + rowShape + " of " + file);
        }
        ElementBytes.write(data, ByteOrder.LITTLE_ENDIAN, bytes -> {
            for (ByteBuffer b = bytes.asByteBuffer(); b.hasRemaining();) {
                channel.write(b);
            }
        });
        rows += data.length() / rowShape.numel();
    }

    private void header() throws IOException {
        String shape = IntStream.of(rowShape.dims()).mapToObj(d -> ", " + d).collect(Collectors.joining("", "(" + rows, rowShape.rank() == 0 ? ",)" : ")"));
        String text = "{'descr': '" + NpyHeader.descr(dtype) + "', 'fortran_order': False, 'shape': " + shape + ", }";
        if (text.length() + 11 > HEADER) {
            throw new IllegalArgumentException("rows of shape " + rowShape + " have too many axes");
        }
        ByteBuffer b = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        b.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) (HEADER - 10)).put(text.getBytes(StandardCharsets.ISO_8859_1));
        while (b.position() < HEADER - 1) {
            b.put((byte) ' ');
        }
        b.put((byte) '\n').flip();
        while (b.hasRemaining()) {
            channel.write(b, b.position());
        }
    }

    /** Writes the number of rows. */
    @Override
    public void close() throws IOException {
        try (channel) {
            header();
            channel.force(true);
        }
    }
}
