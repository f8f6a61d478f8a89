package dev.levin.io;

import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * NumPy's {@code .npy} format: one array a file. Reads versions 1 to 3, C and Fortran order, both byte orders; writes
 * version 1 (or 2 where the header is long), C order, little-endian.
 */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER = 1 << 20;

    private Npy() {
    }

    /** @throws FormatException if the file breaks the format, or holds Python objects or a type Levin has not */
    public static ArrayData read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file, "is not a regular file");
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return read(file, "the array", in, Files.size(file));
        }
    }

    /**
     * Writes one array, atomically.
     *
     * @throws IllegalArgumentException for BF16, which NumPy has not
     */
    public static void write(ArrayData array, Path file) throws IOException {
        byte[] header = header(array);
        AtomicFile.write(file, channel -> {
            for (ByteBuffer b = ByteBuffer.wrap(header); b.hasRemaining();) {
                channel.write(b);
            }
            ElementBytes.write(array.data(), ByteOrder.LITTLE_ENDIAN, bytes -> {
                for (ByteBuffer b = bytes.asByteBuffer(); b.hasRemaining();) {
                    channel.write(b);
                }
            });
        });
    }

    /** Reads a stream of exactly {@code size} bytes; {@code what} names the array in messages. */
    static ArrayData read(Path file, String what, InputStream in, long size) throws IOException {
        Head head = head(file, what, in, size);
        return body(file, what, in, head.header(), head.rest());
    }

    /** A header and how many bytes follow it. */
    record Head(NpyHeader header, long rest) {
    }

    /** Reads up to the first element. */
    static Head head(Path file, String what, InputStream in, long size) throws IOException {
        byte[] start = in.readNBytes(8);
        if (start.length < 8 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
            throw new FormatException(file, what + " is not in .npy format: it must begin with \\x93NUMPY");
        }
        int version = start[6];
        if (version < 1 || version > 3) {
            throw new FormatException(file, what + " has the .npy version " + version + "; 1, 2 and 3 are supported");
        }
        int wide = version == 1 ? 2 : 4;
        byte[] prefix = in.readNBytes(wide);
        long length = 0;
        for (int i = prefix.length - 1; i >= 0; i--) {
            length = length << 8 | prefix[i] & 0xff;
        }
        long rest = size - 8 - wide - length;
        if (prefix.length < wide || rest < 0 || length > MAX_HEADER) {
            throw new FormatException(file, what + " claims a header of " + length + " bytes; the data has " + size
                    + " bytes altogether, and a header at most " + MAX_HEADER);
        }
        String text = new String(in.readNBytes((int) length),
                version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        return new Head(NpyHeader.parse(file, what, text), rest);
    }

    /** Reads the elements that follow a header; {@code rest} bytes are there. */
    static ArrayData body(Path file, String what, InputStream in, NpyHeader header, long rest)
            throws IOException {
        long want = Shapes.bytes(file, what, header.dtype(), header.shape());
        if (want != rest) {
            throw new FormatException(file, what + " of type " + header.dtype() + " and shape " + header.shape() + " needs "
                    + want + " bytes, " + rest + " follow its header"
                    + (rest < want ? "; it is truncated" : ""));
        }
        Shape shape = Shapes.shape(file, what, header.shape());
        HostArray data = HostArray.allocate(header.dtype(), shape.numel());
        readElements(file, what, in, header.order(), data);
        if (!header.fortran() || shape.rank() < 2) {
            return new ArrayData(shape, data);
        }
        long[] strides = new long[shape.rank()];
        long n = 1;
        for (int i = 0; i < strides.length; i++) {
            strides[i] = n;
            n *= shape.dim(i);
        }
        return new ArrayData(shape, Strided.gather(data, 0, shape, strides));
    }

    /** Fills an array from a stream. */
    static void readElements(Path file, String what, InputStream in, ByteOrder order, HostArray data)
            throws IOException {
        int size = data.dtype().bytes();
        byte[] chunk = new byte[(int) Math.min(ElementBytes.CHUNK, data.bytes())];
        for (long at = 0; at < data.bytes(); at += chunk.length) {
            int n = (int) Math.min(chunk.length, data.bytes() - at);
            if (in.readNBytes(chunk, 0, n) < n) {
                throw new FormatException(file, what + " ends before its " + data.bytes() + " bytes; it is truncated");
            }
            ElementBytes.read(MemorySegment.ofArray(chunk), order, data, at / size, n / size);
        }
    }

    /** Everything before the elements, padded so that these begin at a multiple of 64. */
    static byte[] header(ArrayData array) {
        List<String> dims = new ArrayList<>();
        for (int d : array.shape().dims()) {
            dims.add(Integer.toString(d));
        }
        String tuple = dims.size() == 1 ? "(" + dims.getFirst() + ",)"
                : dims.stream().collect(Collectors.joining(", ", "(", ")"));
        String text = "{'descr': '" + NpyHeader.descr(array.dtype()) + "', 'fortran_order': False, 'shape': " + tuple
                + ", }";
        int wide = text.length() + 75 > 0xffff ? 4 : 2;
        int before = MAGIC.length + 2 + wide;
        int padded = (before + text.length() + 1 + 63) / 64 * 64 - before;
        ByteBuffer b = ByteBuffer.allocate(before + padded).order(ByteOrder.LITTLE_ENDIAN);
        b.put(MAGIC).put((byte) (wide == 2 ? 1 : 2)).put((byte) 0);
        if (wide == 2) {
            b.putShort((short) padded);
        } else {
            b.putInt(padded);
        }
        b.put((text + " ".repeat(padded - 1 - text.length()) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        return b.array();
    }

    /** Reads one tensor. */
    public static Tensor load(Path file) throws IOException {
        return TensorArrays.tensor(read(file));
    }

    /** Writes one tensor, atomically. */
    public static void save(Tensor tensor, Path file) throws IOException {
        write(TensorArrays.array(tensor), file);
    }
}
