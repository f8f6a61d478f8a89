/**
 * NVIDIA GPUs as a device. {@link dev.levin.device.cuda.CudaReport} tells what a machine has; {@code load} finds driver
 * and libraries.
 */
package dev.levin.device.cuda;
