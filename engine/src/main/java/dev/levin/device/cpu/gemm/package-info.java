/**
 * Matrix products in Java, for element types oneDNN does not multiply (F64 and integers) and for machines without it.
 *
 * <p>{@link dev.levin.device.cpu.gemm.JavaGemm} cuts a product into tiles by shape alone and runs them over the
 * {@link dev.levin.device.cpu.Team}; each tile copies its operands to small heap arrays, which is what the JVM's compiler
 * vectorises. Floating point tiles use the Vector API if {@code jdk.incubator.vector} is there.
 */
package dev.levin.device.cpu.gemm;
