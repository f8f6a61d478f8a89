package dev.levin.loggers.tensorboard;

import java.io.IOException;

/** An event file holds something that is not a record: the message names file, offset and what was found. */
public class EventFileException extends IOException {
    private static final long serialVersionUID = 1L;

    public EventFileException(String message) {
        super(message);
    }

    public EventFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
