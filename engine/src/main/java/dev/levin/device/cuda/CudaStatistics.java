package dev.levin.device.cuda;

import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.device.cuda.load.ManagementLibrary;
import dev.levin.type.Device;
import java.util.Map;
import java.util.function.Supplier;

/** What a GPU does at the moment, for callbacks that log it. */
public final class CudaStatistics {
    private CudaStatistics() {
    }

    /**
     * Asks NVML: {@code gpu_percent, gpu_memory_percent, gpu_memory_used_mb, gpu_temperature_c, gpu_power_w, gpu_clock_mhz}; those
     * that it answers. Nothing for a device that is no GPU or where there is no NVML. Costs some tens of microseconds a call and
     * does not wait for the GPU.
     */
    public static Supplier<Map<String, Double>> of(Device device) {
        ManagementLibrary l = device.isCpu() || CudaInstallation.get().problem() != null ? null : ManagementLibrary.open(device.index());
        return l == null ? Map::of : l::read;
    }
}
