/**
 * The user's handle: {@link dev.levin.tensor.Tensor}, the variables behind parameters and buffers, steps, random
 * generators and gradient modes.
 *
 * <p>Tensors record; they compute when a value is read or a {@link dev.levin.tensor.Step} closes. A tensor owns no
 * native memory and never needs closing. Handles are confined to the thread that made them until they are read;
 * variables may be read by several threads, and are written by the one that runs the step.
 */
package dev.levin.tensor;
