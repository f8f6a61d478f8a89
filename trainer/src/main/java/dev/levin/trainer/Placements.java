package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.strategies.Accelerators;
import dev.levin.type.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** What the place of a run means for other flags. */
public final class Placements {
    private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");

    private Placements() {
    }

    /**
     * The precision of a name on a device: {@code 16-mixed} becomes {@code bf16-mixed} on processors, which have no fast float16
     * and for which loss scaling gains nothing. A {@link Precision} object is taken as it is.
     *
     * @param name null for {@code 32-true}
     */
    public static Precision precision(String name, Device device) {
        Precision p = Precision.of(name == null ? "32-true" : name);
        if (!device.isCpu() || !p.name().equals("16-mixed")) {
            return p;
        }
        LoggerFactory.getLogger(Trainer.class).warn("precision '{}' is for GPUs; on the CPU 'bf16-mixed' is used instead. Pass the object "
                + "Precision.of(\"16-mixed\") to have float16 and loss scaling anyway", name);
        return Precision.of("bf16-mixed");
    }

    static void sayUnusedGpu(String accelerator, Device device) {
        if (device.isCpu() && unusedGpu(accelerator, DRIVER)) {
            LoggerFactory.getLogger(Trainer.class).warn("this machine has an NVIDIA GPU, and accelerator='{}' does not use it{}", accelerator,
                    accelerator.equalsIgnoreCase("auto") ? ": " + Accelerators.whyNotCuda() : "; accelerator 'auto' or 'cuda' would");
        }
    }

    /** Whether there is a GPU; found without loading CUDA. */
    static boolean unusedGpu(String accelerator, Path driver) {
        return !accelerator.equalsIgnoreCase("cuda") && !accelerator.equalsIgnoreCase("gpu") && Files.exists(driver);
    }
}
