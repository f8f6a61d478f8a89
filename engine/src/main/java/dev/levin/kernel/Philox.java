package dev.levin.kernel;

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
        int[] c = new int[4];
        int key0 = (int) seed;
        int key1 = (int) (seed >>> 32);
        int done = 0;
        while (done < n) {
            long element = first + done;
            counter(c, step, ordinal, element);
            block(c, key0, key1);
            for (int w = (int) (element & 3); w < 4 && done < n; w++, done++) {
                out[at + done] = c[w];
            }
        }
    }
}
