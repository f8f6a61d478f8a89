package dev.levin.data;

import java.util.Iterator;

/**
 * Which part of a stream is read, by whom and when.
 *
 * @param id 0 to workers - 1
 * @param workers into how many parts the stream is cut, over all processes
 * @param seed of the loader
 * @param epoch number of the pass
 */
public record WorkerInfo(int id, int workers, long seed, long epoch) {
    public WorkerInfo {
        if (workers < 1 || id < 0 || id >= workers) {
            throw new IllegalArgumentException("part " + id + " of " + workers + " does not exist; parts are 0 to workers - 1");
        }
    }

    /** The whole stream. */
    public static WorkerInfo single(long seed, long epoch) {
        return new WorkerInfo(0, 1, seed, epoch);
    }

    /** Every {@code workers}-th element, from the {@code id}-th on. */
    public <S> Iterator<S> share(Iterator<S> all) {
        return workers == 1 ? all : new Iterators.Every<>(all, id, workers);
    }
}
