package dev.levin.data.text;

import dev.levin.data.IterableDataset;
import dev.levin.data.ResumableIterator;
import dev.levin.data.WorkerInfo;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;

/**
 * The lines of text files (UTF-8, plain or .gz) as a stream, read as they are needed: files may be larger than memory.
 *
 * <p>Workers share the lines: with two of them, one gets the first, third, ... line. Positions are offsets in the file, so that a
 * resume in a plain file begins to read where it left off.
 */
public final class TextLines implements IterableDataset<String> {
    private final List<Path> files;

    private TextLines(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** @throws java.nio.file.NoSuchFileException naming a file that does not exist */
    public static TextLines of(Path... files) throws IOException {
        return of(List.of(files));
    }

    public static TextLines of(List<Path> files) throws IOException {
        for (Path f : files) {
            if (!Files.isRegularFile(f)) {
                throw new java.nio.file.NoSuchFileException(f.toString(), null, "there is no such file");
            }
        }
        return new TextLines(files);
    }

    @Override
    public Iterator<String> iterator(WorkerInfo worker) {
        return worker.share(new Lines(files));
    }

    @Override
    public String name() {
        return "lines of " + (files.size() == 1 ? files.getFirst().toString() : files.size() + " files");
    }

    private static final class Lines implements ResumableIterator<String>, Closeable {
        private final List<Path> files;
        private int file = -1;
        private InputStream in;
        /** Where in the unpacked file the next line begins, and the one after it. */
        private long offset;
        private long after;
        private String next;

        Lines(List<Path> files) {
            this.files = files;
        }

        @Override
        public boolean hasNext() {
            try {
                while (next == null && (in != null || file + 1 < files.size())) {
                    if (in == null) {
                        open(file + 1, 0);
                    }
                    next = line();
                    if (next == null) {
                        in.close();
                        in = null;
                    }
                }
                return next != null;
            } catch (IOException e) {
                throw new UncheckedIOException(files.get(Math.max(0, file)) + " can't be read: " + e.getMessage(), e);
            }
        }

        private void open(int number, long at) throws IOException {
            close();
            file = number;
            Path f = files.get(number);
            InputStream raw = Files.newInputStream(f);
            in = new BufferedInputStream(f.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw, 1 << 16);
            in.skipNBytes(at);
            offset = at;
            after = at;
        }

        /** Null at the end of the file. A line ends with \n or \r\n. */
        private String line() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
            int c;
            while ((c = in.read()) >= 0) {
                after++;
                if (c == '\n') {
                    return text(bytes);
                }
                bytes.write(c);
            }
            return bytes.size() == 0 ? null : text(bytes);
        }

        private static String text(ByteArrayOutputStream bytes) {
            String s = bytes.toString(StandardCharsets.UTF_8);
            return s.endsWith("\r") ? s.substring(0, s.length() - 1) : s;
        }

        @Override
        public String next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            String line = next;
            next = null;
            offset = after;
            return line;
        }

        @Override
        public Map<String, Object> stateDict() {
            Map<String, Object> m = new LinkedHashMap<>();
            // A line that was read ahead is read again.
            m.put("file", file);
            m.put("offset", offset);
            return m;
        }

        @Override
        public void loadStateDict(Map<String, Object> saved) throws IOException {
            int number = ((Number) saved.get("file")).intValue();
            if (number >= files.size()) {
                throw new IOException("the saved position is in file " + number + ", but there are " + files.size());
            }
            if (number >= 0) {
                open(number, ((Number) saved.get("offset")).longValue());
            }
        }

        @Override
        public void close() throws IOException {
            if (in != null) {
                in.close();
                in = null;
            }
            next = null;
        }
    }

    /** All lines in memory: for small files. */
    public static List<String> readAll(Path file) throws IOException {
        List<String> all = new ArrayList<>();
        try (Lines lines = new Lines(List.of(file))) {
            lines.forEachRemaining(all::add);
        }
        return all;
    }
}
