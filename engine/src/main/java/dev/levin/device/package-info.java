/**
 * What a device must offer: compile a {@link dev.levin.graph.Program}, run it on bound leaves, own the memory of
 * variables. {@code device.cpu} and {@code device.cuda} implement it.
 */
package dev.levin.device;
