package dev.levin.trainer;

/** Where a {@link Trainer} is with its work. */
public enum Status { INITIALIZING, RUNNING, FINISHED, INTERRUPTED }
