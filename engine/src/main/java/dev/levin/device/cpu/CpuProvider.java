package dev.levin.device.cpu;

import dev.levin.device.Backend;
import dev.levin.device.BackendProvider;
import dev.levin.type.Device;

/** Offers the compiled CPU backend under the name {@code cpu}, before the reference interpreter. */
public final class CpuProvider implements BackendProvider {
    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Device.Kind kind() {
        return Device.Kind.CPU;
    }

    @Override
    public int rank() {
        return 100;
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
        return new CpuBackend();
    }

    @Override
    public void prepare() {
        Rehearsal.run();
    }
}
