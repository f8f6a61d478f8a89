/**
 * From a recorded graph to an ONNX model; {@link dev.levin.io.OnnxExport} is the door.
 *
 * <p>{@link dev.levin.io.export.Tracer} records the model at several batch sizes. {@link dev.levin.io.export.Pairing} walks
 * the recordings side by side: where they differ only in extents that grow evenly with the batch, they are one graph of
 * {@link dev.levin.io.export.Value}s whose extents are {@link dev.levin.io.export.Extent}s. {@link dev.levin.io.export.GraphWriter}
 * writes these in order: what depends on no input becomes a constant, functions with a name of their own become ONNX's
 * operator of that name ({@link dev.levin.io.export.Functions}, {@link dev.levin.io.export.Recurrence}), everything else is
 * written primitive by primitive ({@link dev.levin.io.export.Primitives}). A value that ONNX can't say is refused with the
 * path of its layer.
 */
package dev.levin.io.export;
