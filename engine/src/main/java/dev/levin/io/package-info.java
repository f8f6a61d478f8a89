/**
 * Arrays in files: safetensors, NumPy's {@code .npy}/{@code .npz} and PyTorch's {@code .pt}/{@code .ckpt}.
 *
 * <p>Three invariants hold for every reader here. Reading runs nothing that a file names: a file is data. A file that
 * breaks its format is refused with a {@link dev.levin.io.FormatException} that says what is wrong. And a reader
 * allocates in proportion to the bytes that are really there, never to what a header claims.
 *
 * <p>Every writer goes through one door: a temporary file beside the target, flushed to the disk, then renamed over it,
 * so that a reader sees the old file or the new one and nothing between.
 *
 * <p>No class here is safe for use by several threads at once; the static functions are.
 */
package dev.levin.io;
