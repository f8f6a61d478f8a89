package dev.levin.device.cuda.memory;

import dev.levin.device.cuda.driver.CudaDriver;
import java.lang.foreign.MemorySegment;

/**
 * A ring of pinned host memory through which data goes to the device and back, in pieces of one slot. A slot is filled
 * again only when its last copy is done; that is the only wait.
 */
public final class Staging {
    private final CudaDriver driver;
    private final long slotBytes;
    private final long[] memory;
    private final long[] events;
    private final boolean[] used;
    private int next;

    public Staging(CudaDriver driver, int slots, long slotBytes) {
        this.driver = driver;
        this.slotBytes = slotBytes;
        memory = new long[slots];
        events = new long[slots];
        used = new boolean[slots];
        for (int i = 0; i < slots; i++) {
            memory[i] = driver.allocateHost(slotBytes);
            events[i] = driver.createEvent(false);
        }
    }

    /** Copies {@code from} to the device; {@code from} may change as soon as the method returns. */
    public void upload(MemorySegment from, long device, long stream) {
        for (long at = 0; at < from.byteSize(); at += slotBytes) {
            int slot = take();
            long n = Math.min(slotBytes, from.byteSize() - at);
            MemorySegment.copy(from, at, HostMemory.ALL, memory[slot], n);
            driver.toDevice(device + at, memory[slot], n, stream);
            driver.record(events[slot], stream);
            used[slot] = true;
        }
    }

    /** Copies from the device once the stream gets there, and waits for it. */
    public void download(long device, MemorySegment to, long stream) {
        int slots = memory.length;
        long pieces = (to.byteSize() + slotBytes - 1) / slotBytes;
        int[] slotOf = new int[slots];
        for (long p = 0; p < pieces + slots - 1; p++) {
            long done = p - (slots - 1);
            if (done >= 0) {
                int slot = slotOf[(int) (done % slots)];
                driver.await(events[slot]);
                MemorySegment.copy(HostMemory.ALL, memory[slot], to, done * slotBytes, Math.min(slotBytes, to.byteSize() - done * slotBytes));
            }
            if (p < pieces) {
                int slot = take();
                slotOf[(int) (p % slots)] = slot;
                driver.toHost(memory[slot], device + p * slotBytes, Math.min(slotBytes, to.byteSize() - p * slotBytes), stream);
                driver.record(events[slot], stream);
                used[slot] = true;
            }
        }
    }

    private int take() {
        int slot = next;
        next = (next + 1) % memory.length;
        if (used[slot]) {
            driver.await(events[slot]);
            used[slot] = false;
        }
        return slot;
    }

    public void close() {
        for (int i = 0; i < memory.length; i++) {
            if (used[i]) {
                driver.await(events[i]);
            }
            driver.freeHost(memory[i]);
            driver.destroyEvent(events[i]);
        }
    }
}
