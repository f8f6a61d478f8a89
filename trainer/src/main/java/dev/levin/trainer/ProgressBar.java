package dev.levin.trainer;

/** A callback that shows progress; a Trainer has at most one. */
public interface ProgressBar extends Callback {
    /** Prints a line without breaking the bar. */
    void print(String line);
}
