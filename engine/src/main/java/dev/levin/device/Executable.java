package dev.levin.device;

import dev.levin.graph.Buffer;

/** A compiled program, runnable any number of times. */
public interface Executable {
    /**
     * Runs once: reads the leaves, stores every assigned variable (and counts its new version), returns the outputs.
     *
     * @param leaves one per slot: a {@link Buffer} for INPUT, a {@link dev.levin.graph.Variable} for VARIABLE, a
     *     {@link dev.levin.graph.ScalarArg} for SCALAR
     * @return one buffer per output of the program, in order; they may still be computing
     */
    Buffer[] run(Object[] leaves);

    /** What it does, launch by launch, where the device can say. */
    default String report() {
        return "";
    }
}
