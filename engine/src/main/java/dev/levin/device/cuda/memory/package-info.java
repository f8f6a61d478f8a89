/**
 * Who owns the GPU's memory. {@link dev.levin.device.cuda.memory.Slabs}: what lives long (variables, tables).
 * {@link dev.levin.device.cuda.memory.GrowingArena}: intermediates of all plans, at addresses that never move.
 * {@link dev.levin.device.cuda.memory.Staging}: pinned host memory through which data goes up.
 * {@link dev.levin.device.cuda.memory.Budget}: the limit, and the report when it is reached. Cleaners only put what is free
 * on a queue; the thread that runs plans gives it back.
 */
package dev.levin.device.cuda.memory;
