package dev.levin.loggers.tensorboard;

import dev.levin.loggers.tensorboard.proto.Event;
import dev.levin.loggers.tensorboard.proto.SessionLog;
import dev.levin.loggers.tensorboard.proto.SourceMetadata;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * The open event files of one writer, one per folder, opened when the first event for a folder comes. Confined to the
 * writer thread.
 */
final class EventFiles {
    /** Creates a file that must not exist yet. */
    @FunctionalInterface
    interface Opener {
        Opener DISK = file -> Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

        OutputStream create(Path file) throws IOException;
    }

    private final WriterOptions options;
    private final Opener opener;
    private final Map<Path, OutputStream> open = new HashMap<>();
    private boolean purged;

    EventFiles(WriterOptions options, Opener opener) {
        this.options = options;
        this.opener = opener;
    }

    void write(Path folder, Event event) throws IOException {
        OutputStream out = open.get(folder);
        if (out == null) {
            out = start(folder, event.getWallTime());
        }
        Records.write(out, event.toByteArray());
    }

    private OutputStream start(Path folder, double wallTime) throws IOException {
        Files.createDirectories(folder);
        OutputStream out = new BufferedOutputStream(create(folder, (long) wallTime), 1 << 16);
        open.put(folder, out);
        Records.write(out, Event.newBuilder().setWallTime(wallTime).setFileVersion("brain.Event:2")
                .setSourceMetadata(SourceMetadata.newBuilder().setWriter("levin")).build().toByteArray());
        if (!purged && options.purgeStep().isPresent()) {
            purged = true;
            Records.write(out, Event.newBuilder().setWallTime(wallTime).setStep(options.purgeStep().getAsLong())
                    .setSessionLog(SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START)).build().toByteArray());
        }
        return out;
    }

    private OutputStream create(Path folder, long seconds) throws IOException {
        for (int n = 0; ; n++) {
            // The number keeps the files of one second apart and in order.
            Path file = folder.resolve(String.format("events.out.tfevents.%010d.%s.%d.%03d%s", seconds, host(),
                    ProcessHandle.current().pid(), n, options.fileSuffix()));
            try {
                return opener.create(file);
            } catch (FileAlreadyExistsException taken) {
                if (n == 999) {
                    throw taken;
                }
            }
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    void flush() throws IOException {
        for (OutputStream out : open.values()) {
            out.flush();
        }
    }

    /** Closes all; the first failure is thrown after every file was tried. */
    void close() throws IOException {
        IOException failure = null;
        for (OutputStream out : open.values()) {
            try {
                out.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        open.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
