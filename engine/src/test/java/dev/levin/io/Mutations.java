package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Feeds damaged files to a reader: it must return or refuse, soon, and allocate no more than the file can justify. */
final class Mutations {
    private static final long ALLOCATION_LIMIT = 32L << 20;
    private static final long TIME_LIMIT_NANOS = 5_000_000_000L;

    private Mutations() {
    }

    @FunctionalInterface
    interface Reader {
        Object read(Path file) throws IOException;
    }

    static void check(byte[] good, long seed, Path file, Reader reader) throws IOException {
        Files.write(file, mutate(good, new Random(seed)));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        try {
            reader.read(file);
        } catch (FormatException refused) {
            assertTrue(refused.reason().length() > 10, refused.getMessage());
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < ALLOCATION_LIMIT, () -> "allocated " + allocated + " bytes");
        assertTrue(System.nanoTime() - start < TIME_LIMIT_NANOS, "took too long");
    }

    private static byte[] mutate(byte[] good, Random r) {
        byte[] b = good.clone();
        int rounds = 1 + r.nextInt(4);
        for (int i = 0; i < rounds && b.length > 0; i++) {
            int at = r.nextInt(b.length);
            switch (r.nextInt(6)) {
                case 0 -> b[at] = (byte) r.nextInt(256);
                case 1 -> b[at] ^= (byte) (1 << r.nextInt(8));
                case 2 -> b = Arrays.copyOf(b, at);
                case 3 -> Arrays.fill(b, at, Math.min(b.length, at + 1 + r.nextInt(8)), (byte) (r.nextBoolean() ? -1 : 0x7f));
                case 4 -> {
                    int from = r.nextInt(b.length);
                    int n = Math.min(r.nextInt(16), b.length - Math.max(at, from));
                    System.arraycopy(b, from, b, at, n);
                }
                default -> {
                    byte[] longer = new byte[b.length + 1];
                    System.arraycopy(b, 0, longer, 0, at);
                    System.arraycopy(b, at, longer, at + 1, b.length - at);
                    longer[at] = (byte) "0123456789{}[],:\"'.-eE"
                            .charAt(r.nextInt(22));
                    b = longer;
                }
            }
        }
        return b;
    }
}
