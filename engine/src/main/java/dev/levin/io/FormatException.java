package dev.levin.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file breaks the rules of its format, or holds something Levin does not read. The message names file and reason. */
public final class FormatException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final String reason;

    public FormatException(Path file, String reason) {
        this(file, reason, null);
    }

    public FormatException(Path file, String reason, Throwable cause) {
        super(file + ": " + reason, cause);
        this.file = file;
        this.reason = reason;
    }

    /** The file that was refused. */
    public Path file() {
        return file;
    }

    /** Why, without the file's name. */
    public String reason() {
        return reason;
    }
}
