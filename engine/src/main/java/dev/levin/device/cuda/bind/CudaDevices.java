package dev.levin.device.cuda.bind;

import dev.levin.device.cuda.execution.CudaOptions;
import dev.levin.device.cuda.execution.CudaRuntime;
import dev.levin.device.cuda.kernels.KernelCache;
import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.plan.PlanOptions;
import dev.levin.type.Device;
import java.nio.file.Path;

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
            Path cubins = KernelCache.defaultFolder();
            CudaOptions options = CudaOptions.fromSystemProperties();
            var libraries = new NvidiaLibraries(driver, CudaInstallation.get().usesCudnn(), cubins, options.tune());
            return new CudaRuntime(device, driver, new NvrtcCompiler(), libraries, options, PlanOptions.fromSystemProperties(), cubins);
        } catch (LinkageError e) {
            throw new IllegalStateException(device + " can't be opened: " + e + ". Run 'levin doctor' for the whole picture", e);
        }
    }
}
