package dev.levin.device.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Looks for NaN and infinities in native F32 memory, through blocks on the heap that the compiler vectorises. */
final class NonFiniteSearch {
    private static final int BLOCK = 1024;
    private static final int TASK = 1 << 16;
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int LARGEST = 0x7f7f_ffff;

    private NonFiniteSearch() {
    }

    static boolean finds(Team team, long address, long length) {
        MemorySegment all = MemorySegment.ofAddress(address).reinterpret(length * Float.BYTES);
        int tasks = (int) Math.clamp(length / TASK, 1, 64);
        int[] found = new int[tasks];
        team.run(tasks, t -> found[t] = search(all, length * t / tasks, length * (t + 1) / tasks));
        int any = 0;
        for (int f : found) {
            any |= f;
        }
        return any < 0;
    }

    /** Negative if there is one: as an integer its magnitude is above that of every number. */
    private static int search(MemorySegment all, long from, long to) {
        int[] block = new int[BLOCK];
        int found = 0;
        for (long at = from; at < to; at += BLOCK) {
            int n = (int) Math.min(BLOCK, to - at);
            MemorySegment.copy(all, ValueLayout.JAVA_INT, at * Float.BYTES, block, 0, n);
            int here = 0;
            for (int i = 0; i < n; i++) {
                here |= LARGEST - (block[i] & MAGNITUDE);
            }
            found |= here;
        }
        return found;
    }
}
