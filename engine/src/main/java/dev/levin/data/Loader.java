package dev.levin.data;

import java.util.Iterator;
import java.util.Map;

/**
 * Batches, epoch after epoch, with what a trainer can use beyond plain iteration: a length, an epoch number for shuffles,
 * and a position that can be saved. Any {@link Iterable} can feed a trainer; one that is a {@code Loader} resumes exactly.
 *
 * <p>{@code hasNext()} of the iterators says without reading ahead whether there is another batch, if the length is known.
 */
public interface Loader<B> extends Iterable<B> {
    /** Batches of one epoch; -1 when that is not known in advance. */
    int length();

    /** Starts an epoch, or goes on where {@link #loadStateDict} says. */
    @Override
    Iterator<B> iterator();

    /** The number of the next epoch, for shuffles that follow it. */
    default void setEpoch(long epoch) {}

    /** The position after the batches handed out so far: numbers, strings, lists, maps and tensors. */
    Map<String, Object> stateDict();

    /** The next {@link #iterator()} goes on from a saved position. */
    void loadStateDict(Map<String, Object> saved);

    /** Whether the order differs from epoch to epoch. */
    default boolean isShuffled() {
        return false;
    }

    /** The same batches in a fixed order. */
    default Loader<B> unshuffled() {
        return this;
    }
}
