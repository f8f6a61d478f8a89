package dev.levin.data;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** The iterators of derived streams. Those over a resumable source stay resumable where their own state is small. */
final class Iterators {
    private Iterators() {
    }

    static void close(Object iterator) throws IOException {
        try {
            if (iterator instanceof AutoCloseable c) {
                c.close();
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Passes on the state and the end of another iterator. */
    private abstract static class Over<S, T> implements ResumableIterator<T>, Closeable {
        final Iterator<S> source;
        private long done;

        Over(Iterator<S> source) {
            this.source = source;
        }

        /** Elements that this iterator took from its source and has not handed out. */
        abstract boolean holdsAny();

        final void passed() {
            done++;
        }

        final long done() {
            return done;
        }

        /** With a plain source, or with elements in hand, the number of elements handed out. */
        @Override
        public Map<String, Object> stateDict() {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("done", done);
            if (source instanceof ResumableIterator<?> r && !holdsAny()) {
                m.put("source", r.stateDict());
            }
            return m;
        }

        @Override
        @SuppressWarnings("unchecked")
        public void loadStateDict(Map<String, Object> saved) throws Exception {
            long wanted = ((Number) saved.get("done")).longValue();
            if (source instanceof ResumableIterator<?> r && saved.get("source") instanceof Map<?, ?> m) {
                r.loadStateDict((Map<String, Object>) m);
                done = wanted;
            } else {
                skip(wanted);
            }
        }

        void skip(long n) {
            for (long i = 0; i < n && hasNext(); i++) {
                next();
            }
        }

        @Override
        public void close() throws IOException {
            Iterators.close(source);
        }
    }

    static final class Mapped<S, T> extends Over<S, T> {
        private final LongFunction<RandomGenerator> randoms;
        private final BiFunction<? super S, RandomGenerator, ? extends T> function;

        Mapped(Iterator<S> source, LongFunction<RandomGenerator> randoms, BiFunction<? super S, RandomGenerator, ? extends T> function) {
            super(source);
            this.randoms = randoms;
            this.function = function;
        }

        @Override
        boolean holdsAny() {
            return false;
        }

        @Override
        public boolean hasNext() {
            return source.hasNext();
        }

        @Override
        public T next() {
            S sample = source.next();
            T result = function.apply(sample, randoms.apply(done()));
            passed();
            return result;
        }

        /** Without running the function. */
        @Override
        void skip(long n) {
            for (long i = 0; i < n && source.hasNext(); i++) {
                source.next();
                passed();
            }
        }
    }

    static final class Filtered<S> extends Over<S, S> {
        private final Predicate<? super S> condition;
        private S held;
        private boolean holds;

        Filtered(Iterator<S> source, Predicate<? super S> condition) {
            super(source);
            this.condition = condition;
        }

        @Override
        boolean holdsAny() {
            return holds;
        }

        @Override
        public boolean hasNext() {
            while (!holds && source.hasNext()) {
                held = source.next();
                holds = condition.test(held);
            }
            return holds;
        }

        @Override
        public S next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            holds = false;
            passed();
            return held;
        }
    }

    static final class Shuffled<S> extends Over<S, S> {
        private final int capacity;
        private final RandomGenerator random;
        private final List<S> waiting = new ArrayList<>();

        Shuffled(Iterator<S> source, int capacity, RandomGenerator random) {
            super(source);
            this.capacity = capacity;
            this.random = random;
        }

        /** What waits is part of the state: it is found again by reading again. */
        @Override
        boolean holdsAny() {
            return true;
        }

        @Override
        public boolean hasNext() {
            return !waiting.isEmpty() || source.hasNext();
        }

        @Override
        public S next() {
            while (waiting.size() < capacity && source.hasNext()) {
                waiting.add(source.next());
            }
            if (waiting.isEmpty()) {
                throw new NoSuchElementException();
            }
            int at = random.nextInt(waiting.size());
            S chosen = waiting.get(at);
            S last = waiting.removeLast();
            if (at < waiting.size()) {
                waiting.set(at, last);
            }
            passed();
            return chosen;
        }
    }

    /** Every n-th element. */
    static final class Every<S> extends Over<S, S> {
        private final int id;
        private final int workers;
        private boolean ready;

        Every(Iterator<S> source, int id, int workers) {
            super(source);
            this.id = id;
            this.workers = workers;
        }

        @Override
        boolean holdsAny() {
            return ready;
        }

        @Override
        public boolean hasNext() {
            if (!ready) {
                for (int i = done() == 0 ? workers - id : 1; i < workers; i++) {
                    if (!source.hasNext()) {
                        return false;
                    }
                    source.next();
                }
                ready = true;
            }
            return source.hasNext();
        }

        @Override
        public S next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ready = false;
            passed();
            return source.next();
        }
    }

    static final class Chained<S> implements ResumableIterator<S>, Closeable {
        private final List<IterableDataset<S>> parts;
        private final WorkerInfo worker;
        private int part = -1;
        private Iterator<S> current;
        private long inPart;

        Chained(List<IterableDataset<S>> parts, WorkerInfo worker) {
            this.parts = parts;
            this.worker = worker;
        }

        private void open(int number) {
            try {
                close();
                part = number;
                inPart = 0;
                current = parts.get(number).iterator(worker);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("stream " + number + " of " + parts.size() + ", " + parts.get(number).name() + ", can't be opened: " + e, e);
            }
        }

        @Override
        public boolean hasNext() {
            while ((current == null || !current.hasNext()) && part + 1 < parts.size()) {
                open(part + 1);
            }
            return current != null && current.hasNext();
        }

        @Override
        public S next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            inPart++;
            return current.next();
        }

        @Override
        public Map<String, Object> stateDict() {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("part", part);
            m.put("done", inPart);
            if (current instanceof ResumableIterator<?> r) {
                m.put("source", r.stateDict());
            }
            return m;
        }

        @Override
        @SuppressWarnings("unchecked")
        public void loadStateDict(Map<String, Object> saved) throws Exception {
            int number = ((Number) saved.get("part")).intValue();
            if (number < 0) {
                return;
            }
            open(number);
            inPart = ((Number) saved.get("done")).longValue();
            if (current instanceof ResumableIterator<?> r && saved.get("source") instanceof Map<?, ?> m) {
                r.loadStateDict((Map<String, Object>) m);
            } else {
                for (long i = 0; i < inPart && current.hasNext(); i++) {
                    current.next();
                }
            }
        }

        @Override
        public void close() throws IOException {
            Iterators.close(current);
        }
    }
}
