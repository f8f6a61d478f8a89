package dev.levin.io.export;

import dev.levin.graph.Composition;
import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Functions with a name of their own as the operators that ONNX has for them. */
final class Functions {
    private final GraphWriter writer;
    private final GraphBuilder graph;
    private final Primitives primitives;

    Functions(GraphWriter writer, Primitives primitives) {
        this.writer = writer;
        this.primitives = primitives;
        this.graph = writer.graph();
    }

    /** Whether an operator of this opset says the function; if not, its primitives are written. */
    static boolean accepts(Composition f, int opset) {
        if (f.inputs().stream().filter(Objects::nonNull).map(Node::dtype).distinct().count() > 1) {
            return false;
        }
        DType t = f.inputs().getFirst().dtype();
        return switch (f.name()) {
            case "Gelu" -> opset >= 20 && t.isFloat();
            case "Mish" -> opset >= 18 && t.isFloat();
            case "Mean", "Softmax", "LogSoftmax", "Linear", "MatMul", "BiasedConv", "AveragePool", "BatchNormalization", "InstanceNormalization",
                    "LayerNormalization", "GroupNormalization", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "HardSwish", "HardSigmoid",
                    "Clip", "Softplus", "Softsign", "LSTM", "GRU", "RNN" -> t.isFloat();
            case "Embedding" -> true;
            default -> false;
        };
    }

    /** Writes the operators and gives the names of the results. */
    List<String> write(Value v, Value.Call f) {
        return switch (f.name()) {
            case "LSTM", "GRU", "RNN" -> new Recurrence(writer, v, f).write();
            default -> List.of(one(v, f));
        };
    }

    private String one(Value v, Value.Call f) {
        Value x = f.inputs().getFirst();
        return switch (f.name()) {
            case "Relu", "HardSwish", "Softsign", "Mish" -> add(v, f.name(), writer.name(x));
            case "LeakyRelu", "Elu", "Celu" -> writer.add(v, f.name(), List.of(writer.name(x)), "alpha", f.number("alpha"));
            case "Selu" -> writer.add(v, "Selu", List.of(writer.name(x)), "alpha", f.number("alpha"), "gamma", f.number("gamma"));
            case "HardSigmoid" -> writer.add(v, "HardSigmoid", List.of(writer.name(x)), "alpha", f.number("alpha"), "beta", f.number("beta"));
            case "Clip" -> add(v, "Clip", writer.name(x), graph.scalar(x.dtype(), f.number("min")), graph.scalar(x.dtype(), f.number("max")));
            case "Gelu" -> writer.add(v, "Gelu", List.of(writer.name(x)), "approximate", f.attributes().get("approximate"));
            case "Softplus" -> softplus(v, x, f.number("beta"));
            case "PRelu" -> writer.add(v, "PRelu", writer.names(f.inputs()));
            case "Softmax", "LogSoftmax" -> writer.add(v, f.name(), List.of(writer.name(x)), "axis", f.integer("axis"));
            case "Mean" -> mean(v, x, f);
            case "MatMul" -> writer.add(v, "MatMul", writer.names(f.inputs()));
            case "Linear" -> linear(v, x, f);
            case "BiasedConv" -> biased(v, x, f);
            case "AveragePool" -> primitives.averagePool(x);
            case "Embedding" -> writer.name(x);
            case "BatchNormalization" -> writer.add(v, "BatchNormalization", List.of(writer.name(x), perChannel(f, 1, 1), perChannel(f, 2, 0),
                    writer.name(f.inputs().get(3)), writer.name(f.inputs().get(4))), "epsilon", f.number("epsilon"));
            case "InstanceNormalization" -> writer.add(v, "InstanceNormalization", List.of(writer.name(x), perChannel(f, 1, 1), perChannel(f, 2, 0)),
                    "epsilon", f.number("epsilon"));
            case "LayerNormalization" -> layerNorm(v, x, f);
            case "GroupNormalization" -> groupNorm(v, x, f);
            default -> throw new AssertionError(f.name());
        };
    }

    private String add(Value at, String type, String... inputs) {
        return writer.add(at, type, List.of(inputs));
    }

    /** A weight per channel, or the same number for all. */
    private String perChannel(Value.Call f, int input, double otherwise) {
        Value w = f.inputs().get(input);
        Value x = f.inputs().getFirst();
        return w != null ? writer.name(w) : graph.vector(x.dtype(), (int) x.extent(1).value(), otherwise);
    }

