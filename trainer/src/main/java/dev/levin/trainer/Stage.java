package dev.levin.trainer;

import java.util.Locale;

/** Which entry point of the {@link Trainer} runs. */
public enum Stage {
    FIT, VALIDATE, TEST, PREDICT;

    /** {@code fit}, {@code validate}, {@code test}, {@code predict}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
