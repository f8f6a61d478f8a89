/**
 * Data sets, samplers and the loaders that turn them into batches.
 *
 * <p>A sample and a batch are values of one type, usually a record of tensors: {@link dev.levin.data.Batch}, or your own.
 * A {@link dev.levin.data.Dataset} gives samples by number and is read by a {@link dev.levin.data.DataLoader}; an
 * {@link dev.levin.data.IterableDataset} gives them one after another and is read by a {@link dev.levin.data.StreamLoader}.
 * Orders are pure functions of seed and epoch, random augmentation of seed, epoch and place: a position is a few numbers, which
 * checkpoints save, and a resume in the middle of an epoch is exact, whatever the number of workers.
 *
 * <p>Data sets are read by several threads at once. Data lives on the Java heap, or in mapped files, until a step binds it; there
 * is nothing to close. Images are in {@link dev.levin.data.vision}, text in {@link dev.levin.data.text}.
 */
package dev.levin.data;
