package dev.levin.device.cpu;

import dev.levin.graph.Buffer;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;

/** A value that a run will leave on the Java heap. */
final class PendingBuffer implements Buffer {
    private final RunQueue queue;
    private final DType dtype;
    private final long numel;
    private volatile RunQueue.Run run;
    private volatile HostArray value;

    /** @param queue null if the run is over when anyone can see the buffer */
    PendingBuffer(RunQueue queue, RunQueue.Run run, DType dtype, long numel) {
        this.queue = queue;
        this.run = run;
        this.dtype = dtype;
        this.numel = numel;
    }

    /** Called by the run. */
    void complete(HostArray result) {
        value = result;
        run = null;
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public long numel() {
        return numel;
    }

    @Override
    public Device device() {
        return null;
    }

    @Override
    public HostArray toHost() {
        HostArray v = value;
        if (v == null) {
            RunQueue.Run r = run;
            if (r != null) {
                queue.join(r);
            }
            v = value;
        }
        return v;
    }
}
