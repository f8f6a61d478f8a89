package dev.levin.trainer;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Collects what the Trainer says while it is open. */
final class LogCapture implements AutoCloseable {
    private final ch.qos.logback.classic.Logger logger = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Trainer.class);
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final Level before = logger.getLevel();

    LogCapture() {
        events.start();
        logger.setLevel(Level.DEBUG);
        logger.addAppender(events);
    }

    List<String> messages(Level level) {
        return events.list.stream().filter(e -> e.getLevel() == level).map(ILoggingEvent::getFormattedMessage).toList();
    }

    List<String> warnings() {
        return messages(Level.WARN);
    }

    @Override
    public void close() {
        logger.detachAppender(events);
        logger.setLevel(before);
    }
}
