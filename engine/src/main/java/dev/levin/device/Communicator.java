package dev.levin.device;

import dev.levin.graph.Variable;

/**
 * Devices of several processes, or of one, that exchange the values of variables. All ranks call the same methods in the same
 * order; with one rank every method leaves values as they are. Calls are ordered with the runs of the device and return before
 * the work is done. Used by one thread.
 */
public interface Communicator extends AutoCloseable {
    /** How values of the ranks become one. */
    enum Reduction { SUM, MEAN, MAX, MIN }

    int rank();

    int size();

    /** Replaces the variable's value by that of all ranks together. */
    void allReduce(Variable v, Reduction how);

    /** Replaces the variable's value by that of one rank. */
    void broadcast(Variable v, int root);

    /** Stores the values of all ranks one after the other; {@code all} has {@code size()} times as many elements. */
    void allGather(Variable mine, Variable all);

    /** Reduces {@code all} over the ranks and stores this rank's part of it; {@code all} has {@code size()} times as many elements. */
    void reduceScatter(Variable all, Variable mine, Reduction how);

    @Override
    void close();
}
