package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.KernelCompiler;
import dev.levin.device.cuda.kernels.KernelCache;
import dev.levin.device.cuda.libraries.DeviceLibraries;
import dev.levin.device.cuda.load.ProfilerRanges;
import dev.levin.device.cuda.memory.Budget;
import dev.levin.device.cuda.memory.GrowingArena;
import dev.levin.device.cuda.memory.Slabs;
import dev.levin.device.cuda.memory.Staging;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.PlanOptions;
import dev.levin.type.Device;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** One GPU: driver, streams, memory, compiled kernels, libraries. What plans share. */
public final class CudaRuntime implements AutoCloseable {
    private static final long RING = 16L << 20;

    private final Device device;
    private final CudaDriver driver;
    private final DeviceLibraries libraries;
    private volatile CudaOptions options;
    private final PlanOptions planOptions;
    private final boolean layout;
    private final ReentrantLock lock = new ReentrantLock();
    private final long compute;
    private final long copyIn;
    private final long copyOut;
    /** Recorded and waited for at once, so one is enough. */
    private final long arrived;
    private final Budget budget;
    private final Slabs slabs;
    private final GrowingArena arena;
    private final Staging upwards;
    private final Staging downwards;
    private final KernelCache kernels;
    private final Marks marks;
    /** Null unless they are asked for. */
    private final ProfilerRanges ranges;
    /** What plans hold of libraries and driver, to be given back at the end at the latest. */
    private final Map<Object, Runnable> owned = new ConcurrentHashMap<>();
    private boolean closed;

    /** @param cubins folder for compiled kernels, or null */
    public CudaRuntime(Device device, CudaDriver driver, KernelCompiler compiler, DeviceLibraries libraries, CudaOptions options,
            PlanOptions planOptions, Path cubins) {
        this.device = device;
        this.driver = driver;
        this.libraries = libraries;
        this.options = options;
        this.planOptions = planOptions.withLayout(false);
        layout = planOptions.layout();
        driver.makeCurrent();
        compute = driver.createStream();
        copyIn = driver.createStream();
        copyOut = driver.createStream();
        arrived = driver.createEvent(false);
        budget = Budget.of(driver.freeBytes());
        slabs = new Slabs(driver, budget, compute);
        arena = new GrowingArena(driver, budget);
        upwards = new Staging(driver, RING);
        downwards = new Staging(driver, RING);
        kernels = new KernelCache(driver, compiler, cubins);
        marks = new Marks(driver);
        ranges = options.ranges() ? ProfilerRanges.open() : null;
    }

    public Device device() {
        return device;
    }

    public CudaDriver driver() {
        return driver;
    }

    DeviceLibraries libraries() {
        return libraries;
    }

    public CudaOptions options() {
        return options;
    }

    /** Options of the plans made from now on. */
    public void options(UnaryOperator<CudaOptions> change) {
        options = change.apply(options);
    }

    public PlanOptions planOptions() {
        return planOptions;
    }

    /** The passes for a program: images have their channels last where tensor cores compute convolutions. */
    public PlanOptions planOptions(Program program) {
        if (!layout || !libraries.prefersChannelsLast()) {
            return planOptions;
        }
        for (int i = 0; i < program.size(); i++) {
            if (program.instr(i).op() == Op.CONV && program.instr(i).dtype().isHalf()) {
                return planOptions.withLayout(true);
            }
        }
        return planOptions;
    }

    /** Held while anything of the device is used; the thread that takes it gets the context. */
    void enter() {
        lock.lock();
        if (closed) {
            lock.unlock();
            throw new IllegalStateException(device + " is closed");
        }
        driver.makeCurrent();
    }

    void leave() {
        lock.unlock();
    }

    long compute() {
        return compute;
    }

    long copyIn() {
        return copyIn;
    }

    long copyOut() {
        return copyOut;
    }

    long arrived() {
        return arrived;
    }

    Budget budget() {
        return budget;
    }

    Slabs slabs() {
        return slabs;
    }

    GrowingArena arena() {
        return arena;
    }

    Staging staging() {
        return upwards;
    }

    Staging downwards() {
        return downwards;
    }

    KernelCache kernels() {
        return kernels;
    }

    Marks marks() {
        return marks;
    }

    /** Begins a range in NVIDIA's profilers, where they are asked for. */
    void push(Supplier<String> name) {
        if (ranges != null) {
            ranges.push(name.get());
        }
    }

    void pop() {
        if (ranges != null) {
            ranges.pop();
        }
    }

    /** Has {@code release} called when the device is closed, unless the key is disowned before. */
    void own(Object key, Runnable release) {
        owned.put(key, release);
    }

    void disown(Object key) {
        owned.remove(key);
    }

    /** The id of a new group of GPUs, for one rank to hand to all. */
    public byte[] newGroup() {
        enter();
        try {
            return libraries.newGroup();
        } finally {
            leave();
        }
    }

    /** Waits until everything submitted has run; throws the first error. */
    public void await() {
        enter();
        try {
            driver.synchronize(compute);
            marks.poll();
        } finally {
            leave();
        }
    }

    /** Bytes taken from the device by owner. */
    public Map<String, Long> bytesByOwner() {
        enter();
        try {
            return new TreeMap<>(budget.byOwner());
        } finally {
            leave();
        }
    }

    /** Bytes of long-lived memory in use by owner. */
    public Map<String, Long> usedByOwner() {
        enter();
        try {
            return new TreeMap<>(slabs.used());
        } finally {
            leave();
        }
    }

    /** Compiles kernels before a plan needs them; CUDA C++ by name. */
    public void prepare(Map<String, String> texts) {
        enter();
        try {
            kernels.require(texts);
        } finally {
            leave();
        }
    }

    /** CUDA C++ of the kernels that plans have needed so far, by name; what each follows is {@code CudaEmitter.prelude()}. */
    public Map<String, String> kernelTexts() {
        enter();
        try {
            return kernels.texts();
        } finally {
            leave();
        }
    }

    /** Programs compiled and programs taken from disk so far. */
    public long[] compilations() {
        return kernels.counts();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            driver.makeCurrent();
            driver.synchronize(compute);
            driver.synchronize(copyIn);
            driver.synchronize(copyOut);
            owned.values().forEach(Runnable::run);
            owned.clear();
            upwards.close();
            downwards.close();
            marks.close();
            kernels.close();
            libraries.close();
            arena.close();
            slabs.close();
            driver.synchronize(compute);
            driver.destroyEvent(arrived);
            driver.destroyStream(copyIn);
            driver.destroyStream(copyOut);
            driver.destroyStream(compute);
            driver.close();
        } finally {
            lock.unlock();
        }
    }
}
