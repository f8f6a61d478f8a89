/**
 * Kernels as code for the CPU.
 *
 * <p>The road of a kernel: {@code Tiling} cuts its domain into boxes of rows and lanes; {@code Lowering} turns the SSA
 * into steps over such a box (load to scratch, generated pass, fold, store); {@code Emitter} generates one hidden class
 * with a method for each pass; {@code TileRunner} walks the boxes. Index arithmetic, padding, gathers and reductions are
 * ordinary Java written once; only the elementwise loops are generated, so classes do not depend on shapes.
 *
 * <p>On x86-64 with AVX-512 the same steps become machine code ({@code MachineKernel}, {@code MachineEmitter}): it is fast from
 * the first run on, where vector code of the JVM needs seconds until the JIT compiler has it. What has no machine form, and every
 * other processor, runs as JVM code.
 *
 * <p>{@link dev.levin.kernel.jvm.JvmKernels} is the entry point. A result depends on the kernel and its inputs only:
 * not on the number of threads, and not on which variant of the generated code is in use. F32 transcendental functions
 * are instruction sequences shared by scalar and vector code ({@code F32Math}), so both give the same bits.
 */
package dev.levin.kernel.jvm;
