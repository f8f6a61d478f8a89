package dev.levin.device.cuda;

import dev.levin.device.Backend;
import dev.levin.device.BackendProvider;
import dev.levin.device.cuda.bind.CudaDevices;
import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.type.Device;

/** Offers NVIDIA GPUs under the name {@code cuda}. Touches no NVIDIA library until the driver has said that it works. */
public final class CudaProvider implements BackendProvider {
    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public Device.Kind kind() {
        return Device.Kind.CUDA;
    }

    @Override
    public int rank() {
        return 200;
    }

    @Override
    public String unavailable() {
        return CudaInstallation.get().problem();
    }

    @Override
    public int count() {
        return unavailable() == null ? CudaInstallation.get().driver().gpus().size() : 0;
    }

    @Override
    public Backend create(Device device) {
        String problem = unavailable();
        if (problem != null) {
            throw new dev.levin.device.DeviceUnavailableException(device + " can't be used: " + problem);
        }
        return new CudaBackend(CudaDevices.open(device));
    }
}
