package dev.levin.device.cpu;

import dev.levin.graph.Variable;
import dev.levin.type.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Native memory of variables, in slabs by kind. Ranges of variables that nobody holds any more come back by a cleaner
 * that only puts them on a list; the next allocation takes them from there. Thread-safe.
 */
final class VariableMemory {
    private static final long ALIGNMENT = 64;
    private static final long SLAB = 1 << 20;
    private static final Cleaner CLEANER = Cleaner.create(r -> {
        Thread t = new Thread(r, "levin-cpu-cleaner");
        t.setDaemon(true);
        return t;
    });

    /** A piece of native memory with its free ranges, by offset. */
    static final class Slab {
        final Arena arena = Arena.ofShared();
        final MemorySegment memory;
        final TreeMap<Long, Long> free = new TreeMap<>();

        Slab(long bytes) {
            memory = Pages.allocate(bytes, arena);
            free.put(0L, bytes);
        }

        long take(long bytes) {
            for (Map.Entry<Long, Long> e : free.entrySet()) {
                // Read first: removing an inner node of a tree map moves its successor into the entry.
                long offset = e.getKey();
                long size = e.getValue();
                if (size >= bytes) {
                    free.remove(offset);
                    if (size > bytes) {
                        free.put(offset + bytes, size - bytes);
                    }
                    return offset;
                }
            }
            return -1;
        }

        void give(long offset, long bytes) {
            Map.Entry<Long, Long> next = free.higherEntry(offset);
            if (next != null && next.getKey() == offset + bytes) {
                free.remove(next.getKey());
                bytes += next.getValue();
            }
            Map.Entry<Long, Long> last = free.lowerEntry(offset);
            if (last != null && last.getKey() + last.getValue() == offset) {
                offset = last.getKey();
                bytes += last.getValue();
            }
            free.put(offset, bytes);
        }

        boolean isEmpty() {
            return free.size() == 1 && free.firstEntry().getValue() == memory.byteSize();
        }
    }

    /** A range in use. */
    record Region(Variable.Kind kind, Slab slab, long offset, long bytes) {
        MemorySegment memory() {
            return slab.memory.asSlice(offset, bytes);
        }
    }

    private final Map<Variable.Kind, List<Slab>> slabs = new EnumMap<>(Variable.Kind.class);
    private final Map<Variable.Kind, Long> used = new EnumMap<>(Variable.Kind.class);
    private final ConcurrentLinkedQueue<Region> freed = new ConcurrentLinkedQueue<>();

    /** Zeroed memory for a variable; it is free again some time after the buffer is unreachable. */
    synchronized CpuBuffer allocate(Variable owner, CpuBackend backend) {
        drain();
        DType dtype = owner.dtype();
        long bytes = Math.max(ALIGNMENT, (owner.shape().numel() * dtype.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Region r = region(owner.kind(), bytes);
        used.merge(owner.kind(), bytes, Long::sum);
        r.memory().fill((byte) 0);
        CpuBuffer b = new CpuBuffer(backend, owner, r.memory());
        ConcurrentLinkedQueue<Region> queue = freed;
        CLEANER.register(b, () -> queue.add(r));
        return b;
    }

    private Region region(Variable.Kind kind, long bytes) {
        List<Slab> list = slabs.computeIfAbsent(kind, k -> new ArrayList<>());
        for (Slab s : list) {
            long at = s.take(bytes);
            if (at >= 0) {
                return new Region(kind, s, at, bytes);
            }
        }
        Slab s = new Slab(Math.max(SLAB, bytes));
        list.add(s);
        return new Region(kind, s, s.take(bytes), bytes);
    }

    private void drain() {
        for (Region r = freed.poll(); r != null; r = freed.poll()) {
            r.slab.give(r.offset, r.bytes);
            used.merge(r.kind, -r.bytes, Long::sum);
            List<Slab> list = slabs.get(r.kind);
            if (r.slab.isEmpty() && list.size() > 1) {
                list.remove(r.slab);
                r.slab.arena.close();
            }
        }
    }

    /** Bytes that variables hold, by kind. */
    synchronized Map<Variable.Kind, Long> used() {
        drain();
        Map<Variable.Kind, Long> copy = new EnumMap<>(used);
        copy.values().removeIf(v -> v == 0);
        return copy;
    }

    /** Bytes taken from the system. */
    synchronized long reserved() {
        return slabs.values().stream().flatMap(List::stream).mapToLong(s -> s.memory.byteSize()).sum();
    }
}
