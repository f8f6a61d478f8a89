/**
 * The CPU as a device: {@link dev.levin.device.cpu.CpuBackend} compiles programs to plans and runs them.
 *
 * <p>Memory has three owners. Variables live in slabs by kind; a cleaner that only enqueues gives their ranges back. All
 * plans share one arena for intermediates and copies of inputs, at offsets the memory planner chose. Values that come
 * back to the user are copied to the Java heap, so that no tensor ever holds native memory. One
 * {@link dev.levin.device.cpu.Team} of threads runs generated kernels, library routines and copies alike.
 */
package dev.levin.device.cpu;
