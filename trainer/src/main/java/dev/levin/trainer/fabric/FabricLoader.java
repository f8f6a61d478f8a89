package dev.levin.trainer.fabric;

import dev.levin.data.Loader;
import java.util.Iterator;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A loader whose batches come out on the device and in the working dtype. */
final class FabricLoader<B> implements Loader<B> {
    private final Iterable<B> source;
    private final UnaryOperator<B> transfer;

    FabricLoader(Iterable<B> source, UnaryOperator<B> transfer) {
        this.source = source;
        this.transfer = transfer;
    }

    @Override
    public int length() {
        return switch (source) {
            case Loader<B> l -> l.length();
            case java.util.Collection<?> c -> c.size();
            default -> -1;
        };
    }

    @Override
    public Iterator<B> iterator() {
        Iterator<B> it = source.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return it.hasNext();
            }

            @Override
            public B next() {
                return transfer.apply(it.next());
            }
        };
    }

    @Override
    public void setEpoch(long epoch) {
        if (source instanceof Loader<B> l) {
            l.setEpoch(epoch);
        }
    }

    @Override
    public Map<String, Object> stateDict() {
        return source instanceof Loader<B> l ? l.stateDict() : Map.of();
    }

    @Override
    public void loadStateDict(Map<String, Object> saved) {
        if (source instanceof Loader<B> l) {
            l.loadStateDict(saved);
        }
    }

    @Override
    public boolean isShuffled() {
        return source instanceof Loader<B> l && l.isShuffled();
    }
}
