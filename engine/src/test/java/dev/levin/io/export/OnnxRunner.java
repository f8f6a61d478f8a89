package dev.levin.io.export;

import dev.levin.io.onnx.AttributeProto;
import dev.levin.io.onnx.ModelProto;
import dev.levin.io.onnx.NodeProto;
import dev.levin.io.onnx.TensorProto;
import dev.levin.io.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;

/**
 * Runs ONNX models by the text of the ONNX specification, with plain loops and no part of the engine; checks on the way
 * that the model is well formed and its results have the shapes it promises.
 */
final class OnnxRunner {
    private final ModelProto model;
    private final Map<String, Arr> values = new HashMap<>();
    private NodeProto node;

    private OnnxRunner(ModelProto model) {
        this.model = model;
    }

    static Map<String, Arr> run(ModelProto model, Map<String, Arr> inputs) {
        return new OnnxRunner(model).run(inputs);
    }

    private Map<String, Arr> run(Map<String, Arr> inputs) {
        Set<String> nodeNames = new HashSet<>();
        Map<String, Integer> symbols = new HashMap<>();
        for (TensorProto t : model.getGraph().getInitializerList()) {
            define(t.getName(), Arr.of(t));
        }
        for (ValueInfoProto in : model.getGraph().getInputList()) {
            Arr given = inputs.get(in.getName());
            if (given == null) {
                throw new AssertionError("no value for input " + in.getName());
            }
            matches(in, given, symbols);
            define(in.getName(), given);
        }
        for (NodeProto n : model.getGraph().getNodeList()) {
            node = n;
            if (!n.getName().isEmpty() && !nodeNames.add(n.getName())) {
                throw new AssertionError("two nodes are called " + n.getName());
            }
            List<Arr> in = new ArrayList<>();
            for (String name : n.getInputList()) {
                if (!name.isEmpty() && !values.containsKey(name)) {
                    throw new AssertionError(n.getName() + " reads " + name + " before it is there");
                }
                in.add(name.isEmpty() ? null : values.get(name));
            }
            Arr[] out;
            try {
                out = apply(n.getOpType(), in);
            } catch (RuntimeException e) {
                throw new AssertionError(n.getName() + " of " + in.stream().map(a -> a == null ? "-" : Arrays.toString(a.shape())).toList(), e);
            }
            for (int i = 0; i < n.getOutputCount(); i++) {
                if (!n.getOutput(i).isEmpty()) {
                    define(n.getOutput(i), out[i]);
                }
            }
        }
        Map<String, Arr> results = new LinkedHashMap<>();
        for (ValueInfoProto o : model.getGraph().getOutputList()) {
            matches(o, values.get(o.getName()), symbols);
            results.put(o.getName(), values.get(o.getName()));
        }
        return results;
    }

    private void define(String name, Arr value) {
        if (values.put(name, value) != null) {
            throw new AssertionError("two values are called " + name);
        }
    }

    private static void matches(ValueInfoProto info, Arr value, Map<String, Integer> symbols) {
        var dims = info.getType().getTensorType().getShape().getDimList();
        boolean fits = dims.size() == value.rank();
        for (int i = 0; fits && i < value.rank(); i++) {
            int extent = value.shape()[i];
            fits = dims.get(i).hasDimParam() ? symbols.computeIfAbsent(dims.get(i).getDimParam(), _ -> extent) == extent
                    : dims.get(i).getDimValue() == extent;
        }
        if (!fits) {
            throw new AssertionError(info.getName() + " is " + Arrays.toString(value.shape()) + ", not " + dims);
        }
    }

    // ---- attributes ---------------------------------------------------------------------------------------------------

    private AttributeProto attribute(String name) {
        return node.getAttributeList().stream().filter(a -> a.getName().equals(name)).findFirst().orElse(null);
    }

    private int integer(String name, int otherwise) {
        AttributeProto a = attribute(name);
        return a == null ? otherwise : (int) a.getI();
    }

    private double number(String name, double otherwise) {
        AttributeProto a = attribute(name);
        return a == null ? otherwise : a.getF();
    }

    private String string(String name, String otherwise) {
        AttributeProto a = attribute(name);
        return a == null ? otherwise : a.getS().toStringUtf8();
    }

    private int[] integers(String name, int... otherwise) {
        AttributeProto a = attribute(name);
        return a == null ? otherwise : a.getIntsList().stream().mapToInt(Long::intValue).toArray();
    }

    private static int axis(int axis, int rank) {
        return axis < 0 ? axis + rank : axis;
    }

    private static Arr[] one(Arr a) {
        return new Arr[] {a};
    }

    // ---- operators ----------------------------------------------------------------------------------------------------

