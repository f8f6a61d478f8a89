/**
 * The few things Levin asks of a CUDA driver, as an interface: memory, streams, events, modules, launches, capture. Handles
 * and addresses are plain {@code long}s. {@code device.cuda.bind} implements it over the Bytedeco presets; tests implement
 * it over the memory of the processor and check order and ownership.
 */
package dev.levin.device.cuda.driver;
