package dev.levin.device.cuda.memory;

import dev.levin.device.cuda.driver.CudaDriver;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A ring of pinned host memory through which data goes to the device and back, in pieces. Memory is used again only when its
 * copy is done; that is the only wait, and one that small uploads of many runs do not reach.
 */
public final class Staging {
    private static final long ALIGNMENT = 64;

    private record Piece(long from, long to, long event) {
        boolean overlaps(long a, long b) {
            return a < to && from < b;
        }
    }

    private final CudaDriver driver;
    private final long bytes;
    private final long memory;
    private final Deque<Piece> inFlight = new ArrayDeque<>();
    private final Deque<Long> events = new ArrayDeque<>();
    private long head;

    /** @param bytes of the ring; a copy goes in pieces of a quarter of it */
    public Staging(CudaDriver driver, long bytes) {
        this.driver = driver;
        this.bytes = bytes;
        memory = driver.allocateHost(bytes);
    }

    /** Copies {@code from} to the device; {@code from} may change as soon as the method returns. */
    public void upload(MemorySegment from, long device, long stream) {
        for (long at = 0; at < from.byteSize(); at += bytes / 4) {
            long n = Math.min(bytes / 4, from.byteSize() - at);
            long place = room(n);
            MemorySegment.copy(from, at, HostMemory.ALL, memory + place, n);
            driver.toDevice(device + at, memory + place, n, stream);
            submitted(place, n, stream);
        }
    }

    /** Copies from the device once the stream gets there, and waits for it. */
    public void download(long device, MemorySegment to, long stream) {
        Deque<Piece> open = new ArrayDeque<>();
        long copied = 0;
        for (long at = 0; at < to.byteSize(); at += bytes / 4) {
            if (open.size() == 2) {
                copied = take(open.poll(), to, copied);
            }
            long n = Math.min(bytes / 4, to.byteSize() - at);
            long place = room(n);
            driver.toHost(memory + place, device + at, n, stream);
            open.add(submitted(place, n, stream));
        }
        while (!open.isEmpty()) {
            copied = take(open.poll(), to, copied);
        }
    }

    private long take(Piece p, MemorySegment to, long at) {
        driver.await(p.event);
        long n = Math.min(p.to - p.from, to.byteSize() - at);
        MemorySegment.copy(HostMemory.ALL, memory + p.from, to, at, n);
        return at + n;
    }

    /** An offset at which so many bytes are free. */
    private long room(long n) {
        long size = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (head + size > bytes) {
            head = 0;
        }
        long at = head;
        while (inFlight.stream().anyMatch(p -> p.overlaps(at, at + size))) {
            Piece oldest = inFlight.poll();
            driver.await(oldest.event);
            events.add(oldest.event);
        }
        head += size;
        return at;
    }

    private Piece submitted(long at, long n, long stream) {
        // those that are done make room for events
        while (!inFlight.isEmpty() && driver.isReached(inFlight.peek().event)) {
            events.add(inFlight.poll().event);
        }
        long event = events.isEmpty() ? driver.createEvent(false) : events.poll();
        driver.record(event, stream);
        Piece p = new Piece(at, at + n, event);
        inFlight.add(p);
        return p;
    }

    public void close() {
        for (Piece p : inFlight) {
            driver.await(p.event);
            driver.destroyEvent(p.event);
        }
        inFlight.clear();
        events.forEach(driver::destroyEvent);
        events.clear();
        driver.freeHost(memory);
    }
}
