package dev.levin.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;

/**
 * Keeps a routine's copy of a weight that the plan itself does not change, as in inference and validation and of layers that
 * are not trained. The copy is made when a second run finds the value of the run before, and made again after the value has
 * changed. {@code -Dlevin.keptCopies=false} copies in every run, as a routine alone does.
 */
final class KeptCopy implements Routine {
    private static final boolean ON = !"false".equals(System.getProperty("levin.keptCopies"));

    private final CopyingRoutine routine;
    private final int slot;
    private WeakReference<CpuBuffer> seen = new WeakReference<>(null);
    private long version;
    private boolean seenTwice;
    private boolean copied;
    private MemorySegment copy;

    private KeptCopy(CopyingRoutine routine, int slot) {
        this.routine = routine;
        this.slot = slot;
    }

    /**
     * {@code routine} with a kept copy where it reads one, else {@code routine}.
     *
     * @param slot the leaf slot of the variable that is the weight; negative if the weight is something else, or if the plan
     *     changes that variable
     */
    static Routine of(Routine routine, int slot) {
        return ON && slot >= 0 && routine instanceof CopyingRoutine c && c.copyBytes() > 0 ? new KeptCopy(c, slot) : routine;
    }

    /** Leaf slot of the weight. */
    int slot() {
        return slot;
    }

    /** Whether there is a copy of the value that the last run read. */
    boolean isCopied() {
        return copied;
    }

    /** Says what the next run reads: the memory and how often its value has changed. */
    void reads(CpuBuffer weight, long changes) {
        seenTwice = version == changes && seen.refersTo(weight);
        if (!seenTwice) {
            seen = new WeakReference<>(weight);
            version = changes;
            copied = false;
        }
    }

    @Override
    public void run(long[] operands, long result) {
        if (!seenTwice) {
            routine.run(operands, result);
            return;
        }
        if (!copied) {
            if (copy == null) {
                copy = Arena.ofAuto().allocate(routine.copyBytes(), 64);
            }
            routine.copy(operands[CopyingRoutine.WEIGHT], copy.address());
            copied = true;
        }
        routine.runCopied(operands, copy.address(), result);
    }
}
