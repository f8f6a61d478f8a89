/**
 * Kernels as CUDA C++ text. {@link dev.levin.kernel.cuda.Schedule} decides from the numbers of a kernel how threads share
 * its work, {@link dev.levin.kernel.cuda.CudaEmitter} writes the code for a spec and a schedule, and
 * {@link dev.levin.kernel.cuda.Arguments} says how extents, strides and addresses are passed.
 *
 * <p>Equal spec and schedule give equal text, so text is the key of everything compiled. The package needs no GPU and no
 * CUDA: it makes strings and numbers. Numbers of a kernel that are not part of its schedule are arguments, so that a last,
 * smaller batch needs no new code.
 */
package dev.levin.kernel.cuda;
