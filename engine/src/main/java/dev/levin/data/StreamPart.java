package dev.levin.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One part of a stream, read by one thread at a time: makes batches of consecutive samples.
 *
 * <p>Its position is the number of samples in the batches made so far, and what the iterator itself says.
 */
final class StreamPart<S, B> {
    /** A batch and the position after it; the batch is null at the end. */
    record Made<B>(B batch, Map<String, Object> position) {
        boolean isEnd() {
            return batch == null;
        }
    }

    private final IterableDataset<S> dataset;
    private final WorkerInfo worker;
    private final Collate<S, B> collate;
    private final int batchSize;
    private final boolean dropLast;
    private final Map<String, Object> from;
    private Iterator<S> iterator;
    private boolean opened;
    private long done;

    /** @param from a saved position; null for the beginning */
    StreamPart(IterableDataset<S> dataset, WorkerInfo worker, Collate<S, B> collate, int batchSize, boolean dropLast, Map<String, Object> from) {
        this.dataset = dataset;
        this.worker = worker;
        this.collate = collate;
        this.batchSize = batchSize;
        this.dropLast = dropLast;
        this.from = from;
    }

    Made<B> make(Activity activity) {
        List<S> samples = new ArrayList<>(batchSize);
        try {
            if (!opened) {
                open();
            }
            while (samples.size() < batchSize && iterator != null && iterator.hasNext()) {
                activity.sample((int) Math.min(Integer.MAX_VALUE, done));
                samples.add(iterator.next());
                done++;
            }
        } catch (SampleException e) {
            throw e;
        } catch (Exception e) {
            int index = (int) Math.min(Integer.MAX_VALUE, done);
            throw new SampleException(index, "sample " + done + " of part " + worker.id() + " of " + worker.workers() + " of " + dataset.name(), e);
        }
        if (samples.isEmpty() || dropLast && samples.size() < batchSize) {
            close();
            return new Made<>(null, Map.of("done", done, "exhausted", true));
        }
        try {
            B batch = collate.collate(samples);
            if (batch == null) {
                throw new IllegalArgumentException("the collate function gave null");
            }
            return new Made<>(batch, position());
        } catch (Exception e) {
            throw new LoaderException("the batch of samples " + (done - samples.size()) + " to " + (done - 1) + " of part " + worker.id() + " of "
                    + dataset.name() + " could not be made: " + (e instanceof IllegalArgumentException ? e.getMessage() : e.toString()), e);
        }
    }

    @SuppressWarnings("unchecked")
    private void open() throws Exception {
        opened = true;
        if (from != null && Boolean.TRUE.equals(from.get("exhausted"))) {
            return;
        }
        iterator = dataset.iterator(worker);
        if (from == null) {
            return;
        }
        done = ((Number) from.get("done")).longValue();
        if (iterator instanceof ResumableIterator<S> r && from.get("iterator") instanceof Map<?, ?> m) {
            r.loadStateDict((Map<String, Object>) m);
            return;
        }
        for (long i = 0; i < done; i++) {
            if (!iterator.hasNext()) {
                throw new IllegalStateException("the saved position is after " + done + " samples, but the stream ends after " + i);
            }
            iterator.next();
        }
    }

    private Map<String, Object> position() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("done", done);
        m.put("exhausted", false);
        if (iterator instanceof ResumableIterator<S> r) {
            m.put("iterator", r.stateDict());
        }
        return m;
    }

    /** Closes the iterator; one that can't be closed has nothing left that would be missed. */
    void close() {
        try {
            Iterators.close(iterator);
        } catch (java.io.IOException e) {
            org.slf4j.LoggerFactory.getLogger(StreamPart.class).warn("a stream of {} could not be closed: {}", dataset.name(), e.toString());
        }
        iterator = null;
        opened = true;
    }
}
