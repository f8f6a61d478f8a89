package dev.levin.data;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** The random numbers of the samples of one batch: each sample has a generator of its own. */
@FunctionalInterface
public interface Draws {
    /** A new generator for the sample at a place of the batch, 0 to its size - 1; the same one every time. */
    RandomGenerator at(int place);

    /**
     * A generator that is a function of its arguments alone.
     *
     * @param position place of the sample in the epoch
     * @param index number of the sample
     */
    static RandomGenerator of(long seed, long epoch, long position, long index) {
        long h = mix(seed + 0x9E3779B97F4A7C15L);
        h = mix(h ^ epoch * 0xD1B54A32D192ED03L);
        h = mix(h ^ position * 0xABC98388FB8FAC03L);
        return new SplittableRandom(mix(h ^ index * 0x8CB92BA72F3D8DD7L));
    }

    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }
}
