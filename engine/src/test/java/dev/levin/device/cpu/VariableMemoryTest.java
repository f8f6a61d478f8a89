package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VariableMemoryTest {
    /** Many free ranges at once, taken from the middle of the list: live ranges stay apart, and all memory comes back. */
    @Test
    void rangesInUseNeverOverlap() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            var slab = new VariableMemory.Slab(1 << 16);
            Map<Long, Long> live = new HashMap<>();
            BitSet used = new BitSet();
            for (int i = 0; i < 5000; i++) {
                if (random.nextInt(100) < 52) {
                    long bytes = 64L * (1 + random.nextInt(20));
                    long at = slab.take(bytes);
                    if (at >= 0) {
                        int next = used.nextSetBit((int) (at / 64));
                        assertTrue(at + bytes <= 1 << 16 && (next < 0 || next >= (at + bytes) / 64),
                                "[" + at + ", " + (at + bytes) + ") overlaps what is in use; seed " + seed);
                        used.set((int) (at / 64), (int) ((at + bytes) / 64));
                        live.put(at, bytes);
                    }
                } else if (!live.isEmpty()) {
                    long at = List.copyOf(live.keySet()).get(random.nextInt(live.size()));
                    long bytes = live.remove(at);
                    used.clear((int) (at / 64), (int) ((at + bytes) / 64));
                    slab.give(at, bytes);
                }
            }
            live.forEach(slab::give);
            assertTrue(slab.isEmpty(), "everything was given back; seed " + seed);
        }
    }
}
