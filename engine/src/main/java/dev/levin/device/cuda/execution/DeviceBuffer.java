package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.memory.Slabs;
import dev.levin.graph.Buffer;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;

/**
 * Elements in device memory: the memory of a variable, which runs change in place, or a result, which nothing changes.
 * Reading waits for the run that wrote it.
 */
final class DeviceBuffer implements Buffer {
    private static final Cleaner CLEANER = Cleaner.create(r -> {
        Thread t = new Thread(r, "levin-cuda-buffers");
        t.setDaemon(true);
        return t;
    });

    private final CudaRuntime runtime;
    private final DType dtype;
    private final long numel;
    private final Slabs.Region region;
    private final WeakReference<Variable> owner;
    /** The run that wrote it; null for a variable, whose last writer is not known. */
    private final Marks.Mark mark;
    private HostArray host;

    private DeviceBuffer(CudaRuntime runtime, DType dtype, long numel, Slabs.Region region, Variable owner, Marks.Mark mark) {
        this.runtime = runtime;
        this.dtype = dtype;
        this.numel = numel;
        this.region = region;
        this.owner = owner == null ? null : new WeakReference<>(owner);
        this.mark = mark;
        CLEANER.register(this, region::release);
    }

    /** Memory of a variable, contents undefined. */
    static DeviceBuffer of(CudaRuntime runtime, Variable v) {
        long n = v.shape().numel();
        return new DeviceBuffer(runtime, v.dtype(), n, runtime.slabs().allocate(v.kind().name().toLowerCase(java.util.Locale.ROOT), n * v.dtype().bytes()), v, null);
    }

    /** Memory for a result of the run that ends with the mark. */
    static DeviceBuffer of(CudaRuntime runtime, DType dtype, long numel, Marks.Mark mark) {
        return new DeviceBuffer(runtime, dtype, numel, runtime.slabs().allocate("results", numel * dtype.bytes()), null, mark);
    }

    /** The variable's own memory here, made from what holds its value now. */
    static DeviceBuffer own(CudaRuntime runtime, Variable v) {
        Buffer now = v.buffer();
        if (now instanceof DeviceBuffer d && d.belongsTo(runtime, v)) {
            return d;
        }
        DeviceBuffer mine = DeviceBuffer.of(runtime, v);
        if (now == null) {
            runtime.driver().fill(mine.address(), 0, mine.bytes(), runtime.compute());
        } else if (now instanceof DeviceBuffer d && d.isOn(runtime)) {
            runtime.driver().copy(mine.address(), d.address(), mine.bytes(), runtime.compute());
        } else {
            runtime.staging().upload(now.toHost().segment(), mine.address(), runtime.compute());
        }
        v.adopt(mine);
        return mine;
    }

    boolean isOn(CudaRuntime r) {
        return runtime == r;
    }

    boolean belongsTo(CudaRuntime r, Variable v) {
        return runtime == r && owner != null && owner.refersTo(v);
    }

    long address() {
        return region.address();
    }

    long bytes() {
        return numel * dtype.bytes();
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
        return runtime.device();
    }

    @Override
    public HostArray toHost() {
        runtime.enter();
        try {
            if (host != null) {
                return host;
            }
            HostArray h = HostArray.allocate(dtype, numel);
            if (mark == null) {
                // the last run may have changed it: in the order of the runs
                runtime.downwards().download(region.address(), h.segment(), runtime.compute());
                runtime.marks().poll();
                return h;
            }
            runtime.driver().waitFor(runtime.copyOut(), mark.event());
            runtime.downwards().download(region.address(), h.segment(), runtime.copyOut());
            runtime.driver().await(mark.event());
            mark.check();
            host = h;
            return h;
        } finally {
            runtime.leave();
            Reference.reachabilityFence(this);
        }
    }
}
