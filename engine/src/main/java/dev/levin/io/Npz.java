package dev.levin.io;

import dev.levin.tensor.Tensor;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** NumPy's {@code .npz} format: named arrays in a zip file, plain ({@code np.savez}) or deflated. */
public final class Npz {
    private static final String SUFFIX = ".npy";

    /** A fixed date, so that equal contents give equal files; the day before would add a field to each header. */
    static final LocalDateTime DATE = LocalDateTime.of(1980, 1, 2, 0, 0);

    private Npz() {
    }

    /** Reads every array, by name, in the order of the archive. */
    public static Map<String, ArrayData> read(Path file) throws IOException {
        Map<String, ArrayData> arrays = new LinkedHashMap<>();
        try (ZipArchive zip = ZipArchive.open(file)) {
            for (String name : zip.names()) {
                if (!name.endsWith(SUFFIX)) {
                    throw new FormatException(file, "entry '" + name + "' is not an array: its name does not end in .npy");
                }
                String key = name.substring(0, name.length() - SUFFIX.length());
                arrays.put(key, zip.read(name, in -> Npy.read(file, "array '" + key + "'", in, zip.size(name))));
            }
        }
        return arrays;
    }

    /** Writes the arrays uncompressed, as {@code np.savez}, atomically. */
    public static void write(Map<String, ArrayData> arrays, Path file) throws IOException {
        write(arrays, false, file);
    }

    /** Writes the arrays deflated, as {@code np.savez_compressed}, atomically. */
    public static void writeCompressed(Map<String, ArrayData> arrays, Path file) throws IOException {
        write(arrays, true, file);
    }

    private static void write(Map<String, ArrayData> arrays, boolean compressed, Path file) throws IOException {
        AtomicFile.write(file, channel -> {
            var zip = new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
            for (var e : arrays.entrySet()) {
                ArrayData array = e.getValue();
                byte[] header = Npy.header(array);
                var entry = new ZipEntry(e.getKey() + SUFFIX);
                entry.setTimeLocal(DATE);
                if (!compressed) {
                    store(entry, header, array);
                }
                zip.putNextEntry(entry);
                zip.write(header);
                copy(array, zip);
                zip.closeEntry();
            }
            zip.finish();
            zip.flush();
        });
    }

    private static void store(ZipEntry entry, byte[] header, ArrayData array) throws IOException {
        var crc = new CRC32();
        crc.update(header);
        ElementBytes.write(array.data(), ByteOrder.LITTLE_ENDIAN, bytes -> crc.update(bytes.asByteBuffer()));
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(header.length + array.data().bytes());
        entry.setCrc(crc.getValue());
    }

    /** Writes the elements, little-endian, to a stream. */
    static void copy(ArrayData array, java.io.OutputStream out) throws IOException {
        byte[] chunk = new byte[(int) Math.min(ElementBytes.CHUNK, array.data().bytes())];
        ElementBytes.write(array.data(), ByteOrder.LITTLE_ENDIAN, bytes -> {
            int n = (int) bytes.byteSize();
            bytes.asByteBuffer().get(chunk, 0, n);
            out.write(chunk, 0, n);
        });
    }

    /** Reads every tensor, by name. */
    public static Map<String, Tensor> load(Path file) throws IOException {
        return TensorArrays.tensors(read(file));
    }

    /** Writes tensors uncompressed, atomically. */
    public static void save(Map<String, ? extends Tensor> tensors, Path file) throws IOException {
        write(TensorArrays.arrays(tensors), file);
    }
}
