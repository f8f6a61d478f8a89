package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;

/**
 * A realised value, wherever it lives. Immutable to everyone but the device that owns the memory of a
 * {@link Variable}.
 */
public interface Buffer {
    DType dtype();

    long numel();

    /** Null for memory of the Java heap, which any device can read when it binds its inputs. */
    Device device();

    /** The elements; waits for the device if they are not there yet. The caller must not write to the result. */
    HostArray toHost();

    /** A value on the Java heap. */
    record Host(HostArray toHost) implements Buffer {
        @Override
        public DType dtype() {
            return toHost.dtype();
        }

        @Override
        public long numel() {
            return toHost.length();
        }

        @Override
        public Device device() {
            return null;
        }
    }
}