    private Arr[] apply(String op, List<Arr> in) {
        Arr x = in.isEmpty() ? null : in.getFirst();
        return switch (op) {
            case "Constant" -> one(Arr.of(attribute("value").getT()));
            case "Identity" -> one(x);
            case "Cast" -> one(switch (integer("to", 0)) {
                case TensorProto.DataType.BOOL_VALUE -> x.map(v -> v != 0 ? 1 : 0);
                case TensorProto.DataType.INT64_VALUE, TensorProto.DataType.INT32_VALUE -> x.map(v -> (long) v);
                default -> x;
            });
            case "Neg" -> one(x.map(v -> -v));
            case "Abs" -> one(x.map(Math::abs));
            case "Sign" -> one(x.map(Math::signum));
            case "Floor" -> one(x.map(Math::floor));
            case "Exp" -> one(x.map(Math::exp));
            case "Log" -> one(x.map(Math::log));
            case "Sqrt" -> one(x.map(Math::sqrt));
            case "Reciprocal" -> one(x.map(v -> 1 / v));
            case "Atan" -> one(x.map(Math::atan));
            case "Tanh" -> one(x.map(Math::tanh));
            case "Sigmoid" -> one(x.map(OnnxMath::sigmoid));
            case "Erf" -> one(x.map(OnnxMath::erf));
            case "Gelu" -> one(x.map(v -> 0.5 * v * (1 + OnnxMath.erf(v / Math.sqrt(2)))));
            case "Relu" -> one(x.map(v -> Math.max(v, 0)));
            case "LeakyRelu" -> one(x.map(v -> v >= 0 ? v : number("alpha", 0.01) * v));
            case "Elu" -> one(x.map(v -> v >= 0 ? v : number("alpha", 1) * Math.expm1(v)));
            case "Softplus" -> one(x.map(v -> Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))));
            case "HardSwish" -> one(x.map(v -> v * Math.clamp(v / 6 + 0.5, 0, 1)));
            case "Not" -> one(x.map(v -> 1 - v));
            case "Clip" -> one(x.map(v -> Math.clamp(v, in.get(1).data()[0], in.get(2).data()[0])));
            case "Add" -> one(x.with(in.get(1), Double::sum));
            case "Sub" -> one(x.with(in.get(1), (a, b) -> a - b));
            case "Mul" -> one(x.with(in.get(1), (a, b) -> a * b));
            case "Div" -> one(x.with(in.get(1), (a, b) -> a / b));
            case "Pow" -> one(x.with(in.get(1), Math::pow));
            case "Mod" -> one(x.with(in.get(1), (a, b) -> a - b * Math.floor(a / b)));
            case "Max" -> one(x.with(in.get(1), Math::max));
            case "Min" -> one(x.with(in.get(1), Math::min));
            case "And" -> one(x.with(in.get(1), Math::min));
            case "Or" -> one(x.with(in.get(1), Math::max));
            case "Equal" -> one(x.with(in.get(1), (a, b) -> a == b ? 1 : 0));
            case "Less" -> one(x.with(in.get(1), (a, b) -> a < b ? 1 : 0));
            case "Greater" -> one(x.with(in.get(1), (a, b) -> a > b ? 1 : 0));
            case "LessOrEqual" -> one(x.with(in.get(1), (a, b) -> a <= b ? 1 : 0));
            case "Where" -> one(where(x, in.get(1), in.get(2)));

            case "CumSum" -> one(cumSum(x, axis(in.get(1).ints()[0], x.rank()), integer("reverse", 0) == 1));
            case "Shape" -> one(Arr.vector(Arrays.stream(x.shape()).asDoubleStream().toArray()));
            case "Reshape" -> one(x.reshape(target(x, in.get(1).ints())));
            case "Flatten" -> one(x.reshape(x.shape()[0], x.data().length / x.shape()[0]));
            case "Transpose" -> one(x.transpose(integers("perm")));
            case "Unsqueeze" -> one(x.reshape(unsqueezed(x, in.size() > 1 ? in.get(1).ints() : integers("axes"))));
            case "Squeeze" -> one(x.reshape(squeezed(x, in.size() > 1 ? in.get(1).ints() : integers("axes"))));
            case "Expand" -> one(x.expand(in.get(1).ints()));
            case "ConstantOfShape" -> one(Arr.zeros(x.ints()).map(_ -> attribute("value") == null ? 0 : Arr.of(attribute("value").getT()).data()[0]));
            case "Range" -> one(Arr.vector(IntStream.range(x.ints()[0], in.get(1).ints()[0]).asDoubleStream().toArray()));
            case "Concat" -> one(concat(in, axis(integer("axis", 0), x.rank())));
            case "Slice" -> one(slice(x, in));
            case "Gather" -> one(gather(x, in.get(1), axis(integer("axis", 0), x.rank())));
            case "GatherElements" -> one(gatherElements(x, in.get(1), axis(integer("axis", 0), x.rank())));
            case "Pad" -> one(pad(x, in));

