package dev.levin.kernel.jvm;

import java.util.List;

/**
 * A generated class and whether it may be used yet. Scalar code may be used at once; vector code is slower than any other
 * by orders of magnitude until the JIT compiler has it, so it is run on dummy data first ({@link Warmer}).
 */
final class Generated {
    final PassCode code;
    final List<PassProgram> passes;
    /** Passes that have vector code, by number. */
    final boolean[] vector;
    private volatile boolean ready;

    Generated(PassCode code, List<PassProgram> passes, boolean[] vector, boolean ready) {
        this.code = code;
        this.passes = passes;
        this.vector = vector;
        this.ready = ready;
    }

    boolean ready() {
        return ready;
    }

    void setReady() {
        ready = true;
    }
}
