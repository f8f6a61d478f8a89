/**
 * Data sets, samplers and the loader that turns them into batches.
 *
 * <p>A sample and a batch are values of one type, usually a record of tensors: {@link dev.levin.data.Batch}, or your own.
 * A {@link dev.levin.data.DataLoader} shuffles by (seed, epoch) alone, so its position is two numbers: that is what
 * checkpoints save and what makes a resume in the middle of an epoch exact, whatever the number of workers. Data lives
 * on the Java heap until a step binds it; there is nothing to close.
 */
package dev.levin.data;
