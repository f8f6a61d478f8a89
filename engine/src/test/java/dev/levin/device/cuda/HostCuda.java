package dev.levin.device.cuda;

import dev.levin.device.cuda.driver.KernelCompiler;
import dev.levin.device.cuda.execution.CudaOptions;
import dev.levin.device.cuda.execution.CudaRuntime;
import dev.levin.device.cuda.libraries.DeviceLibraries;
import dev.levin.kernel.cuda.HostCode;
import dev.levin.plan.PlanOptions;
import dev.levin.type.Device;

/** CUDA backends whose GPU is the processor: real plans, real kernels compiled by g++, a checking driver. */
public final class HostCuda {
    private static final KernelCompiler GPP = new KernelCompiler() {
        @Override
        public String version() {
            return "g++";
        }

        @Override
        public byte[] compile(String source, int capability) {
            return HostCode.compile(source);
        }
    };

    final HostDriver driver;
    final HostLibraries libraries;
    final CudaBackend backend;

    HostCuda(PlanOptions plan, CudaOptions options, boolean withLibraries, long bytes) {
        driver = new HostDriver(132, bytes);
        libraries = new HostLibraries(driver);
        backend = new CudaBackend(new CudaRuntime(Device.CPU, driver, GPP, withLibraries ? libraries : DeviceLibraries.NONE, options, plan, null));
    }

    /** Why there is none here; null if there is. */
    public static String unavailable() {
        return HostCode.unavailable();
    }

    private static final class Shared {
        static final CudaBackend LIBRARIES = new HostCuda(PlanOptions.DEFAULT.withPoison(true), CudaOptions.DEFAULT, true, 1L << 30).backend;
        static final CudaBackend OWN = new HostCuda(PlanOptions.DEFAULT.withPoison(true), CudaOptions.DEFAULT, false, 1L << 30).backend;
    }

    /** With libraries emulated by the interpreter. */
    public static CudaBackend withLibraries() {
        return Shared.LIBRARIES;
    }

    /** Everything on Levin's own kernels. */
    public static CudaBackend withoutLibraries() {
        return Shared.OWN;
    }
}
