package dev.levin.device.cpu;

import dev.levin.graph.Buffer;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;

/** The memory of one variable. Runs change it in place; reading waits for them. */
final class CpuBuffer implements Buffer {
    private final CpuBackend backend;
    private final WeakReference<Variable> owner;
    private final DType dtype;
    private final long numel;
    private final MemorySegment memory;

    CpuBuffer(CpuBackend backend, Variable owner, MemorySegment memory) {
        this.backend = backend;
        this.owner = new WeakReference<>(owner);
        this.dtype = owner.dtype();
        this.numel = owner.shape().numel();
        this.memory = memory;
    }

    boolean belongsTo(CpuBackend b, Variable v) {
        return backend == b && owner.refersTo(v);
    }

    long address() {
        return memory.address();
    }

    MemorySegment memory() {
        return memory;
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
        return Device.CPU;
    }

    @Override
    public HostArray toHost() {
        backend.await();
        HostArray h = HostArray.allocate(dtype, numel);
        h.copyFrom(memory);
        java.lang.ref.Reference.reachabilityFence(this);
        return h;
    }
}
