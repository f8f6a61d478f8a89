package dev.levin.device.cuda.kernels;

import dev.levin.type.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * One hand-written kernel for given types.
 *
 * @param name of its function
 * @param text CUDA C++ that follows the prelude
 * @param threads of a block
 */
public record RoutineKernel(String name, String text, int threads) {
    private static final String ROUTINES = "\n#ifndef LEVIN_ROUTINES\n#define LEVIN_ROUTINES\n" + read() + "#endif\n";

    /**
     * @param function template or function in {@code routines.cuh}
     * @param arguments struct it takes
     * @param call what follows the function's name, as {@code <float, i64>(a)}
     */
    static RoutineKernel of(String function, String arguments, int threads, String call) {
        String name = "r_" + function + "_" + call.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("_$", "").replaceAll("^_", "");
        return new RoutineKernel(name, ROUTINES + "extern \"C\" __global__ void __launch_bounds__(" + threads + ") " + name
                + "(const __grid_constant__ " + arguments + " a) { " + function + call + "; }\n", threads);
    }

    /** C++ type in which elements are summed. */
    static String accumulator(DType d) {
        return switch (d) {
            case F32, F16, BF16 -> "float";
            case F64 -> "double";
            default -> "i64";
        };
    }

    private static String read() {
        try (InputStream in = RoutineKernel.class.getResourceAsStream("routines.cuh")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("resource routines.cuh can't be read", e);
        }
    }
}
