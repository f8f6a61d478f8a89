package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** The IDX format of MNIST: big-endian magic {0, 0, type, rank}, extents, elements. Reads unsigned bytes, plain or gzipped. */
public final class Idx {
    private static final int UNSIGNED_BYTE = 0x08;
    private static final int MAX_RANK = 4;

    private Idx() {
    }

    /**
     * Reads a file of unsigned bytes as U8.
     *
     * @throws IOException naming the file and what is wrong with it
     */
    public static Tensor read(Path file) throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(
                        file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw, 1 << 16))) {
            int magic = in.readInt();
            int rank = magic & 0xff;
            if (magic >>> 16 != 0 || (magic >>> 8 & 0xff) != UNSIGNED_BYTE || rank < 1 || rank > MAX_RANK) {
                throw new IOException(file + " is not an IDX file of unsigned bytes (its first bytes are "
                        + String.format("%08x", magic) + ", expected 000008 and a rank)");
            }
            int[] dims = new int[rank];
            long numel = 1;
            for (int i = 0; i < rank; i++) {
                dims[i] = in.readInt();
                if (dims[i] < 0 || (numel *= dims[i]) > Integer.MAX_VALUE - 16) {
                    throw new IOException(file + " claims impossible extents: axis " + i + " has " + dims[i]);
                }
            }
            byte[] data = in.readNBytes((int) numel);
            if (data.length < numel) {
                throw new IOException(file + " is truncated: " + data.length + " of " + numel + " elements; download it again");
            }
            return Tensor.of(HostArray.wrap(DType.U8, data), Shape.of(dims));
        } catch (java.io.EOFException e) {
            throw new IOException(file + " is truncated: it ends inside its header or its compressed data; download it again", e);
        }
    }
}
