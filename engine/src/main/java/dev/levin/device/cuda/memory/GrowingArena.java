package dev.levin.device.cuda.memory;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.CudaException;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that all plans share for intermediates, one run after the other. Addresses are reserved for as much as the
 * device has; memory is put under them as plans ask for more, so nothing ever moves and captured graphs stay valid.
 */
public final class GrowingArena {
    private static final String OWNER = "intermediates";

    private record Piece(long address, long bytes, long handle) {
    }

    private final CudaDriver driver;
    private final Budget budget;
    private final long granularity;
    private final long reserved;
    private final long address;
    private final List<Piece> pieces = new ArrayList<>();
    private long mapped;

    public GrowingArena(CudaDriver driver, Budget budget) {
        this.driver = driver;
        this.budget = budget;
        granularity = driver.granularity();
        reserved = (driver.info().bytes() + granularity - 1) / granularity * granularity;
        address = driver.reserve(reserved);
    }

    public long address() {
        return address;
    }

    /** Bytes with memory under them. */
    public long bytes() {
        return mapped;
    }

    /** Makes room for a plan. Work in progress is not disturbed. */
    public void reserve(long bytes) {
        if (bytes <= mapped) {
            return;
        }
        long more = (bytes - mapped + granularity - 1) / granularity * granularity;
        if (mapped + more > reserved) {
            throw budget.outOfMemory(OWNER, more, null);
        }
        budget.take(OWNER, more);
        try {
            pieces.add(new Piece(address + mapped, more, driver.map(address + mapped, more)));
        } catch (CudaException e) {
            budget.give(OWNER, more);
            throw e.isOutOfMemory() ? budget.outOfMemory(OWNER, more, e) : e;
        }
        mapped += more;
    }

    /** Gives everything back; no work may be in progress. */
    public void close() {
        for (Piece p : pieces) {
            driver.unmap(p.address, p.bytes, p.handle);
        }
        pieces.clear();
        mapped = 0;
        driver.unreserve(address, reserved);
    }
}
