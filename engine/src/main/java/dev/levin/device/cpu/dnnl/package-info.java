/**
 * oneDNN as plain library calls on native memory: matmul, convolution, pooling, normalisation and recurrent layers.
 *
 * <p>The library is bound by {@code java.lang.foreign}, not by generated JNI classes, so that nothing but
 * {@code libdnnl} and {@code libgomp} is loaded. It runs sequentially inside each call; {@link dev.levin.device.cpu.Team}
 * splits the work, by rules that look at shapes only, so that results do not depend on the number of threads.
 *
 * <p>{@link dev.levin.device.cpu.dnnl.Dnnl} is the entrance: it turns a specification (an immutable record of shapes,
 * strides and types) into an operation with a {@code run} method that takes raw addresses. Addresses are the caller's
 * responsibility: they must be valid, hold what the specification says and, for speed, be 64-byte aligned. Operations are
 * thread-safe and stay usable when the primitive cache has dropped what they were built from.
 *
 * <p>If the library cannot be loaded {@link dev.levin.device.cpu.dnnl.Dnnl#availability()} says why; nothing is thrown
 * and the JVM lives on.
 */
package dev.levin.device.cpu.dnnl;
