/**
 * The kernel IR: what one fused kernel computes, without saying on which device.
 *
 * <p>A {@link dev.levin.kernel.Kernel} is a {@link dev.levin.kernel.KernelSpec} (a tiny SSA program over outer axes times
 * reduced axes; its equality is the key under which generated code is cached) plus a
 * {@link dev.levin.kernel.Geometry} (extents, offsets and strides; passed at run time, so that a last partial batch needs
 * no new code). {@link dev.levin.kernel.KernelBuilder} makes both and canonicalises them: axes of extent one vanish and
 * adjacent axes collapse where every access allows it.
 *
 * <p>Everything here is an immutable value. The package knows dtypes and nothing of graphs, devices or memory; emitters
 * (JVM bytecode in {@code kernel.jvm}, CUDA C++) read a {@code Kernel} and nothing else. The meaning of every value and
 * op is written at {@link dev.levin.kernel.Value} and {@link dev.levin.kernel.ScalarOp}; emitters must not differ.
 */
package dev.levin.kernel;
