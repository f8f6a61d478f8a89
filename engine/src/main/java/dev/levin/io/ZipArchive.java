package dev.levin.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A zip file read with suspicion: no name twice, no entry that claims more than its compressed bytes can become, all
 * entries together no larger than the file, and every checksum compared.
 */
final class ZipArchive implements Closeable {
    /** Deflate can't do better than one bit-pair for 258 bytes. */
    private static final long MAX_RATIO = 1032;

    private final Path file;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

    private ZipArchive(Path file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    /** Opens the archive and checks its directory. */
    static ZipArchive open(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (IOException | IllegalArgumentException e) {
            throw new FormatException(file, "is not a complete zip archive, it may be truncated: " + e.getMessage(), e);
        }
        try {
            var archive = new ZipArchive(file, zip);
            archive.checkDirectory();
            return archive;
        } catch (Throwable t) {
            try {
                zip.close();
            } catch (IOException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    private void checkDirectory() throws IOException {
        long length = Files.size(file);
        long total = 0;
        for (ZipEntry e : Collections.list(zip.entries())) {
            if (entries.put(e.getName(), e) != null) {
                throw new FormatException(file, "has two entries named '" + e.getName() + "'");
            }
            long packed = e.getCompressedSize();
            long size = e.getSize();
            if (packed < 0 || packed > length || size < 0) {
                throw new FormatException(file, "entry '" + e.getName() + "' claims " + packed + " bytes of a file of "
                        + length);
            }
            if (e.getMethod() == ZipEntry.STORED ? size != packed : size > packed * MAX_RATIO) {
                throw new FormatException(file, "entry '" + e.getName() + "' claims to become " + size + " bytes out of "
                        + packed);
            }
            total += packed;
            if (total > length) {
                throw new FormatException(file, "its entries overlap: together they claim more than the file's " + length
                        + " bytes");
            }
        }
    }

    Path file() {
        return file;
    }

    Collection<String> names() {
        return Collections.unmodifiableCollection(entries.keySet());
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** Uncompressed size of an entry. */
    long size(String name) throws FormatException {
        return entry(name).getSize();
    }

    /** Compressed size of an entry. */
    long packedSize(String name) throws FormatException {
        return entry(name).getCompressedSize();
    }

    private ZipEntry entry(String name) throws FormatException {
        ZipEntry e = entries.get(name);
        if (e == null) {
            throw new FormatException(file, "has no entry '" + name + "'; it is damaged or incomplete");
        }
        return e;
    }

    /** What reads an entry; it must read to the end. */
    @FunctionalInterface
    interface Reader<T> {
        T read(InputStream in) throws IOException;
    }

    /** Lets {@code reader} read one entry, then compares its checksum. */
    <T> T read(String name, Reader<T> reader) throws IOException {
        ZipEntry e = entry(name);
        try (InputStream raw = zip.getInputStream(e)) {
            if (raw == null) {
                throw new FormatException(file, "entry '" + name + "' can't be read");
            }
            var in = new Checked(raw);
            T value = reader.read(in);
            if (in.read() >= 0) {
                throw new FormatException(file, "entry '" + name + "' is longer than its " + e.getSize() + " bytes");
            }
            if (e.getCrc() != in.crc.getValue()) {
                throw new FormatException(file, "entry '" + name + "' is damaged: its CRC-32 does not match");
            }
            return value;
        } catch (FormatException f) {
            throw f;
        } catch (IOException | IllegalArgumentException x) {
            throw new FormatException(file, "entry '" + name + "' can't be read: " + x.getMessage(), x);
        }
    }

    /** A whole entry. */
    byte[] bytes(String name) throws IOException {
        long size = size(name);
        if (size > Integer.MAX_VALUE - 8) {
            throw new FormatException(file, "entry '" + name + "' has " + size + " bytes, more than is supported here");
        }
        return read(name, in -> {
            byte[] b = in.readNBytes((int) size);
            if (b.length != size) {
                throw new FormatException(file, "entry '" + name + "' ends after " + b.length + " of " + size + " bytes");
            }
            return b;
        });
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    private static final class Checked extends InputStream {
        private final InputStream in;
        private final CRC32 crc = new CRC32();

        Checked(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            if (b >= 0) {
                crc.update(b);
            }
            return b;
        }

        @Override
        public int read(byte[] b, int off, int len) throws IOException {
            int n = in.read(b, off, len);
            if (n > 0) {
                crc.update(b, off, n);
            }
            return n;
        }
    }
}