    private String softplus(Value v, Value x, double beta) {
        if (beta == 1) {
            return add(v, "Softplus", writer.name(x));
        }
        String b = graph.scalar(x.dtype(), beta);
        return add(v, "Div", add(v, "Softplus", add(v, "Mul", writer.name(x), b)), b);
    }

    private String mean(Value v, Value x, Value.Call f) {
        long[] axes = ((List<?>) f.attributes().get("axes")).stream().mapToLong(a -> ((Number) a).longValue()).toArray();
        int keep = f.attributes().get("keepdim").equals(true) ? 1 : 0;
        if (x.rank() == 0) {
            return writer.name(x);
        }
        if (axes.length == 0) {
            return writer.add(v, "ReduceMean", List.of(writer.name(x)), "keepdims", keep);
        }
        return writer.opset() >= 18 ? writer.add(v, "ReduceMean", List.of(writer.name(x), graph.ints(axes)), "keepdims", keep)
                : writer.add(v, "ReduceMean", List.of(writer.name(x)), "axes", axes, "keepdims", keep);
    }

    private String linear(Value v, Value x, Value.Call f) {
        Value weight = f.inputs().get(1);
        Value bias = f.inputs().get(2);
        if (x.rank() == 2) {
            List<String> in = new ArrayList<>(List.of(writer.name(x), writer.name(weight)));
            if (bias != null) {
                in.add(writer.name(bias));
            }
            return writer.add(v, "Gemm", in, "transB", 1);
        }
        String product = add(v, "MatMul", writer.name(x), writer.add(v, "Transpose", List.of(writer.name(weight)), "perm", new int[] {1, 0}));
        return bias == null ? product : add(v, "Add", product, writer.name(bias));
    }

    private String biased(Value v, Value convolution, Value.Call f) {
        Value bias = f.inputs().get(1);
        boolean plain = convolution.call() == null && (convolution.op() == Op.CONV || convolution.op() == Op.CONV_DGRAD);
        if (plain) {
            return primitives.convolution(convolution, bias);
        }
        Extent[] shape = new Extent[v.rank()];
        Arrays.fill(shape, Extent.of(1));
        shape[1] = bias.extent(0);
        return add(v, "Add", writer.name(convolution), writer.reshape(v, writer.name(bias), shape));
    }

    private String layerNorm(Value v, Value x, Value.Call f) {
        Value weight = f.inputs().get(1);
        Value bias = f.inputs().get(2);
        int axes = -f.integer("axis");
        String scale;
        if (weight != null) {
            scale = writer.name(weight);
        } else {
            int[] shape = new int[axes];
            for (int i = 0; i < axes; i++) {
                shape[i] = (int) x.extent(x.rank() - axes + i).value();
            }
            int n = Arrays.stream(shape).reduce(1, Math::multiplyExact);
            HostArray ones = HostArray.allocate(x.dtype(), n);
            for (int i = 0; i < n; i++) {
                ones.setDouble(i, 1);
            }
            scale = graph.constant(ones, shape);
        }
        List<String> in = new ArrayList<>(List.of(writer.name(x), scale));
        if (bias != null) {
            in.add(writer.name(bias));
        }
        return writer.add(v, "LayerNormalization", in, "axis", f.integer("axis"), "epsilon", f.number("epsilon"));
    }

    /** Groups are instances of their own; weight and bias are per channel. */
    private String groupNorm(Value v, Value x, Value.Call f) {
        int groups = f.integer("num_groups");
        if (writer.opset() >= 21) {
            return writer.add(v, "GroupNormalization", List.of(writer.name(x), perChannel(f, 1, 1), perChannel(f, 2, 0)),
                    "num_groups", groups, "epsilon", f.number("epsilon"));
        }
        String grouped = add(v, "Reshape", writer.name(x), graph.ints(0, groups, -1));
        String normal = writer.reshape(v, writer.add(v, "InstanceNormalization", List.of(grouped, graph.vector(x.dtype(), groups, 1),
                graph.vector(x.dtype(), groups, 0)), "epsilon", f.number("epsilon")), x.extents());
        Extent[] shape = new Extent[x.rank()];
        Arrays.fill(shape, Extent.of(1));
        shape[1] = x.extent(1);
        for (Map.Entry<Integer, String> part : List.of(Map.entry(1, "Mul"), Map.entry(2, "Add"))) {
            Value w = f.inputs().get(part.getKey());
            if (w != null) {
                normal = add(v, part.getValue(), normal, writer.reshape(v, writer.name(w), shape));
            }
        }
        return normal;
    }
}
