package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.memory.HostMemory;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * Ends of runs: an event and a copy of the error block in pinned memory for each. A mark is looked at when a result of its
 * run is read, or when a later run starts; its event and memory are used again once nobody holds it.
 */
final class Marks {
    static final int TRAP_BYTES = 32;
    private static final int SLOTS = 128;
    private static final Cleaner CLEANER = Cleaner.create(r -> {
        Thread t = new Thread(r, "levin-cuda-marks");
        t.setDaemon(true);
        return t;
    });

    private record Resource(long event, long trap) {
    }

    /** The end of one run. */
    static final class Mark {
        private final Resource resource;
        private final Function<long[], RuntimeException> explain;
        private boolean looked;
        private RuntimeException error;

        private Mark(Resource resource, Function<long[], RuntimeException> explain) {
            this.resource = resource;
            this.explain = explain;
        }

        long event() {
            return resource.event;
        }

        long trap() {
            return resource.trap;
        }

        /** Throws what went wrong; the event must have been reached. */
        void check() {
            if (!looked) {
                looked = true;
                long[] trap = new long[4];
                for (int i = 0; i < 4; i++) {
                    trap[i] = HostMemory.getLong(resource.trap + 8L * i);
                }
                error = trap[0] == 0 ? null : explain.apply(trap);
            }
            if (error != null) {
                throw error;
            }
        }
    }

    private final CudaDriver driver;
    private final ConcurrentLinkedQueue<Resource> free = new ConcurrentLinkedQueue<>();
    private final List<Resource> all = new ArrayList<>();
    private final List<Long> pages = new ArrayList<>();
    private final Deque<Mark> pending = new ArrayDeque<>();

    Marks(CudaDriver driver) {
        this.driver = driver;
    }

    /** @param explain makes an exception of the four words of the error block */
    Mark next(Function<long[], RuntimeException> explain) {
        Resource r = free.poll();
        if (r == null) {
            long page = driver.allocateHost((long) SLOTS * TRAP_BYTES);
            pages.add(page);
            for (int i = 0; i < SLOTS; i++) {
                Resource fresh = new Resource(driver.createEvent(false), page + (long) i * TRAP_BYTES);
                all.add(fresh);
                free.add(fresh);
            }
            r = free.poll();
        }
        for (int i = 0; i < 4; i++) {
            HostMemory.putLong(r.trap + 8L * i, 0);
        }
        Mark m = new Mark(r, explain);
        Resource back = r;
        CLEANER.register(m, () -> free.add(back));
        pending.add(m);
        return m;
    }

    /** Looks at the runs that have ended; throws the first error nobody has seen. */
    void poll() {
        while (!pending.isEmpty() && driver.isReached(pending.peek().event())) {
            Mark m = pending.poll();
            if (!m.looked) {
                m.check();
            }
        }
    }

    /** Runs submitted that have not been seen to end. */
    int inFlight() {
        return pending.size();
    }

    /** Waits for the oldest run. */
    void awaitOldest() {
        driver.await(pending.peek().event());
        poll();
    }

    void close() {
        all.forEach(r -> driver.destroyEvent(r.event));
        pages.forEach(driver::freeHost);
        pending.clear();
    }
}
