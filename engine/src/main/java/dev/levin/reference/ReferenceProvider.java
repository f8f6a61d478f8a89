package dev.levin.reference;

import dev.levin.device.Backend;
import dev.levin.device.BackendProvider;
import dev.levin.type.Device;

/** Offers the interpreter; ask for it with {@code -Dlevin.backend=reference}. */
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public Device.Kind kind() {
        return Device.Kind.CPU;
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public String unavailable() {
        return null;
    }

    @Override
    public int count() {
        return 1;
    }

    @Override
    public Backend create(Device device) {
        return new ReferenceBackend();
    }
}
