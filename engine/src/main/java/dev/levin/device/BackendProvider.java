package dev.levin.device;

import dev.levin.type.Device;

/** Offers a backend; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
    /** Name to ask for by {@code -Dlevin.backend=NAME}. */
    String name();

    Device.Kind kind();

    /** The provider with the highest rank serves its kind of device. */
    int rank();

    /** Why this backend can't be used on this machine and what to do about it; null if it can. */
    String unavailable();

    /** Number of devices of this kind. */
    int count();

    Backend create(Device device);

    /**
     * Loads what the first program on such a device needs, so that it does not wait for it. Called on a thread of its own at
     * most once; changes nothing that anyone sees.
     */
    default void prepare() {
    }
}
