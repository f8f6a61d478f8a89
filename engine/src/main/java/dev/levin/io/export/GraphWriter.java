package dev.levin.io.export;

import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.graph.Variable;
import dev.levin.io.OnnxExportException;
import dev.levin.reference.ReferenceBackend;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes values in order. Constants, weights and repetitions are written when something reads them: most repetitions
 * never are, because ONNX's operators repeat axes of extent 1 by themselves.
 */
final class GraphWriter {
    /** A repeated constant larger than this is repeated at run time. */
    private static final int LARGEST_REPETITION = 4096;

    private final GraphBuilder graph;
    private final int opset;
    private final Map<Variable, VariableTensor> state;
    private final Map<Variable, String> weightNames;
    private final Map<Value, String> names = new IdentityHashMap<>();
    private final Map<Value.Call, List<String>> calls = new IdentityHashMap<>();
    private final Primitives primitives;
    private final Functions functions;

    GraphWriter(GraphBuilder graph, int opset, Map<Variable, VariableTensor> state, Map<Variable, String> weightNames) {
        this.graph = graph;
        this.opset = opset;
        this.state = state;
        this.weightNames = weightNames;
        primitives = new Primitives(this);
        functions = new Functions(this, primitives);
    }

    GraphBuilder graph() {
        return graph;
    }

    int opset() {
        return opset;
    }

    /** Names an input of the model. */
    void input(Value v, String name) {
        names.put(v, name);
    }

    void write(List<Value> order) {
        for (Value v : order) {
            if (names.containsKey(v) || v.isFixed() || v.op() == Op.VARIABLE || v.call() == null && isRepetition(v)) {
                continue;
            }
            if (v.call() != null) {
                List<String> out = calls.get(v.call());
                if (out == null) {
                    out = functions.write(v, v.call());
                    calls.put(v.call(), out);
                }
                names.put(v, out.get(v.call().outputs().indexOf(v)));
            } else {
                names.put(v, primitives.write(v));
            }
        }
    }

    /** The name of a value of exactly its shape. */
    String name(Value v) {
        String name = names.get(v);
        if (name == null) {
            name = late(v);
            names.put(v, name);
        }
        return name;
    }

    /** Names of values; a null is a missing optional input. */
    List<String> names(List<Value> values) {
        return values.stream().map(v -> v == null ? "" : name(v)).toList();
    }

    private String late(Value v) {
        if (v.op() == Op.VARIABLE) {
            return weight(v);
        }
        if (v.isFixed() && (v.op() != Op.EXPAND || v.node().shape().numel() <= LARGEST_REPETITION)) {
            return graph.constant(evaluate(v.node()), v.node().shape().dims());
        }
        return primitives.write(v);
    }

    private String weight(Value v) {
        Variable variable = (Variable) v.node().payload();
        String name = weightNames.computeIfAbsent(variable, Variable::name);
        if (!graph.hasInitializer(name)) {
            VariableTensor t = state.get(variable);
            graph.weight(name, t != null ? t.toHost() : Tensor.wrap(v.node()).toHost(), variable.shape());
        }
        return name;
    }

    private static HostArray evaluate(Node node) {
        Canonicalizer.Result program = Canonicalizer.canonicalize(List.of(node), Map.of());
        Object[] leaves = Arrays.stream(program.leaves()).map(leaf -> leaf instanceof Node n ? n.value() : leaf).toArray();
        return ReferenceBackend.evaluateAll(program.program(), leaves)[program.program().outputs()[0]];
    }

    // ---- implicit repetition ------------------------------------------------------------------------------------------

    private static boolean isRepetition(Value v) {
        return v.op() == Op.EXPAND || v.op() == Op.RESHAPE && addsLeadingAxes(v);
    }

    private static boolean addsLeadingAxes(Value v) {
        Value x = v.input(0);
        int extra = v.rank() - x.rank();
        if (extra <= 0) {
            return false;
        }
        for (int i = 0; i < v.rank(); i++) {
            if (i < extra ? !v.extent(i).is(1) : !v.extent(i).equals(x.extent(i - extra))) {
                return false;
            }
        }
        return true;
    }

    /** What a value repeats. */
    private static Value source(Value v) {
        while (v.call() == null && v.placeholder() < 0 && isRepetition(v)) {
            v = v.input(0);
        }
        return v;
    }

    /** Operands of an operator that repeats axes of extent 1 as NumPy does, without the repetitions it makes itself. */
    List<String> operands(Value result) {
        List<Value> full = result.inputs();
        List<Value> bare = new ArrayList<>(full.stream().map(GraphWriter::source).toList());
        // One operand may have to say the result's shape.
        for (int i = -1; i < full.size(); i++) {
            List<Value> tried = new ArrayList<>(bare);
            if (i >= 0) {
                tried.set(i, full.get(i));
            }
            if (Arrays.equals(broadcast(tried), result.extents())) {
                return names(tried);
            }
        }
        return names(full);
    }

    private static Extent[] broadcast(List<Value> values) {
        int rank = values.stream().mapToInt(Value::rank).max().orElse(0);
        Extent[] common = new Extent[rank];
        Arrays.fill(common, Extent.of(1));
        for (Value v : values) {
            for (int i = 0; i < v.rank(); i++) {
                int at = rank - v.rank() + i;
                Extent e = v.extent(i);
                if (common[at].is(1)) {
                    common[at] = e;
                } else if (!e.is(1) && !e.equals(common[at])) {
                    return null;
                }
            }
        }
        return common;
    }

    // ---- what the two translations share ------------------------------------------------------------------------------

    String add(Value at, String type, List<String> inputs, Object... attributes) {
        return graph.add(at.path(), type, inputs, attributes);
    }

    String cast(Value at, String name, DType dtype) {
        return add(at, "Cast", List.of(name), "to", GraphBuilder.type(dtype));
    }

    /** A value under another shape. One extent may be left to ONNX, so that shapes need not be computed at run time. */
    String reshape(Value at, String name, Extent... shape) {
        long growing = Arrays.stream(shape).filter(e -> !e.isConstant()).count();
        boolean empty = Arrays.stream(shape).anyMatch(e -> e.is(0));
        if (growing == 1 && !empty) {
            return add(at, "Reshape", List.of(name, graph.ints(Arrays.stream(shape).mapToLong(e -> e.isConstant() ? e.value() : -1).toArray())));
        }
        String target = graph.ints(shape);
        return empty ? add(at, "Reshape", List.of(name, target), "allowzero", 1) : add(at, "Reshape", List.of(name, target));
    }

    /** The error for what ONNX can't say. */
    static OnnxExportException refused(Value v, String why) {
        String layer = v.path().isEmpty() ? "" : " in layer " + v.path();
        return new OnnxExportException("ONNX can't say " + v.op() + " " + v.dtype() + v.node().shape() + layer + ": " + why);
    }
}
