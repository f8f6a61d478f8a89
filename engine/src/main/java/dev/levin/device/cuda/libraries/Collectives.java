package dev.levin.device.cuda.libraries;

import dev.levin.device.Communicator.Reduction;
import dev.levin.type.DType;

/** One rank of a group of GPUs, by addresses. Work goes on the stream; safe to capture. */
public interface Collectives extends AutoCloseable {
    int rank();

    int size();

    /** In place where {@code from} is {@code to}. */
    void allReduce(long from, long to, long count, DType type, Reduction how, long stream);

    void broadcast(long address, long count, DType type, int root, long stream);

    /** @param count elements of each rank */
    void allGather(long from, long to, long count, DType type, long stream);

    /** @param count elements of each rank */
    void reduceScatter(long from, long to, long count, DType type, Reduction how, long stream);

    @Override
    void close();
}
