package dev.levin.loggers.tensorboard;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.levin.loggers.tensorboard.proto.Event;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Reads one event file, record by record, checking every checksum. A last record that is cut short, as a killed run or a
 * run still being written leaves it, ends the file quietly: see {@link #truncated}.
 *
 * <p>Not thread-safe.
 */
public final class EventFileReader implements Closeable {
    private final Path file;
    private final InputStream in;
    private long offset;
    private boolean truncated;

    /** @throws IOException if the file can't be opened */
    public EventFileReader(Path file) throws IOException {
        this.file = file;
        this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    }

    /**
     * The next event, or empty at the end.
     *
     * @throws EventFileException if a checksum is wrong or a record holds no event
     */
    public Optional<Event> next() throws IOException {
        if (truncated) {
            return Optional.empty();
        }
        byte[] header = in.readNBytes(Records.HEADER);
        if (header.length < Records.HEADER) {
            truncated = header.length > 0;
            return Optional.empty();
        }
        ByteBuffer h = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        long length = h.getLong();
        check(Records.maskedCrc(header, 0, 8), h.getInt(), "length");
        if (length < 0 || length > Integer.MAX_VALUE - 64) {
            throw new EventFileException(file + ": the record at offset " + offset + " claims " + length
                    + " bytes; an event has less than 2 GiB");
        }
        byte[] data = in.readNBytes((int) length);
        byte[] footer = in.readNBytes(Records.FOOTER);
        if (data.length < length || footer.length < Records.FOOTER) {
            truncated = true;
            return Optional.empty();
        }
        check(Records.maskedCrc(data, 0, data.length),
                ByteBuffer.wrap(footer).order(ByteOrder.LITTLE_ENDIAN).getInt(), "data");
        Event event;
        try {
            event = Event.parseFrom(data);
        } catch (InvalidProtocolBufferException e) {
            throw new EventFileException(file + ": the record at offset " + offset + " is not an event: "
                    + e.getMessage(), e);
        }
        offset += Records.HEADER + length + Records.FOOTER;
        return Optional.of(event);
    }

    private void check(int computed, int stored, String what) throws EventFileException {
        if (computed != stored) {
            throw new EventFileException(String.format("%s: wrong checksum of the %s in the record at offset %d (stored "
                    + "%08x, computed %08x); the file is damaged from there on, or is no event file", file, what, offset,
                    stored, computed));
        }
    }

    /** True once the end was reached in the middle of a record. */
    public boolean truncated() {
        return truncated;
    }

    /** Where the next record starts: the length of the intact part once the end was reached. */
    public long offset() {
        return offset;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /**
     * The events of a file, or of all event files directly in a folder in the order TensorBoard reads them (by name,
     * which starts with the time). Files are opened one after the other; close the stream when not reading to the end.
     *
     * @throws UncheckedIOException while reading, if a file can't be read or is damaged
     */
    public static Stream<Event> stream(Path fileOrFolder) throws IOException {
        return files(fileOrFolder).stream().flatMap(EventFileReader::events);
    }

    /** All events of {@link #stream} as a list. */
    public static List<Event> readAll(Path fileOrFolder) throws IOException {
        List<Event> events = new ArrayList<>();
        for (Path file : files(fileOrFolder)) {
            try (var reader = new EventFileReader(file)) {
                for (var event = reader.next(); event.isPresent(); event = reader.next()) {
                    events.add(event.get());
                }
            }
        }
        return events;
    }

    /** The event files directly in a folder, or the file itself. */
    public static List<Path> files(Path fileOrFolder) throws IOException {
        if (!Files.isDirectory(fileOrFolder)) {
            return List.of(fileOrFolder);
        }
        try (Stream<Path> entries = Files.list(fileOrFolder)) {
            return entries.filter(f -> f.getFileName().toString().contains("tfevents") && Files.isRegularFile(f))
                    .sorted(Comparator.comparing(f -> f.getFileName().toString()))
                    .toList();
        }
    }

    private static Stream<Event> events(Path file) {
        EventFileReader reader;
        try {
            reader = new EventFileReader(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var events = new Spliterators.AbstractSpliterator<Event>(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL) {
            @Override
            public boolean tryAdvance(Consumer<? super Event> action) {
                try {
                    Optional<Event> event = reader.next();
                    event.ifPresent(action);
                    return event.isPresent();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        return StreamSupport.stream(events, false).onClose(() -> {
            try {
                reader.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
