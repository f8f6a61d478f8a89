package dev.levin.examples.bench;

import dev.levin.device.Backend;
import dev.levin.device.BackendProvider;
import dev.levin.device.cuda.CudaProvider;
import dev.levin.type.Device;

/**
 * Runs on the first GPU what is meant for the CPU, so that corpora and the fuzzer test it unchanged: with the folder
 * {@code examples/gpu-check} on the class path and {@code -Dlevin.backend=everything-on-gpu}.
 */
public final class EverythingOnGpu implements BackendProvider {
    private final CudaProvider cuda = new CudaProvider();

    @Override
    public String name() {
        return "everything-on-gpu";
    }

    @Override
    public Device.Kind kind() {
        return Device.Kind.CPU;
    }

    @Override
    public int rank() {
        return -1;
    }

    @Override
    public String unavailable() {
        return cuda.unavailable();
    }

    @Override
    public int count() {
        return 1;
    }

    @Override
    public Backend create(Device device) {
        return cuda.create(device);
    }
}
