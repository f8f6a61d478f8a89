package dev.levin.trainer;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What prediction gives, batch by batch, computed as it is asked for; nothing is kept. The run starts with the first
 * element and ends, with its teardown, after the last one or at {@link #close}.
 *
 * {@snippet :
 * for (Prediction p : trainer.predict(model, data)) { ... }
 * List<Object> all = trainer.predict(model, data).toList();
 * }
 */
public final class Predictions implements Iterable<Prediction>, AutoCloseable {
    private final PredictionLoop loop;
    private boolean taken;

    Predictions(PredictionLoop loop) {
        this.loop = loop;
    }

    /** Can be asked for once. */
    @Override
    public Iterator<Prediction> iterator() {
        if (taken) {
            throw new IllegalStateException("predictions are computed as they are read, and can be read once; call predict again, or collect them with "
                    + "toList()");
        }
        taken = true;
        return new Iterator<>() {
            private Prediction next;

            @Override
            public boolean hasNext() {
                if (next == null) {
                    next = loop.advance();
                }
                return next != null;
            }

            @Override
            public Prediction next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Prediction p = next;
                next = null;
                return p;
            }
        };
    }

    public Stream<Prediction> stream() {
        return StreamSupport.stream(spliterator(), false).onClose(this::close);
    }

    /** Runs to the end. */
    @Override
    public void forEach(Consumer<? super Prediction> action) {
        try (this) {
            Iterable.super.forEach(action);
        }
    }

    /** Runs to the end for its side effects: callbacks that write predictions. */
    public void drain() {
        forEach(p -> { });
    }

    /** All outputs of all loaders. */
    public List<Object> toList() {
        List<Object> all = new ArrayList<>();
        forEach(p -> all.add(p.output()));
        return all;
    }

    /** All outputs, one list per loader. */
    public List<List<Object>> toLists() {
        List<List<Object>> all = new ArrayList<>();
        forEach(p -> {
            while (all.size() <= p.loader()) {
                all.add(new ArrayList<>());
            }
            all.get(p.loader()).add(p.output());
        });
        return all;
    }

    /** Ends the run early; nothing to do when it is over. */
    @Override
    public void close() {
        loop.close();
    }
}
