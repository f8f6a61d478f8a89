package dev.levin.device.cpu.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What {@link ConvCode} sums: entries, each a tile of the result with the runs that add up to it.
 *
 * <p>An entry is {result offset in bytes, flags, number of runs} and for each run {offset of A in bytes, first row of B,
 * length}, all of 32 bits.
 */
final class RunList {
    static final int RESULT = 0;
    static final int FLAGS = 1;
    static final int RUNS = 2;
    static final int HEADER = 3;
    static final int FROM_A = 0;
    static final int FROM_B = 1;
    static final int LENGTH = 2;
    static final int RUN = 3;

    /** The tile's sum so far is in memory. */
    static final int ADD = 1;
    /** Nothing is added later: bias and activation come. */
    static final int FINISH = 2;

    private final int aStep;
    private int[] words = new int[1024];
    private int size;
    private int entry;
    private int entries;

    /** @param aStep bytes between elements of A along a run */
    RunList(int aStep) {
        this.aStep = aStep;
    }

    /** Begins an entry and returns where. */
    int begin(long result, int flags) {
        room(HEADER);
        entry = size;
        words[entry + RESULT] = Math.toIntExact(result);
        words[entry + FLAGS] = flags;
        words[entry + RUNS] = 0;
        size += HEADER;
        entries++;
        return entry;
    }

    /** Adds a run to the entry, or lengthens its last one. */
    void add(long a, long b, int length) {
        int runs = words[entry + RUNS];
        if (runs > 0) {
            int last = size - RUN;
            int n = words[last + LENGTH];
            if (words[last + FROM_A] + (long) n * aStep == a && words[last + FROM_B] + n == b) {
                words[last + LENGTH] += length;
                return;
            }
        }
        room(RUN);
        words[size + FROM_A] = Math.toIntExact(a);
        words[size + FROM_B] = Math.toIntExact(b);
        words[size + LENGTH] = length;
        size += RUN;
        words[entry + RUNS]++;
    }

    private void room(int n) {
        if (size + n > words.length) {
            words = Arrays.copyOf(words, Math.multiplyExact(2, words.length));
        }
    }

    /** Entries so far. */
    int entries() {
        return entries;
    }

    /** Words so far: where the next entry begins. */
    int size() {
        return size;
    }

    MemorySegment memory() {
        MemorySegment m = Arena.ofAuto().allocate(4L * Math.max(1, size), 64);
        MemorySegment.copy(words, 0, m, ValueLayout.JAVA_INT, 0, size);
        return m;
    }
}
