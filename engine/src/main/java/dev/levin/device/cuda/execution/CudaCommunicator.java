package dev.levin.device.cuda.execution;

import dev.levin.device.Communicator;
import dev.levin.device.cuda.libraries.Collectives;
import dev.levin.graph.Variable;

/** Variables of one GPU in a group, on the stream that plans run on. */
public final class CudaCommunicator implements Communicator {
    private final CudaRuntime runtime;
    private final Collectives group;

    /** @param id of the group, from {@link CudaRuntime#newGroup()} of one rank; returns when all ranks are there */
    public CudaCommunicator(CudaRuntime runtime, byte[] id, int rank, int size) {
        if (size < 1 || rank < 0 || rank >= size) {
            throw new IllegalArgumentException("rank " + rank + " of " + size + " is not one of 0 to " + (size - 1));
        }
        this.runtime = runtime;
        runtime.enter();
        try {
            group = runtime.libraries().group(id, rank, size);
            runtime.own(this, group::close);
        } finally {
            runtime.leave();
        }
    }

    @Override
    public int rank() {
        return group.rank();
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public void allReduce(Variable v, Reduction how) {
        change(v, b -> group.allReduce(b.address(), b.address(), b.numel(), b.dtype(), how, runtime.compute()));
    }

    @Override
    public void broadcast(Variable v, int root) {
        if (root < 0 || root >= size()) {
            throw new IllegalArgumentException("rank " + root + " is not one of 0 to " + (size() - 1));
        }
        change(v, b -> group.broadcast(b.address(), b.numel(), b.dtype(), root, runtime.compute()));
    }

    @Override
    public void allGather(Variable mine, Variable all) {
        fit(mine, all);
        change(all, b -> group.allGather(DeviceBuffer.own(runtime, mine).address(), b.address(), mine.shape().numel(), b.dtype(), runtime.compute()));
    }

    @Override
    public void reduceScatter(Variable all, Variable mine, Reduction how) {
        fit(mine, all);
        change(mine, b -> group.reduceScatter(DeviceBuffer.own(runtime, all).address(), b.address(), b.numel(), b.dtype(), how, runtime.compute()));
    }

    private void fit(Variable mine, Variable all) {
        if (mine.dtype() != all.dtype() || mine.shape().numel() * size() != all.shape().numel()) {
            throw new IllegalArgumentException(all + " must hold " + size() + " times the elements of " + mine);
        }
    }

    private void change(Variable v, java.util.function.Consumer<DeviceBuffer> work) {
        runtime.enter();
        try {
            work.accept(DeviceBuffer.own(runtime, v));
            v.changedInPlace();
        } finally {
            runtime.leave();
        }
    }

    @Override
    public void close() {
        runtime.enter();
        try {
            runtime.driver().synchronize(runtime.compute());
            runtime.disown(this);
            group.close();
        } finally {
            runtime.leave();
        }
    }
}
