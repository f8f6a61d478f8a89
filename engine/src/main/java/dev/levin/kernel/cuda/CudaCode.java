package dev.levin.kernel.cuda;

import dev.levin.kernel.KernelSpec;

/**
 * The CUDA C++ of one spec under one schedule: functions {@code name} (one kernel a launch, its {@link Arguments} block by
 * value), {@code name_m} (many kernels a launch, a table of blocks), and with a split schedule {@code name_f} and
 * {@code name_fm}, which fold the pieces.
 *
 * @param name unique to the text
 * @param text what follows {@link CudaEmitter#prelude()} in a source file
 */
public record CudaCode(KernelSpec spec, Schedule schedule, String name, String text, Arguments arguments) {
    /** Name of the function for many kernels. */
    public String many() {
        return name + "_m";
    }

    /** Name of the function that folds pieces. */
    public String finish() {
        return name + "_f";
    }

    public String finishMany() {
        return name + "_fm";
    }
}
