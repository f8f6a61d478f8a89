package dev.levin.trainer;

/** What the running loop does at this moment; within {@link Stage#FIT} it changes between training and validation. */
public enum Phase {
    TRAIN("train"), SANITY_CHECK("val"), VALIDATE("val"), TEST("test"), PREDICT("predict");

    private final String prefix;

    Phase(String prefix) {
        this.prefix = prefix;
    }

    /** How metric names and step names of the phase begin: {@code train}, {@code val}, {@code test}, {@code predict}. */
    public String prefix() {
        return prefix;
    }

    boolean isEvaluation() {
        return this != TRAIN;
    }
}
