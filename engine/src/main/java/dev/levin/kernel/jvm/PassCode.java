package dev.levin.kernel.jvm;

/** Base of generated classes. */
abstract class PassCode {
    /** Runs one pass over a tile of {@code m} rows and {@code n} lanes. */
    abstract void run(int pass, Frame frame, int m, int n);
}
