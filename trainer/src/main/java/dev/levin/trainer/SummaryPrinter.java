package dev.levin.trainer;

/** A callback that prints a table of the model's layers at the start; the Trainer's {@code enableModelSummary} adds one. */
public interface SummaryPrinter extends Callback {}
