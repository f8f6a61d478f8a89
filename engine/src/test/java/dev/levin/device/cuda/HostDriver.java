package dev.levin.device.cuda;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.CudaException;
import dev.levin.device.cuda.driver.DeviceInfo;
import dev.levin.device.cuda.memory.HostMemory;
import dev.levin.kernel.cuda.HostCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A GPU made of the processor. Streams are queues that run as late as they may: only when somebody waits for them or for
 * an event in them, so that a forgotten wait shows. Every call is checked: the context is that of the thread, addresses
 * lie in live memory, handles exist, nothing waits during a capture, and at the end nothing is left.
 */
final class HostDriver implements CudaDriver {
    private static final byte FREED = (byte) 0xff;
    private static final long RESERVED = 96L << 20;

    private interface Task {
        void run();
    }

    private final class Ticket {
        final Stream stream;
        boolean done;

        Ticket(Stream stream) {
            this.stream = stream;
        }
    }

    private static final class Stream {
        final Deque<Task> tasks = new ArrayDeque<>();
        List<Task> capture;
    }

    private record Memory(Arena arena, long address, long bytes) {
    }

    private record Function(HostCode code, String name, long argumentBytes) {
    }

    private final DeviceInfo info;
    private final Map<Long, Stream> streams = new HashMap<>();
    private final Map<Long, Ticket> events = new HashMap<>();
    private final Map<Long, HostCode> modules = new HashMap<>();
    private final List<Function> functions = new ArrayList<>();
    private final Map<Long, List<Task>> graphs = new HashMap<>();
    private final TreeMap<Long, Memory> device = new TreeMap<>();
    private final TreeMap<Long, Memory> host = new TreeMap<>();
    private final TreeMap<Long, Long> mapped = new TreeMap<>();
    private Memory reserved;
    private Thread current;
    private long next = 1;
    private long taken;
    private boolean closed;
    long launches;
    long graphLaunches;
    /** Times the host waited for work that was not done. */
    long waits;
    /** The name of a function whose launch fails. */
    String broken;

    HostDriver(int processors, long bytes) {
        info = new DeviceInfo("processor as GPU", 90, processors, bytes);
    }

    // ---- checks ----------------------------------------------------------------------------------------------------------------

    private void check() {
        if (closed) {
            throw new AssertionError("the driver is closed");
        }
        if (current != Thread.currentThread()) {
            throw new AssertionError("the context belongs to " + current + ", not to " + Thread.currentThread());
        }
    }

    private static void inside(String what, TreeMap<Long, Memory> where, long address, long bytes) {
        Map.Entry<Long, Memory> e = where.floorEntry(address);
        if (e == null || address + bytes > e.getValue().address + e.getValue().bytes) {
            throw new AssertionError(what + ": " + bytes + " bytes at " + Long.toHexString(address) + " are not in live memory");
        }
    }

    private void onDevice(String what, long address, long bytes) {
        Map.Entry<Long, Long> e = mapped.floorEntry(address);
        if (e != null) {
            // neighbouring mappings count as one range
            long end = e.getKey() + e.getValue();
            while (end < address + bytes && mapped.containsKey(end)) {
                end += mapped.get(end);
            }
            if (address + bytes <= end) {
                return;
            }
        }
        inside(what, device, address, bytes);
    }

    private Stream stream(long s) {
        check();
        Stream x = streams.get(s);
        if (x == null) {
            throw new AssertionError("stream " + s + " does not exist");
        }
        return x;
    }

