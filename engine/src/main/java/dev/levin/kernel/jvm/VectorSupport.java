package dev.levin.kernel.jvm;

import jdk.incubator.vector.FloatVector;

/** Facts about vector registers. Loaded only where the module {@code jdk.incubator.vector} is present. */
final class VectorSupport {
    private VectorSupport() {
    }

    /** Width of the widest vector registers the JVM likes to use. */
    static int bits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
}
