package dev.levin.io;

import dev.levin.io.export.Exporter;
import dev.levin.io.export.Tracer;
import dev.levin.io.onnx.ModelProto;
import dev.levin.nn.Layer;
import dev.levin.nn.Module;
import dev.levin.tensor.Tensor;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Writes a model as ONNX, for ONNX Runtime and everything else that runs such files.
 *
 * {@snippet :
 * OnnxExport.write(Path.of("model.onnx"), net, Tensor.randn(1, 3, 224, 224));
 * }
 *
 * <p>The model is recorded in evaluation mode, without gradients, and is left in the modes it was in. Parameters and
 * buffers are initializers under their state-dict names, nodes are named by their layers. The first axis of every input
 * is the batch, which may have any size when the file is run; what else shapes depend on is as in the example. With more
 * than one input or result:
 *
 * {@snippet :
 * OnnxExport.of(net, in -> net.forward(in.get(0), in.get(1)), tokens, mask)
 *         .inputNames("tokens", "mask").outputNames("logits").batchAxes(0, OnnxExport.NO_BATCH)
 *         .write(Path.of("model.onnx"));
 * }
 */
public final class OnnxExport {
    /** Batch axis of an input that has none. */
    public static final int NO_BATCH = -1;
    /** What protobuf can hold; ONNX files are one message. */
    private static final long LARGEST = Integer.MAX_VALUE;

    private final Module module;
    private final Function<List<Tensor>, ?> forward;
    private final List<Tensor> examples;
    private int[] batchAxes;
    private List<String> inputNames;
    private List<String> outputNames = List.of();
    private int opset = Exporter.OLDEST_OPSET;
    private String name;
    private String doc;

    private OnnxExport(Module module, Function<List<Tensor>, ?> forward, List<Tensor> examples) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("an export needs an example of each input; give at least one");
        }
        this.module = module;
        this.forward = forward;
        this.examples = examples;
        name = module.getClass().isAnonymousClass() ? "model" : module.getClass().getSimpleName();
        batchAxes = new int[examples.size()];
        inputNames = examples.size() == 1 ? List.of("input") : IntStream.range(0, examples.size()).mapToObj(i -> "input_" + i).toList();
    }

    /** A layer of one input and one result. The example's values do not matter, its shape and dtype do. */
    public static OnnxExport of(Layer layer, Tensor example) {
        return new OnnxExport(layer, in -> layer.call(in.getFirst()), List.of(example));
    }

    /**
     * Any function of tensors that uses the module's state.
     *
     * @param forward from the inputs to a tensor, or a list, map or record of tensors
     * @param examples one per input
     */
    public static OnnxExport of(Module module, Function<List<Tensor>, ?> forward, Tensor... examples) {
        return new OnnxExport(module, forward, List.of(examples));
    }

    /**
     * Exports a layer with the defaults.
     *
     * @throws OnnxExportException naming the operation and its layer, if ONNX can't say the model
     */
    public static void write(Path file, Layer layer, Tensor example) throws IOException {
        of(layer, example).write(file);
    }

    /** Names of the inputs; {@code input}, or {@code input_0}, {@code input_1}... by default. */
    public OnnxExport inputNames(String... names) {
        if (names.length != examples.size()) {
            throw new IllegalArgumentException("there are " + examples.size() + " inputs, but " + names.length + " names: " + Arrays.toString(names));
        }
        inputNames = List.of(names);
        return this;
    }

    /** Names of the results; by default the keys of the map or record they come in, or {@code output}. */
    public OnnxExport outputNames(String... names) {
        outputNames = List.of(names);
        return this;
    }

    /**
     * The axis of each input that is the batch: one for all, or one per input; {@link #NO_BATCH} for an input that has none.
     * Axis 0 by default.
     */
    public OnnxExport batchAxes(int... axes) {
        int[] all = new int[examples.size()];
        if (axes.length != 1 && axes.length != all.length) {
            throw new IllegalArgumentException("batchAxes needs one axis or " + all.length + ", not " + Arrays.toString(axes));
        }
        for (int i = 0; i < all.length; i++) {
            all[i] = axes[axes.length == 1 ? 0 : i];
            if (all[i] < NO_BATCH || all[i] >= Math.max(1, examples.get(i).dim())) {
                throw new IllegalArgumentException("batch axis " + all[i] + " is not one of input " + examples.get(i).shape()
                        + "; use 0 for the first, or NO_BATCH");
            }
        }
        batchAxes = all;
        return this;
    }

    /** Takes all extents from the examples; the file then holds for their batch size only. */
    public OnnxExport fixedBatch() {
        batchAxes = null;
        return this;
    }

    /** The version of ONNX's operators, 17 (the default) to 21. Newer ones say more functions by one operator. */
    public OnnxExport opset(int version) {
        if (version < Exporter.OLDEST_OPSET || version > Exporter.NEWEST_OPSET) {
            throw new IllegalArgumentException("opset must be " + Exporter.OLDEST_OPSET + " to " + Exporter.NEWEST_OPSET + ", not " + version);
        }
        opset = version;
        return this;
    }

    /** The name of the graph; by default the class of the module. */
    public OnnxExport name(String graphName) {
        name = graphName;
        return this;
    }

    /** A text about the model for people who look into the file. */
    public OnnxExport doc(String text) {
        doc = text;
        return this;
    }

    private ModelProto model() {
        int[] axes = batchAxes == null ? null : batchAxes.clone();
        for (int i = 0; axes != null && i < axes.length; i++) {
            axes[i] = examples.get(i).dim() == 0 ? NO_BATCH : axes[i];
        }
        if (axes != null && Arrays.stream(axes).allMatch(a -> a == NO_BATCH)) {
            axes = null;
        }
        long bytes = module.stateDict().values().stream().mapToLong(t -> t.numel() * t.dtype().bytes()).sum();
        if (bytes > LARGEST) {
            throw new OnnxExportException("the model has " + bytes + " bytes of state, but an ONNX file can hold " + LARGEST
                    + "; convert it to F16 or BF16 with to(DType), or save the state as safetensors");
        }
        return Exporter.export(module, new Tracer(module, forward, examples, axes), axes, inputNames, outputNames, opset, name, doc);
    }

    /** The model as the bytes of a file. */
    public byte[] toBytes() {
        return model().toByteArray();
    }

    /**
     * Writes the file, or leaves what was there.
     *
     * @throws OnnxExportException naming the operation and its layer, if ONNX can't say the model
     */
    public void write(Path file) throws IOException {
        ModelProto model = model();
        AtomicFile.write(file, channel -> model.writeTo(Channels.newOutputStream(channel)));
    }
}
