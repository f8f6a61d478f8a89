package dev.levin.device.cuda.load;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.Map;

/** NVML, the part of the driver that {@code nvidia-smi} asks, for one GPU. What it does not answer is left out. Thread-safe. */
public final class ManagementLibrary {
    private static final int SM_CLOCK = 1;

    private final SymbolLookup library;
    private final MemorySegment device;

    private ManagementLibrary(SymbolLookup library, MemorySegment device) {
        this.library = library;
        this.device = device;
    }

    /**
     * The GPU that CUDA counts as {@code index}.
     *
     * @return null where there is no NVML or it does not know the GPU
     */
    @SuppressWarnings("restricted")
    public static ManagementLibrary open(int index) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup library = SymbolLookup.libraryLookup("libnvidia-ml.so.1", Arena.global());
            if ((int) DriverProbe.function(library, "nvmlInit_v2", FunctionDescriptor.of(JAVA_INT)).invokeExact() != 0) {
                return null;
            }
            MemorySegment handle = arena.allocate(ADDRESS);
            // CUDA_VISIBLE_DEVICES and CUDA's own order don't count for NVML; the place on the bus does
            MemorySegment bus = arena.allocate(64);
            SymbolLookup driver = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
            int r = (int) DriverProbe.function(driver, "cuDeviceGetPCIBusId", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT))
                    .invokeExact(bus, 64, index);
            r = r != 0 ? r : (int) DriverProbe.function(library, "nvmlDeviceGetHandleByPciBusId_v2", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))
                    .invokeExact(bus, handle);
            return r == 0 ? new ManagementLibrary(library, handle.get(ADDRESS, 0)) : null;
        } catch (Throwable t) {
            return null;
        }
    }

    /** What the GPU does now: {@code gpu_percent, gpu_memory_percent, gpu_memory_used_mb, gpu_temperature_c, gpu_power_w, gpu_clock_mhz}. */
    public Map<String, Double> read() {
        Map<String, Double> all = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(64, 8);
            if (ask("nvmlDeviceGetUtilizationRates", out)) {
                all.put("gpu_percent", (double) out.get(JAVA_INT, 0));
            }
            if (ask("nvmlDeviceGetMemoryInfo", out)) {
                double total = out.get(JAVA_LONG, 0);
                double used = out.get(JAVA_LONG, 16);
                all.put("gpu_memory_percent", total > 0 ? 100 * used / total : 0);
                all.put("gpu_memory_used_mb", used / 1e6);
            }
            if (ask("nvmlDeviceGetTemperature", 0, out)) {
                all.put("gpu_temperature_c", (double) out.get(JAVA_INT, 0));
            }
            if (ask("nvmlDeviceGetPowerUsage", out)) {
                all.put("gpu_power_w", out.get(JAVA_INT, 0) / 1e3);
            }
            if (ask("nvmlDeviceGetClockInfo", SM_CLOCK, out)) {
                all.put("gpu_clock_mhz", (double) out.get(JAVA_INT, 0));
            }
        }
        return all;
    }

    private boolean ask(String function, MemorySegment out) {
        try {
            MethodHandle f = DriverProbe.function(library, function, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
            return (int) f.invokeExact(device, out) == 0;
        } catch (Throwable t) {
            return false;
        }
    }

    private boolean ask(String function, int which, MemorySegment out) {
        try {
            MethodHandle f = DriverProbe.function(library, function, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
            return (int) f.invokeExact(device, which, out) == 0;
        } catch (Throwable t) {
            return false;
        }
    }
}
