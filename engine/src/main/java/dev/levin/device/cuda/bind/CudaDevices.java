package dev.levin.device.cuda.bind;

import dev.levin.device.cuda.execution.CudaOptions;
import dev.levin.device.cuda.execution.CudaRuntime;
import dev.levin.device.cuda.kernels.KernelCache;
import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.plan.PlanOptions;
import dev.levin.type.Device;

/** Opens real GPUs. */
public final class CudaDevices {
    private CudaDevices() {
    }

    /**
     * The device with NVIDIA's libraries, as the system properties want it.
     *
     * @throws IllegalStateException if a preset can't be initialised, naming the library
     */
    public static CudaRuntime open(Device device) {
        try {
            var driver = new BytedecoDriver(device.index());
            var libraries = new NvidiaLibraries(driver, CudaInstallation.get().usesCudnn());
            return new CudaRuntime(device, driver, new NvrtcCompiler(), libraries, CudaOptions.fromSystemProperties(),
                    PlanOptions.fromSystemProperties(), KernelCache.defaultFolder());
        } catch (LinkageError e) {
            throw new IllegalStateException(device + " can't be opened: " + e + ". Run 'levin doctor' for the whole picture", e);
        }
    }
}
