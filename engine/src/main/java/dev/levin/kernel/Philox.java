package dev.levin.kernel;

import java.util.Arrays;

/**
 * Philox4x32-10, the counter-based generator behind every random value (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011). Key words = low and high half of the seed; counter words = low half of q, high half of q XOR
 * high half of step, ordinal, low half of step, where q is the element index divided by four; an element is word
 * {@code element % 4} of its block. A value therefore depends on (seed, step, ordinal, element) only, never on
 * fusion, splitting or device.
 */
public final class Philox {
    private static final long M0 = 0xD2511F53L;
    private static final long M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final long LOW = 0xFFFFFFFFL;
    /** Blocks that go through the rounds together; their words fit the first-level cache. */
    private static final int BATCH = 256;

    private Philox() {
    }

    /** One block: replaces the four counter words in {@code c} by four random words. */
    public static void block(int[] c, int key0, int key1) {
        int c0 = c[0];
        int c1 = c[1];
        int c2 = c[2];
        int c3 = c[3];
        for (int round = 0; round < 10; round++) {
            long p0 = M0 * (c0 & LOW);
            long p1 = M1 * (c2 & LOW);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ key0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ key1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            key0 += W0;
            key1 += W1;
        }
        c[0] = c0;
        c[1] = c1;
        c[2] = c2;
        c[3] = c3;
    }

    private static void counter(int[] c, long step, int ordinal, long element) {
        long q = element >>> 2;
        c[0] = (int) q;
        c[1] = (int) (q >>> 32) ^ (int) (step >>> 32);
        c[2] = ordinal;
        c[3] = (int) step;
    }

    /** The random word of one element. */
    public static int bits(long seed, long step, int ordinal, long element) {
        int[] c = new int[4];
        counter(c, step, ordinal, element);
        block(c, (int) seed, (int) (seed >>> 32));
        return c[(int) (element & 3)];
    }

    /** Words of {@code n} consecutive elements starting at {@code first}, into {@code out[at..]}. */
    public static void fill(long seed, long step, int ordinal, long first, int[] out, int at, int n) {
        int done = 0;
        while (done < n && ((first + done) & 3) != 0) {
            out[at + done] = bits(seed, step, ordinal, first + done);
            done++;
        }
        int blocks = (n - done) / 4;
        if (blocks > 0) {
            blocks(seed, step, ordinal, (first + done) >>> 2, out, at + done, blocks);
            done += 4 * blocks;
        }
        for (; done < n; done++) {
            out[at + done] = bits(seed, step, ordinal, first + done);
        }
    }

    /** Many blocks at a time, one round over all of them after the other: loops that the JIT compiler vectorises. */
    private static void blocks(long seed, long step, int ordinal, long q, int[] out, int at, int n) {
        int size = Math.min(n, BATCH);
        long[] c0 = new long[size];
        long[] c1 = new long[size];
        long[] c2 = new long[size];
        long[] c3 = new long[size];
        for (int b = 0; b < n; b += size) {
            int m = Math.min(size, n - b);
            for (int j = 0; j < m; j++) {
                long block = q + b + j;
                c0[j] = block & LOW;
                c1[j] = (block >>> 32 ^ step >>> 32) & LOW;
            }
            Arrays.fill(c2, ordinal & LOW);
            Arrays.fill(c3, step & LOW);
            int key0 = (int) seed;
            int key1 = (int) (seed >>> 32);
            for (int r = 0; r < 10; r++, key0 += W0, key1 += W1) {
                round(c0, c1, c2, c3, m, key0 & LOW, key1 & LOW);
            }
            for (int j = 0, o = at + 4 * b; j < m; j++, o += 4) {
                out[o] = (int) c0[j];
                out[o + 1] = (int) c1[j];
                out[o + 2] = (int) c2[j];
                out[o + 3] = (int) c3[j];
            }
        }
    }

    private static void round(long[] c0, long[] c1, long[] c2, long[] c3, int n, long key0, long key1) {
        for (int j = 0; j < n; j++) {
            long p0 = M0 * c0[j];
            long p1 = M1 * c2[j];
            c0[j] = p1 >>> 32 ^ c1[j] ^ key0;
            c2[j] = p0 >>> 32 ^ c3[j] ^ key1;
            c1[j] = p1 & LOW;
            c3[j] = p0 & LOW;
        }
    }
}
