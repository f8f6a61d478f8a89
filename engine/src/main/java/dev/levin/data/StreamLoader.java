package dev.levin.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Batches of a stream, pass after pass: each {@link #iterator()} is one pass, of unknown length.
 *
 * {@snippet :
 * var loader = new StreamLoader<>(TextLines.of(file).map(line -> parse(line)), 64).workers(2);
 * }
 *
 * <p>The stream is cut into {@link #parts} (one per worker, if not said otherwise); batches come from the parts in turn. The
 * cut, not the number of threads, decides order and content, and is saved with the position: a resume is exact with any number
 * of workers.
 */
public final class StreamLoader<B> extends BatchLoader<B, StreamLoader<B>> {
    private final Opener<B> opener;
    private final String name;
    private int parts;
    private Cursor current;

    @FunctionalInterface
    private interface Opener<B> {
        StreamPart<?, B> open(WorkerInfo worker, boolean dropLast, Map<String, Object> from);
    }

    /** Samples and batches of one type; see {@link Collate#stacking}. */
    public StreamLoader(IterableDataset<B> dataset, int batchSize) {
        this(dataset.name(), opener(dataset, batchSize, Collate.stacking()));
    }

    private StreamLoader(String name, Opener<B> opener) {
        this.name = name;
        this.opener = opener;
    }

    /** Batches made by a function of the samples. */
    public static <S, B> StreamLoader<B> of(IterableDataset<S> dataset, int batchSize, Collate<S, B> collate) {
        return new StreamLoader<B>(dataset.name(), opener(dataset, batchSize, collate));
    }

    private static <S, B> Opener<B> opener(IterableDataset<S> dataset, int batchSize, Collate<S, B> collate) {
        BatchSamplers.checkSize(batchSize);
        return (worker, drop, from) -> new StreamPart<>(dataset, worker, collate, batchSize, drop, from);
    }

    @Override
    StreamLoader<B> self() {
        return this;
    }

    /** Into how many parts the stream is cut; without this call, one for each worker. */
    public StreamLoader<B> parts(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a stream has at least 1 part, not " + count);
        }
        parts = count;
        return this;
    }

    /** Unknown: -1. */
    @Override
    public int length() {
        return -1;
    }

    @Override
    public Iterator<B> iterator() {
        if (current != null) {
            current.stop();
        }
        current = new Cursor(epoch++, resume);
        resume = null;
        return current;
    }

    private final class Cursor implements Iterator<B> {
        private final long pass;
        private final List<StreamPart<?, B>> open = new ArrayList<>();
        private final List<Map<String, Object>> positions = new ArrayList<>();
        private final StreamWorkers<B> ahead;
        private final Activity activity = new Activity();
        private int turn;
        private int left;
        private StreamWorkers.Taken<B> peeked;

        Cursor(long pass, Map<String, Object> from) {
            this.pass = pass;
            List<?> saved = from == null || !(from.get("parts") instanceof List<?> l) ? null : l;
            int count = saved != null ? saved.size() : parts > 0 ? parts : Math.max(1, workers);
            for (int i = 0; i < count; i++) {
                Map<String, Object> position = saved == null ? null : position(saved.get(i));
                open.add(opener.open(new WorkerInfo(i * world + rank, count * world, seed, pass), dropLast, position));
                positions.add(position == null ? Map.of("done", 0L, "exhausted", false) : position);
                left += isExhausted(i) ? 0 : 1;
            }
            turn = from != null && from.get("turn") instanceof Number n ? n.intValue() : 0;
            ahead = workers == 0 ? null : new StreamWorkers<>(open, workers, prefetch, timeout, name);
        }

        @SuppressWarnings("unchecked")
        private static Map<String, Object> position(Object saved) {
            return (Map<String, Object>) saved;
        }

        private boolean isExhausted(int part) {
            return Boolean.TRUE.equals(positions.get(part).get("exhausted"));
        }

        @Override
        public boolean hasNext() {
            while (peeked == null && left > 0) {
                while (ordered && isExhausted(turn)) {
                    turn = (turn + 1) % open.size();
                }
                StreamWorkers.Taken<B> t = take();
                if (!t.made().isEnd()) {
                    peeked = t;
                } else if (!isExhausted(t.part())) {
                    positions.set(t.part(), t.made().position());
                    left--;
                }
            }
            return peeked != null;
        }

        private StreamWorkers.Taken<B> take() {
            if (ahead == null) {
                int part = turn;
                while (isExhausted(part)) {
                    part = (part + 1) % open.size();
                }
                return new StreamWorkers.Taken<>(part, open.get(part).make(activity));
            }
            try {
                return ahead.take(ordered ? turn : -1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for a batch of " + name, e);
            }
        }

        @Override
        public B next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            StreamWorkers.Taken<B> t = peeked;
            peeked = null;
            positions.set(t.part(), t.made().position());
            turn = (t.part() + 1) % open.size();
            return t.made().batch();
        }

        void stop() {
            if (ahead != null) {
                ahead.stop();
            } else {
                open.forEach(StreamPart::close);
            }
        }
    }

    /** Seed, pass, and the position in each part after the batches handed out. */
    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("seed", seed);
        if (current != null && (current.left > 0 || current.peeked != null)) {
            m.put("epoch", current.pass);
            m.put("turn", current.turn);
            m.put("parts", List.copyOf(current.positions));
        } else {
            m.put("epoch", epoch);
        }
        return m;
    }

    /** The next {@link #iterator()} goes on from a saved position. */
    @Override
    public void loadStateDict(Map<String, Object> saved) {
        seed = ((Number) saved.get("seed")).longValue();
        epoch = ((Number) saved.get("epoch")).longValue();
        resume = Map.copyOf(saved);
        if (current != null) {
            current.stop();
            current = null;
        }
    }
}