            case "ReduceSum" -> one(reduce(x, in.size() > 1 ? in.get(1).ints() : null, 0, Double::sum));
            case "ReduceMax" -> one(reduce(x, axes(in), Double.NEGATIVE_INFINITY, Math::max));
            case "ReduceMean" -> {
                Arr sum = reduce(x, axes(in), 0, Double::sum);
                double n = (double) x.data().length / sum.data().length;
                yield one(sum.map(v -> v / n));
            }
            case "Softmax", "LogSoftmax" -> one(OnnxMath.softmax(x, axis(integer("axis", -1), x.rank()), op.equals("LogSoftmax")));

            case "MatMul" -> one(x.matmul(in.get(1)));
            case "Gemm" -> one(gemm(in));
            case "Conv" -> one(OnnxMath.conv(x, in.get(1), in.size() > 2 ? in.get(2) : null, integers("strides"), integers("pads"),
                    integers("dilations"), integer("group", 1)));
            case "ConvTranspose" -> one(OnnxMath.convTranspose(x, in.get(1), in.size() > 2 ? in.get(2) : null, integers("strides"),
                    integers("pads"), integers("dilations"), integer("group", 1), integers("output_padding", 0, 0, 0)));
            case "MaxPool" -> one(OnnxMath.pool(x, integers("kernel_shape"), integers("strides"), integers("pads", 0, 0, 0, 0, 0, 0),
                    integers("dilations", 1, 1, 1), true, false));
            case "AveragePool" -> one(OnnxMath.pool(x, integers("kernel_shape"), integers("strides"), integers("pads", 0, 0, 0, 0, 0, 0),
                    new int[] {1, 1, 1}, false, integer("count_include_pad", 0) == 1));
            case "BatchNormalization" -> one(OnnxMath.batchNorm(x, in, number("epsilon", 1e-5)));
            case "InstanceNormalization" -> one(OnnxMath.instanceNorm(x, in, number("epsilon", 1e-5)));
            case "LayerNormalization" -> one(OnnxMath.layerNorm(x, in, axis(integer("axis", -1), x.rank()), number("epsilon", 1e-5)));
            case "LSTM", "GRU", "RNN" -> OnnxMath.recurrent(op, in, integer("hidden_size", 0), string("direction", "forward"),
                    integer("linear_before_reset", 0), attribute("activations") == null ? "Tanh" : attribute("activations").getStrings(0).toStringUtf8());
            default -> throw new AssertionError("the runner has no " + op);
        };
    }

    private static Arr where(Arr c, Arr a, Arr b) {
        int[] s = Arr.broadcast(c.shape(), Arr.broadcast(a.shape(), b.shape()));
        Arr r = Arr.zeros(s);
        for (int i = 0; i < r.data().length; i++) {
            int[] at = Arr.index(i, s);
            r.data()[i] = c.get(at) != 0 ? a.get(at) : b.get(at);
        }
        return r;
    }

    private static Arr cumSum(Arr x, int axis, boolean reverse) {
        Arr r = new Arr(x.shape(), x.data().clone());
        int n = x.shape()[axis];
        for (int i = reverse ? n - 2 : 1; reverse ? i >= 0 : i < n; i += reverse ? -1 : 1) {
            for (int k = 0; k < x.data().length; k++) {
                int[] at = Arr.index(k, x.shape());
                if (at[axis] == i) {
                    int[] before = at.clone();
                    before[axis] += reverse ? 1 : -1;
                    r.data()[k] += r.get(before);
                }
            }
        }
        return r;
    }

    private int[] target(Arr x, int[] shape) {
        int[] s = shape.clone();
        for (int i = 0; i < s.length; i++) {
            s[i] = s[i] == 0 && integer("allowzero", 0) == 0 ? x.shape()[i] : s[i];
        }
        int known = Arrays.stream(s).filter(d -> d >= 0).reduce(1, (a, b) -> a * b);
        return Arrays.stream(s).map(d -> d < 0 ? x.data().length / known : d).toArray();
    }

    private static int[] unsqueezed(Arr x, int[] axes) {
        List<Integer> s = new ArrayList<>(Arrays.stream(x.shape()).boxed().toList());
        int rank = x.rank() + axes.length;
        Arrays.stream(axes).map(a -> axis(a, rank)).sorted().forEach(a -> s.add(a, 1));
        return s.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] squeezed(Arr x, int[] axes) {
        Set<Integer> gone = new HashSet<>();
        Arrays.stream(axes).map(a -> axis(a, x.rank())).forEach(gone::add);
        return IntStream.range(0, x.rank()).filter(i -> !gone.contains(i)).map(i -> x.shape()[i]).toArray();
    }

    private static Arr concat(List<Arr> parts, int axis) {
        int[] s = parts.getFirst().shape().clone();
        s[axis] = parts.stream().mapToInt(p -> p.shape()[axis]).sum();
        Arr r = Arr.zeros(s);
        int from = 0;
        for (Arr p : parts) {
            for (int i = 0; i < p.data().length; i++) {
                int[] at = Arr.index(i, p.shape());
                at[axis] += from;
                r.data()[r.at(at)] = p.data()[i];
            }
            from += p.shape()[axis];
        }
        return r;
    }

    private static Arr slice(Arr x, List<Arr> in) {
        int[] starts = in.get(1).ints();
        int[] ends = in.get(2).ints();
        int[] axes = in.size() > 3 && in.get(3) != null ? in.get(3).ints() : IntStream.range(0, starts.length).toArray();
        int[] steps = in.size() > 4 ? in.get(4).ints() : IntStream.range(0, starts.length).map(_ -> 1).toArray();
        Arr r = x;
        for (int k = 0; k < axes.length; k++) {
            int axis = axis(axes[k], x.rank());
            int n = x.shape()[axis];
            int step = steps[k];
            int start = Math.clamp(starts[k] < 0 ? (long) starts[k] + n : starts[k], 0, step > 0 ? n : n - 1);
            int end = Math.clamp(ends[k] < 0 ? (long) ends[k] + n : ends[k], step > 0 ? 0 : -1, n);
            int count = Math.max(0, Math.ceilDiv(end - start, step));
            double[] rows = IntStream.range(0, count).mapToDouble(i -> start + (double) i * step).toArray();
            r = gather(r, Arr.vector(rows), axis);
        }
        return r;
    }

    private static Arr gather(Arr x, Arr index, int axis) {
        int[] s = new int[x.rank() - 1 + index.rank()];
        System.arraycopy(x.shape(), 0, s, 0, axis);
        System.arraycopy(index.shape(), 0, s, axis, index.rank());
        System.arraycopy(x.shape(), axis + 1, s, axis + index.rank(), x.rank() - axis - 1);
        Arr r = Arr.zeros(s);
        for (int i = 0; i < r.data().length; i++) {
            int[] at = Arr.index(i, s);
            int[] from = new int[x.rank()];
            System.arraycopy(at, 0, from, 0, axis);
            int k = (int) index.data()[index.at(Arrays.copyOfRange(at, axis, axis + index.rank()))];
            from[axis] = axis(k, x.shape()[axis]);
            System.arraycopy(at, axis + index.rank(), from, axis + 1, x.rank() - axis - 1);
            r.data()[i] = x.get(from);
        }
        return r;
    }

    private static Arr gatherElements(Arr x, Arr index, int axis) {
        Arr r = Arr.zeros(index.shape());
        for (int i = 0; i < r.data().length; i++) {
            int[] at = Arr.index(i, r.shape());
            at[axis] = (int) index.data()[i];
            r.data()[i] = x.get(at);
        }
        return r;
    }

    private static Arr pad(Arr x, List<Arr> in) {
        int[] pads = in.get(1).ints();
        int[] s = IntStream.range(0, x.rank()).map(i -> x.shape()[i] + pads[i] + pads[x.rank() + i]).toArray();
        Arr r = Arr.zeros(s).map(_ -> in.size() > 2 ? in.get(2).data()[0] : 0);
        for (int i = 0; i < x.data().length; i++) {
            int[] at = Arr.index(i, x.shape());
            IntStream.range(0, at.length).forEach(k -> at[k] += pads[k]);
            r.data()[r.at(at)] = x.data()[i];
        }
        return r;
    }

    private int[] axes(List<Arr> in) {
        return in.size() > 1 ? in.get(1).ints() : attribute("axes") == null ? null : integers("axes");
    }

    private Arr reduce(Arr x, int[] axes, double start, DoubleBinaryOperator f) {
        int[] all = axes == null ? IntStream.range(0, x.rank()).toArray() : Arrays.stream(axes).map(a -> axis(a, x.rank())).toArray();
        Arr r = x.reduce(all, start, f);
        return integer("keepdims", 1) == 1 ? r : r.reshape(squeezed(r, all));
    }

    private Arr gemm(List<Arr> in) {
        Arr a = integer("transA", 0) == 1 ? in.get(0).transpose(1, 0) : in.get(0);
        Arr b = integer("transB", 0) == 1 ? in.get(1).transpose(1, 0) : in.get(1);
        Arr y = a.matmul(b).map(v -> v * number("alpha", 1));
        return in.size() < 3 ? y : y.with(in.get(2).map(v -> v * number("beta", 1)), Double::sum);
    }
}
