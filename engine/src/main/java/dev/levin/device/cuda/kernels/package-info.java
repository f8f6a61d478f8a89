/**
 * Code for the GPU: {@link dev.levin.device.cuda.kernels.KernelCache} compiles what plans need, in batches, and keeps it in
 * memory and on disk; {@link dev.levin.device.cuda.kernels.Routines} holds the kernels that are written by hand because no
 * fused kernel and no library does their work.
 */
package dev.levin.device.cuda.kernels;
