package dev.levin.device;

import dev.levin.graph.Program;
import dev.levin.type.Device;

/** A device that can compile and run programs. Implementations are thread-safe; runs of one backend are serial. */
public interface Backend {
    Device device();

    /** Compiles for this device; expensive, so callers cache by program. */
    Executable compile(Program program);

    /** Returns when every run that was submitted is over; throws the first error nobody has seen. Nothing to wait for where runs are over when they return. */
    default void await() {
    }

    /** Bytes of device memory taken for variables and intermediates; -1 where the device can't say. */
    default long reservedBytes() {
        return -1;
    }
}
