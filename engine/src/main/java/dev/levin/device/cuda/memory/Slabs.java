package dev.levin.device.cuda.memory;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.CudaException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Long-lived memory in slabs by owner, so that the parameters of a model lie side by side. Ranges come back through
 * {@link Region#release}, which any thread may call; the next allocation takes them over. Otherwise one thread at a time.
 */
public final class Slabs {
    private static final long ALIGNMENT = 256;
    private static final long SLAB = 8 << 20;

    private final CudaDriver driver;
    private final Budget budget;
    private final long stream;
    private final Map<String, List<Slab>> slabs = new HashMap<>();
    private final Map<String, Long> used = new HashMap<>();
    private final ConcurrentLinkedQueue<Region> freed = new ConcurrentLinkedQueue<>();

    public Slabs(CudaDriver driver, Budget budget, long stream) {
        this.driver = driver;
        this.budget = budget;
        this.stream = stream;
    }

    private static final class Slab {
        final long address;
        final long bytes;
        final TreeMap<Long, Long> free = new TreeMap<>();

        Slab(long address, long bytes) {
            this.address = address;
            this.bytes = bytes;
            free.put(0L, bytes);
        }

        long take(long size) {
            for (Map.Entry<Long, Long> e : free.entrySet()) {
                if (e.getValue() >= size) {
                    long at = e.getKey();
                    long rest = e.getValue() - size;
                    free.remove(at);
                    if (rest > 0) {
                        free.put(at + size, rest);
                    }
                    return at;
                }
            }
            return -1;
        }

        void give(long at, long size) {
            Map.Entry<Long, Long> next = free.ceilingEntry(at + size);
            if (next != null && next.getKey() == at + size) {
                free.remove(next.getKey());
                size += next.getValue();
            }
            Map.Entry<Long, Long> last = free.lowerEntry(at);
            if (last != null && last.getKey() + last.getValue() == at) {
                at = last.getKey();
                size += last.getValue();
            }
            free.put(at, size);
        }

        boolean isEmpty() {
            return free.size() == 1 && free.firstEntry().getValue() == bytes;
        }
    }

    /** A range in use. */
    public final class Region {
        private final String owner;
        private final Slab slab;
        private final long offset;
        private final long bytes;

        private Region(String owner, Slab slab, long offset, long bytes) {
            this.owner = owner;
            this.slab = slab;
            this.offset = offset;
            this.bytes = bytes;
        }

        public long address() {
            return slab.address + offset;
        }

        public long bytes() {
            return bytes;
        }

        /** Gives the range back some time later. */
        public void release() {
            freed.add(this);
        }
    }

    /** Memory with undefined contents, aligned to 256 bytes. */
    public Region allocate(String owner, long bytes) {
        drain();
        long size = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        List<Slab> list = slabs.computeIfAbsent(owner, k -> new ArrayList<>());
        for (Slab s : list) {
            long at = s.take(size);
            if (at >= 0) {
                return region(owner, s, at, size);
            }
        }
        long total = Math.max(SLAB, size);
        budget.take(owner, total);
        long address;
        try {
            address = driver.allocate(total, stream);
        } catch (CudaException e) {
            budget.give(owner, total);
            throw e.isOutOfMemory() ? budget.outOfMemory(owner, total, e) : e;
        }
        Slab s = new Slab(address, total);
        list.add(s);
        return region(owner, s, s.take(size), size);
    }

    private Region region(String owner, Slab slab, long at, long size) {
        used.merge(owner, size, Long::sum);
        return new Region(owner, slab, at, size);
    }

    /** Takes over what was released; empty slabs but the last go back to the driver. */
    public void drain() {
        for (Region r = freed.poll(); r != null; r = freed.poll()) {
            r.slab.give(r.offset, r.bytes);
            used.merge(r.owner, -r.bytes, Long::sum);
            List<Slab> list = slabs.get(r.owner);
            if (r.slab.isEmpty() && list.size() > 1) {
                list.remove(r.slab);
                driver.free(r.slab.address, stream);
                budget.give(r.owner, r.slab.bytes);
            }
        }
    }

    /** Bytes in use by owner. */
    public Map<String, Long> used() {
        drain();
        Map<String, Long> copy = new HashMap<>(used);
        copy.values().removeIf(v -> v == 0);
        return copy;
    }

    /** Gives everything back; no range may be in use any more. */
    public void close() {
        slabs.values().stream().flatMap(List::stream).forEach(s -> driver.free(s.address, stream));
        slabs.clear();
    }
}
