package dev.levin.trainer;

import dev.levin.data.Loader;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** One loader within its limit: knows which batch is the last, and its own position. */
final class BatchSource {
    private final String name;
    private final Iterable<?> loader;
    private final int length;
    private final int limit;
    private Iterator<?> iterator;
    private Map<String, Object> beforeLookahead;
    private int taken;
    private boolean last;
    /** A position nothing was read from yet. */
    private Map<String, Object> restored;

    /** @param flag names the limit in messages */
    BatchSource(String name, Iterable<?> loader, Limit limit, String flag) {
        this.name = name;
        this.loader = loader;
        this.length = switch (loader) {
            case Loader<?> l -> l.length();
            case Collection<?> c -> c.size();
            default -> -1;
        };
        this.limit = limit.of(length, flag);
        if (length == 0) {
            LoggerFactory.getLogger(Trainer.class).warn("a loader{} has no batches", name.isEmpty() ? "" : " named '" + name + "'");
        }
    }

    String name() {
        return name;
    }

    Iterable<?> loader() {
        return loader;
    }

    boolean hasLength() {
        return length >= 0;
    }

    /** Batches of an epoch; {@link Integer#MAX_VALUE} if unknown and unlimited. */
    int batches() {
        return limit;
    }

    boolean isResumable() {
        return loader instanceof Loader<?>;
    }

    /** Starts an epoch. */
    void open(long epoch) {
        if (loader instanceof Loader<?> l) {
            l.setEpoch(epoch);
        }
        iterator = loader.iterator();
        restored = null;
        taken = 0;
        beforeLookahead = null;
    }

    /** Takes the position of a loader that has one. */
    void restore(Map<String, Object> saved) {
        if (loader instanceof Loader<?> l) {
            l.loadStateDict(saved);
            restored = saved;
        }
    }

    /** Goes on in an epoch of which {@code done} batches were used; a loader that took no position reads and drops them. */
    void resume(int done) {
        iterator = loader.iterator();
        for (int i = 0; restored == null && i < done && iterator.hasNext(); i++) {
            iterator.next();
        }
        restored = null;
        taken = done;
        beforeLookahead = null;
    }

    boolean hasNext() {
        return taken < limit && iterator.hasNext();
    }

    Object next() {
        Object batch = iterator.next();
        taken++;
        if (length < 0 && loader instanceof Loader<?> l) {
            beforeLookahead = l.stateDict();
        }
        last = taken >= limit || !iterator.hasNext();
        return batch;
    }

    /** Whether the batch given last was the last. */
    boolean isLast() {
        return last;
    }

    /** The position after the batches given out; null for loaders that have none. */
    Map<String, Object> stateDict() {
        return restored != null ? restored : beforeLookahead != null ? beforeLookahead : loader instanceof Loader<?> l ? l.stateDict() : null;
    }
}
