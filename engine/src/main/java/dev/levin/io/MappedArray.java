package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An array in a file, mapped into memory: rows are copied out when they are asked for, and the operating system reads and drops
 * pages as it sees fit, so that the array may be larger than memory. Any number of threads may read. There is nothing to close:
 * the mapping goes with the object.
 */
public final class MappedArray {
    private final Path file;
    private final DType dtype;
    private final ByteOrder order;
    private final long rows;
    private final Shape rowShape;
    private final long rowBytes;
    private final MemorySegment data;

    private MappedArray(Path file, DType dtype, ByteOrder order, long rows, Shape rowShape, MemorySegment data) {
        this.file = file;
        this.dtype = dtype;
        this.order = order;
        this.rows = rows;
        this.rowShape = rowShape;
        this.rowBytes = rowShape.numel() * dtype.bytes();
        this.data = data;
    }

    /**
     * Maps a {@code .npy} file.
     *
     * @throws FormatException if the file breaks the format, is truncated, has no axis, or is in Fortran order
     */
    public static MappedArray npy(Path file) throws IOException {
        long size = Files.size(file);
        NpyHeader header;
        long offset;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 12)) {
            Npy.Head head = Npy.head(file, "the array", in, size);
            header = head.header();
            offset = size - head.rest();
        }
        if (header.shape().isEmpty() || header.fortran() && header.shape().size() > 1) {
            throw new FormatException(file, "a mapped array needs at least one axis and C order; write it with numpy.ascontiguousarray");
        }
        long want = Shapes.bytes(file, "the array", header.dtype(), header.shape());
        if (want != size - offset) {
            throw new FormatException(file, "an array " + header.dtype() + header.shape() + " needs " + want + " bytes, " + (size - offset)
                    + " follow its header" + (size - offset < want ? "; it is truncated" : ""));
        }
        Shape row = Shapes.shape(file, "one row", header.shape().subList(1, header.shape().size()));
        return new MappedArray(file, header.dtype(), header.order(), header.shape().getFirst(), row, map(file, offset, want));
    }

    /**
     * Maps a file of bare little-endian elements.
     *
     * @param rowShape of one row; the number of rows follows from the size of the file
     * @throws FormatException if the file does not hold whole rows
     */
    public static MappedArray raw(Path file, DType dtype, Shape rowShape) throws IOException {
        long size = Files.size(file);
        long row = rowShape.numel() * dtype.bytes();
        if (row == 0 || size % row != 0) {
            throw new FormatException(file, "its " + size + " bytes are not a number of rows " + dtype + rowShape + " of " + row + " bytes");
        }
        return new MappedArray(file, dtype, ByteOrder.LITTLE_ENDIAN, size / row, rowShape, map(file, 0, size));
    }

    private static MemorySegment map(Path file, long offset, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return bytes == 0 ? MemorySegment.NULL : channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes, Arena.ofAuto());
        }
    }

    public Path file() {
        return file;
    }

    public DType dtype() {
        return dtype;
    }

    /** Extent of the first axis; may exceed what an int holds. */
    public long rows() {
        return rows;
    }

    /** Shape of one row: the array's without its first axis. */
    public Shape rowShape() {
        return rowShape;
    }

    /** Copies one row into a host array, from its element {@code at} on. */
    public void row(long index, HostArray into, int at) {
        rows(index, 1, into, at);
    }

    /**
     * Copies consecutive rows into a host array, from its element {@code at} on.
     *
     * @throws IndexOutOfBoundsException for rows that do not exist
     */
    public void rows(long first, int count, HostArray into, int at) {
        if (first < 0 || count < 0 || first > rows - count) {
            throw new IndexOutOfBoundsException("rows " + first + " to " + (first + count - 1) + " do not exist: " + file + " has " + rows);
        }
        if (into.dtype() != dtype) {
            throw new IllegalArgumentException(file + " holds " + dtype + ", which can't be copied to an array of " + into.dtype());
        }
        if (count > 0 && rowBytes > 0) {
            ElementBytes.read(data.asSlice(first * rowBytes, count * rowBytes), order, into, at, count * rowShape.numel());
        }
    }

    @Override
    public String toString() {
        return file + " " + dtype + "[" + rows + "]" + rowShape;
    }
}
