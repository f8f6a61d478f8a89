package dev.levin.plan;

import dev.levin.kernel.Kernel;

/**
 * A kernel with what to pass to it.
 *
 * @param buffers a storage for each pointer argument
 * @param offsets bytes from the start of that storage to what the pointer is set to
 * @param uniforms for each slot of its block of numbers, the host scalar instruction that fills it
 * @param members the instructions it computes, for reports and errors
 */
public record LoweredKernel(Kernel kernel, int[] buffers, long[] offsets, int[] uniforms, int[] members) {
}
