/**
 * Matrix products and convolutions of our own.
 *
 * <p>{@link dev.levin.device.cpu.gemm.MachineGemm} multiplies F32 in machine code where the processor has AVX-512: it
 * reaches a few per cent more than a library there, costs no call, and lets products share the copy of an operand.
 * {@link dev.levin.device.cpu.gemm.JavaGemm} is for element types oneDNN does not multiply (F64 and integers) and for
 * machines without it: it cuts a product into tiles by shape alone and runs them over the
 * {@link dev.levin.device.cpu.Team}; each tile copies its operands to small heap arrays, which is what the JVM's compiler
 * vectorises. Floating point tiles use the Vector API if {@code jdk.incubator.vector} is there.
 *
 * <p>{@link dev.levin.device.cpu.gemm.MachineConv} and {@link dev.levin.device.cpu.gemm.MachineConvWeights} are convolutions
 * of batches of images with their channels last: tiles like those of a product, which read pixels where they lie and skip
 * what falls on padding.
 */
package dev.levin.device.cpu.gemm;
