/**
 * Running plans on a GPU. {@link dev.levin.device.cuda.execution.CudaRuntime} is one device: its streams, memory and
 * caches. {@link dev.levin.device.cuda.execution.CudaExecutable} is one plan: steps with addresses and argument blocks
 * filled in, submitted without waiting, captured into a graph once they are hot. Nothing here names NVIDIA's or Bytedeco's
 * classes; everything goes through the interfaces of {@code device.cuda.driver} and {@code device.cuda.libraries}.
 *
 * <p>One lock guards a device. Errors of kernels (an index out of range) surface when a result of the run is read, or at
 * the next run, whichever comes first.
 */
package dev.levin.device.cuda.execution;