    private void noCapture(String what) {
        check();
        if (streams.values().stream().anyMatch(s -> s.capture != null)) {
            throw new CudaException(what + " during a capture", 900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
        }
    }

    /** Puts work on a stream, for libraries too. */
    void enqueue(long s, Runnable work) {
        Stream x = stream(s);
        if (x.capture != null) {
            x.capture.add(work::run);
        } else {
            x.tasks.add(work::run);
        }
    }

    private void drain(Stream s, Ticket until) {
        while (!s.tasks.isEmpty() && (until == null || !until.done)) {
            s.tasks.poll().run();
        }
    }

    // ---- driver ----------------------------------------------------------------------------------------------------------------

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public void makeCurrent() {
        current = Thread.currentThread();
    }

    @Override
    public long freeBytes() {
        check();
        return info.bytes() - taken;
    }

    private long take(TreeMap<Long, Memory> where, long bytes) {
        Arena arena = Arena.ofShared();
        MemorySegment m = arena.allocate(bytes, 256);
        m.fill(FREED);
        where.put(m.address(), new Memory(arena, m.address(), bytes));
        return m.address();
    }

    private void give(String what, TreeMap<Long, Memory> where, long address) {
        Memory m = where.remove(address);
        if (m == null) {
            throw new AssertionError(what + " of " + Long.toHexString(address) + ", which is not allocated");
        }
        m.arena.close();
    }

    private void claim(long bytes) {
        if (taken + bytes > info.bytes()) {
            throw new CudaException("allocation of " + bytes + " bytes", 2, "CUDA_ERROR_OUT_OF_MEMORY");
        }
        taken += bytes;
    }

    @Override
    public long allocate(long bytes, long s) {
        noCapture("allocate");
        stream(s);
        claim(bytes);
        return take(device, bytes);
    }

    @Override
    public void free(long address, long s) {
        noCapture("free");
        Memory m = device.get(address);
        if (m == null) {
            throw new AssertionError("free of " + Long.toHexString(address) + ", which is not allocated");
        }
        taken -= m.bytes;
        enqueue(s, () -> give("free", device, address));
    }

    @Override
    public long granularity() {
        return 64 << 10;
    }

    @Override
    public long reserve(long bytes) {
        check();
        Arena arena = Arena.ofShared();
        MemorySegment m = arena.allocate(Math.min(bytes, RESERVED), 4096);
        reserved = new Memory(arena, m.address(), m.byteSize());
        return m.address();
    }

    @Override
    public void unreserve(long address, long bytes) {
        check();
        if (!mapped.isEmpty() || reserved.address != address) {
            throw new AssertionError("addresses are given back while memory is mapped");
        }
        reserved.arena.close();
        reserved = null;
    }

    @Override
    public long map(long address, long bytes) {
        noCapture("map");
        if (bytes % granularity() != 0 || address < reserved.address || address + bytes > reserved.address + reserved.bytes) {
            throw new CudaException("mapping " + bytes + " bytes", 2, "CUDA_ERROR_OUT_OF_MEMORY");
        }
        claim(bytes);
        HostMemory.ALL.asSlice(address, bytes).fill(FREED);
        mapped.put(address, bytes);
        return next++;
    }

    @Override
    public void unmap(long address, long bytes, long handle) {
        noCapture("unmap");
        if (streams.values().stream().anyMatch(s -> !s.tasks.isEmpty())) {
            throw new AssertionError("memory is unmapped under work in progress");
        }
        if (!Long.valueOf(bytes).equals(mapped.remove(address))) {
            throw new AssertionError("unmap of what is not mapped");
        }
        taken -= bytes;
    }

    @Override
    public long allocateHost(long bytes) {
        noCapture("allocateHost");
        return take(host, bytes);
    }

    @Override
    public void freeHost(long address) {
        noCapture("freeHost");
        give("freeHost", host, address);
    }

    @Override
    public long createStream() {
        check();
        streams.put(next, new Stream());
        return next++;
    }

    @Override
    public void destroyStream(long s) {
        if (!stream(s).tasks.isEmpty()) {
            throw new AssertionError("a stream with work is destroyed");
        }
        streams.remove(s);
    }

    @Override
    public void synchronize(long s) {
        noCapture("synchronize");
        waits += stream(s).tasks.isEmpty() ? 0 : 1;
        drain(stream(s), null);
    }

    private Ticket ticket(long event) {
        check();
        if (!events.containsKey(event)) {
            throw new AssertionError("event " + event + " does not exist");
        }
        return events.get(event);
    }

    @Override
    public long createEvent(boolean timed) {
        check();
        events.put(next, null);
        return next++;
    }

    @Override
    public void destroyEvent(long event) {
        ticket(event);
        events.remove(event);
    }

    @Override
    public void record(long event, long s) {
        ticket(event);
        Ticket t = new Ticket(stream(s));
        events.put(event, t);
        enqueue(s, () -> t.done = true);
    }

    @Override
    public boolean isReached(long event) {
        noCapture("isReached");
        Ticket t = ticket(event);
        return t == null || t.done;
    }

    @Override
    public void await(long event) {
        noCapture("await");
        Ticket t = ticket(event);
        if (t != null) {
            waits += t.done ? 0 : 1;
            drain(t.stream, t);
        }
    }

    @Override
    public void waitFor(long s, long event) {
        Ticket t = ticket(event);
        if (t != null) {
            enqueue(s, () -> drain(t.stream, t));
        }
    }

    @Override
    public float milliseconds(long from, long to) {
        await(to);
        return 1;
    }

    @Override
    public void toDevice(long to, long from, long bytes, long s) {
        onDevice("copy to the device", to, bytes);
        inside("copy from pinned memory", host, from, bytes);
        enqueue(s, () -> {
            onDevice("copy to the device", to, bytes);
            MemorySegment.copy(HostMemory.ALL, from, HostMemory.ALL, to, bytes);
        });
    }

    @Override
    public void toHost(long to, long from, long bytes, long s) {
        onDevice("copy from the device", from, bytes);
        inside("copy to pinned memory", host, to, bytes);
        enqueue(s, () -> {
            onDevice("copy from the device", from, bytes);
            MemorySegment.copy(HostMemory.ALL, from, HostMemory.ALL, to, bytes);
        });
    }

    @Override
    public void copy(long to, long from, long bytes, long s) {
        onDevice("copy", from, bytes);
        onDevice("copy", to, bytes);
        enqueue(s, () -> {
            onDevice("copy", from, bytes);
            onDevice("copy", to, bytes);
            MemorySegment.copy(HostMemory.ALL, from, HostMemory.ALL, to, bytes);
        });
    }

    @Override
    public void fill(long address, int value, long bytes, long s) {
        onDevice("fill", address, bytes);
        enqueue(s, () -> {
            onDevice("fill", address, bytes);
            HostMemory.ALL.asSlice(address, bytes).fill((byte) value);
        });
    }

    @Override
    public long loadModule(byte[] image) {
        noCapture("loadModule");
        modules.put(next, HostCode.load(image));
        return next++;
    }

    @Override
    public void unloadModule(long module) {
        noCapture("unloadModule");
        if (modules.remove(module) == null) {
            throw new AssertionError("module " + module + " is not loaded");
        }
    }

    @Override
    public long function(long module, String name) {
        check();
        HostCode code = modules.get(module);
        if (code == null || !code.has(name)) {
            throw new CudaException("looking up " + name, 500, "CUDA_ERROR_NOT_FOUND");
        }
        functions.add(new Function(code, name, code.argumentBytes(name)));
        return functions.size() - 1;
    }

    @Override
    public void launch(long function, int blocks, int threads, long parameters, long s) {
        Function f = functions.get((int) function);
        if (blocks < 1 || threads < 1 || threads > 1024 || f.argumentBytes > 4096) {
            throw new CudaException("launch of " + f.name + " with " + blocks + " x " + threads + " threads and " + f.argumentBytes
                    + " bytes of arguments", 1, "CUDA_ERROR_INVALID_VALUE");
        }
        byte[] block = HostMemory.ALL.asSlice(HostMemory.getLong(parameters), f.argumentBytes).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        launches++;
        if (broken != null && f.name.contains(broken)) {
            throw new CudaException("launch of " + f.name, 719, "CUDA_ERROR_LAUNCH_FAILED");
        }
        enqueue(s, () -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = arena.allocate(f.argumentBytes, 16);
                MemorySegment.copy(block, 0, copy, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, block.length);
                f.code.launch(f.name, blocks, threads, arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_LONG, copy.address()));
            }
        });
    }

    @Override
    public void beginCapture(long s) {
        noCapture("beginCapture");
        stream(s).capture = new ArrayList<>();
    }

    @Override
    public long endCapture(long s) {
        Stream x = stream(s);
        if (x.capture == null) {
            throw new AssertionError("the stream is not captured");
        }
        graphs.put(next, x.capture);
        x.capture = null;
        return next++;
    }

    @Override
    public void launchGraph(long graph, long s) {
        List<Task> tasks = graphs.get(graph);
        if (tasks == null) {
            throw new AssertionError("graph " + graph + " does not exist");
        }
        graphLaunches++;
        stream(s).tasks.addAll(tasks);
    }

    @Override
    public void destroyGraph(long graph) {
        check();
        if (graphs.remove(graph) == null) {
            throw new AssertionError("graph " + graph + " does not exist");
        }
    }

    @Override
    public void close() {
        check();
        closed = true;
        StringBuilder left = new StringBuilder();
        if (!device.isEmpty()) {
            left.append(device.size()).append(" allocations, ");
        }
        if (!host.isEmpty()) {
            left.append(host.size()).append(" host allocations, ");
        }
        if (!events.isEmpty() || !streams.isEmpty() || !modules.isEmpty() || reserved != null) {
            left.append(events.size()).append(" events, ").append(streams.size()).append(" streams, ").append(modules.size()).append(" modules, ")
                    .append(reserved == null ? "no" : "a").append(" reservation");
        }
        if (!left.isEmpty()) {
            throw new AssertionError("left behind: " + left);
        }
    }
}
