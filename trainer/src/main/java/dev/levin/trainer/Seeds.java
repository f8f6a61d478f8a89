package dev.levin.trainer;

import dev.levin.tensor.Generator;

/** Seeding. */
public final class Seeds {
    private static final long MAX = (1L << 32) - 1;

    private Seeds() {
    }

    /**
     * Starts the random numbers of this thread (weights, dropout, random tensors) from a seed. Loaders have a seed of their own.
     *
     * @return the seed
     * @throws IllegalArgumentException unless 0 &lt;= seed &lt; 2^32
     */
    public static long everything(long seed) {
        if (seed < 0 || seed > MAX) {
            throw new IllegalArgumentException("the seed " + seed + " is out of range; use 0 to " + MAX);
        }
        Generator.global().manualSeed(seed);
        return seed;
    }

    /** The seed of the environment variable {@code LEVIN_GLOBAL_SEED}; 0, with a warning, when there is none. */
    public static long everything() {
        return fromText(System.getenv("LEVIN_GLOBAL_SEED"));
    }

    static long fromText(String text) {
        if (text == null || text.isBlank()) {
            org.slf4j.LoggerFactory.getLogger(Trainer.class).warn("no seed was given; 0 is used");
            return everything(0);
        }
        try {
            return everything(Long.parseLong(text.trim()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("LEVIN_GLOBAL_SEED='" + text + "' is not a seed; use a number from 0 to " + MAX, e);
        }
    }
}
