package dev.levin.reference;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011), and how a draw is
 * numbered. Every device follows this class bit for bit.
 *
 * <p>Word {@code i} of a draw is lane {@code i % 4} of one block, with q = i / 4:
 * <pre>
 * key     = { seed low 32 bits, seed high 32 bits }
 * counter = { q low 32 bits, q high 32 bits XOR step high 32 bits, ordinal, step low 32 bits }
 * </pre>
 * Seed and step are the 64-bit words of RANDOM_BITS's input, the ordinal is its attribute.
 */
public final class Philox {
    private static final int M0 = 0xD2511F53;
    private static final int M1 = 0xCD9E8D57;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    private Philox() {
    }

    /** Replaces the four counter words by four random words. */
    public static void block(int[] counter, int key0, int key1) {
        int c0 = counter[0];
        int c1 = counter[1];
        int c2 = counter[2];
        int c3 = counter[3];
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (M0 & 0xffffffffL) * (c0 & 0xffffffffL);
            long p1 = (M1 & 0xffffffffL) * (c2 & 0xffffffffL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ key0;
            c2 = (int) (p0 >>> 32) ^ c3 ^ key1;
            c1 = (int) p1;
            c3 = (int) p0;
            key0 += W0;
            key1 += W1;
        }
        counter[0] = c0;
        counter[1] = c1;
        counter[2] = c2;
        counter[3] = c3;
    }

    /** The first {@code n} words of a draw, as I32. */
    public static HostArray words(long seed, long step, int ordinal, long n) {
        int[] out = new int[Math.toIntExact(n)];
        int[] block = new int[4];
        for (int i = 0; i < out.length; i += 4) {
            int q = i / 4;
            block[0] = q;
            block[1] = (int) (step >>> 32);
            block[2] = ordinal;
            block[3] = (int) step;
            block(block, (int) seed, (int) (seed >>> 32));
            System.arraycopy(block, 0, out, i, Math.min(4, out.length - i));
        }
        return HostArray.wrap(DType.I32, out);
    }
}
