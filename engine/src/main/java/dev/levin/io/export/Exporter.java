package dev.levin.io.export;

import dev.levin.graph.Variable;
import dev.levin.io.OnnxExportException;
import dev.levin.io.onnx.GraphProto;
import dev.levin.io.onnx.ModelProto;
import dev.levin.io.onnx.OperatorSetIdProto;
import dev.levin.io.onnx.TensorShapeProto;
import dev.levin.io.onnx.TypeProto;
import dev.levin.io.onnx.ValueInfoProto;
import dev.levin.nn.Module;
import dev.levin.tensor.VariableTensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Puts a model together: graph, names, types, versions. */
public final class Exporter {
    /** The operator sets this package writes. */
    public static final int OLDEST_OPSET = 17;
    /** As {@link #OLDEST_OPSET}. */
    public static final int NEWEST_OPSET = 21;

    private Exporter() {
    }

    /**
     * @param inputNames one name per input
     * @param outputNames one name per result, or empty for the names the model gives them
     */
    public static ModelProto export(Module module, Tracer tracer, int[] batchAxes, List<String> inputNames, List<String> outputNames,
            int opset, String name, String doc) {
        Pairing paired = tracer.record(f -> Functions.accepts(f, opset));
        GraphBuilder graph = new GraphBuilder();
        Map<Variable, VariableTensor> state = new IdentityHashMap<>();
        Map<Variable, String> weightNames = new IdentityHashMap<>();
        module.namedParameters().values().forEach(p -> state.put(p.variable(), p));
        module.namedBuffers().values().forEach(b -> state.put(b.variable(), b));
        module.namedBuffers().forEach((key, b) -> weightNames.put(b.variable(), key));
        // Under the first of their names, as a state dict that is read back says them.
        module.stateDict().sequencedEntrySet().reversed().forEach(e -> weightNames.put(e.getValue().variable(), e.getKey()));
        inputNames.forEach(graph::reserve);
        weightNames.values().stream().distinct().forEach(graph::reserve);
        GraphWriter writer = new GraphWriter(graph, opset, state, weightNames);
        for (int i = 0; i < inputNames.size(); i++) {
            writer.input(paired.inputs().get(i), inputNames.get(i));
            if (batchAxes != null && batchAxes[i] >= 0) {
                graph.batchFrom(inputNames.get(i), batchAxes[i]);
            }
        }
        writer.write(paired.order());
        GraphProto.Builder proto = GraphProto.newBuilder().setName(name);
        List<String> results = resultNames(paired.outputs(), outputNames);
        int k = 0;
        for (Value v : paired.outputs().values()) {
            graph.result(writer.name(v), results.get(k));
            proto.addOutput(info(results.get(k++), v));
        }
        graph.addTo(proto, new HashSet<>(results));
        for (int i = 0; i < inputNames.size(); i++) {
            proto.addInput(info(inputNames.get(i), paired.inputs().get(i)));
        }
        String version = Exporter.class.getPackage().getImplementationVersion();
        ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(opset >= 21 ? 10 : opset >= 19 ? 9 : 8).setProducerName("levin")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset)).setGraph(proto);
        if (version != null) {
            model.setProducerVersion(version);
        }
        if (doc != null) {
            model.setDocString(doc);
        }
        return model.build();
    }

    private static List<String> resultNames(SequencedMap<String, Value> outputs, List<String> given) {
        if (!given.isEmpty()) {
            if (given.size() != outputs.size()) {
                throw new OnnxExportException("the model has " + outputs.size() + " results, but " + given.size() + " names were given: " + given);
            }
            return given;
        }
        List<String> names = new ArrayList<>();
        for (String key : outputs.keySet()) {
            boolean number = !key.isEmpty() && key.chars().allMatch(Character::isDigit);
            names.add(key.isEmpty() ? "output" : number ? "output_" + key : key);
        }
        return names;
    }

    private static ValueInfoProto info(String name, Value v) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Extent e : v.extents()) {
            TensorShapeProto.Dimension.Builder d = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(e.isConstant() ? d.setDimValue(e.value()) : d.setDimParam(e.toString()));
        }
        return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(
                TypeProto.Tensor.newBuilder().setElemType(GraphBuilder.type(v.dtype())).setShape(shape))).build();
    }
}
