/**
 * The vocabulary every other package shares: element types, shapes, devices and plain host arrays.
 *
 * <p>Everything here is an immutable value (but for the contents of a {@link dev.levin.type.HostArray}) and knows
 * nothing of graphs, tensors or native memory. It sits below {@code graph} so that the user's handle
 * ({@code tensor}) and the IR can share it without a package cycle.
 */
package dev.levin.type;
