package dev.levin.io.export;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.levin.io.OnnxExportException;
import dev.levin.io.onnx.AttributeProto;
import dev.levin.io.onnx.GraphProto;
import dev.levin.io.onnx.NodeProto;
import dev.levin.io.onnx.TensorProto;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Collects the nodes and constants of a graph and names them. Equal nodes become one, and so do equal constants.
 *
 * <p>A node is called by the path of its layer and its operator, {@code /net/0/Conv}, its outputs by its name.
 */
final class GraphBuilder {
    private record Key(String type, List<String> inputs, Map<String, Object> attributes, int outputs) {
    }

    private record Node(String base, Key key, List<String> outputs) {
    }

    /** Starts a name that is not settled yet. */
    private static final String PROVISIONAL = "%";

    private final List<Node> nodes = new ArrayList<>();
    private final Map<Key, Node> known = new HashMap<>();
    private final SequencedMap<String, TensorProto> initializers = new LinkedHashMap<>();
    private final Map<Object, String> constants = new HashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    private final Map<String, String> renamed = new HashMap<>();
    private String batch;

    // ---- nodes --------------------------------------------------------------------------------------------------------

    /** A node of one output; the name of the output. Attributes are names and values in turn. */
    String add(String path, String type, List<String> inputs, Object... attributes) {
        return add(path, type, 1, inputs, attributes).getFirst();
    }

    /** A node of several outputs. An empty input name is a missing optional input. */
    List<String> add(String path, String type, int outputs, List<String> inputs, Object... attributes) {
        Map<String, Object> attrs = new LinkedHashMap<>();
        for (int i = 0; i < attributes.length; i += 2) {
            Object v = attributes[i + 1];
            attrs.put((String) attributes[i], switch (v) {
                case int[] a -> Arrays.stream(a).mapToObj(Long::valueOf).toList();
                case long[] a -> Arrays.stream(a).boxed().toList();
                case Integer n -> (Object) n.longValue();
                case Boolean b -> b ? 1L : 0L;
                case Double d -> d.floatValue();
                default -> v;
            });
        }
        List<String> in = new ArrayList<>(inputs);
        while (!in.isEmpty() && in.getLast().isEmpty()) {
            in.removeLast();
        }
        Key key = new Key(type, List.copyOf(in), attrs, outputs);
        Node same = known.get(key);
        if (same != null) {
            return same.outputs();
        }
        List<String> out = IntStream.range(0, outputs).mapToObj(i -> PROVISIONAL + nodes.size() + "." + i).toList();
        Node n = new Node((path.isEmpty() ? "" : "/" + path.replace('.', '/')) + "/" + type, key, out);
        nodes.add(n);
        known.put(key, n);
        return n.outputs();
    }

    private String unique(String base) {
        int n = names.merge(base, 1, Integer::sum);
        return n == 1 ? base : unique(base + "_" + (n - 1));
    }

    /** Takes a name, so that nothing else gets it. */
    void reserve(String name) {
        if (names.putIfAbsent(name, 1) != null) {
            throw new OnnxExportException("the name '" + name + "' is used twice; give inputs, outputs and parameters different names");
        }
    }

    /** Lets a value have the name of the model's result; a value that is one already, or comes from no node, is copied. */
    void result(String value, String name) {
        reserve(name);
        boolean made = nodes.stream().anyMatch(n -> n.outputs().contains(value));
        if (!made || renamed.putIfAbsent(value, name) != null) {
            nodes.add(new Node("/Identity", new Key("Identity", List.of(value), Map.of(), 1), List.of(name)));
        }
    }

    // ---- constants ----------------------------------------------------------------------------------------------------

    /** A weight under its own name. */
    void weight(String name, HostArray data, Shape shape) {
        initializers.put(name, tensor(name, data, Arrays.stream(shape.dims()).asLongStream().toArray()));
    }

    boolean hasInitializer(String name) {
        return initializers.containsKey(name);
    }

    /** A constant; the same name for the same content. */
    String constant(HostArray data, int... dims) {
        Object key = List.of(data.dtype(), Arrays.stream(dims).boxed().toList(), ByteBuffer.wrap(data.segment().toArray(ValueLayout.JAVA_BYTE)));
        return constants.computeIfAbsent(key, _ -> {
            String name = PROVISIONAL + "c" + constants.size();
            initializers.put(name, tensor(name, data, Arrays.stream(dims).asLongStream().toArray()));
            return name;
        });
    }

    /** A scalar; the value is rounded to the type. */
    String scalar(DType dtype, double value) {
        HostArray a = HostArray.allocate(dtype, 1);
        if (dtype.isFloat()) {
            a.setDouble(0, value);
        } else {
            a.setLong(0, (long) value);
        }
        return constant(a);
    }

    /** The same value for every element of a vector. */
    String vector(DType dtype, int length, double value) {
        HostArray a = HostArray.allocate(dtype, length);
        for (int i = 0; i < length; i++) {
            a.setDouble(i, value);
        }
        return constant(a, length);
    }

    /** A vector of integers, as shapes and axes are given. */
    String ints(long... values) {
        return constant(HostArray.wrap(DType.I64, values.clone()), values.length);
    }

    /** A vector of integers that may grow with the batch. */
    String ints(Extent... values) {
        if (Arrays.stream(values).allMatch(Extent::isConstant)) {
            return ints(Arrays.stream(values).mapToLong(Extent::value).toArray());
        }
        List<String> parts = new ArrayList<>();
        List<Long> run = new ArrayList<>();
        for (Extent e : values) {
            if (e.isConstant()) {
                run.add(e.value());
                continue;
            }
            flush(run, parts);
            String n = batch();
            n = e.slope() == 1 ? n : add("", "Mul", List.of(n, ints(e.slope())));
            parts.add(e.offset() == 0 ? n : add("", "Add", List.of(n, ints(e.offset()))));
        }
        flush(run, parts);
        return parts.size() == 1 ? parts.getFirst() : add("", "Concat", parts, "axis", 0);
    }

    private void flush(List<Long> run, List<String> parts) {
        if (!run.isEmpty()) {
            parts.add(ints(run.stream().mapToLong(Long::longValue).toArray()));
            run.clear();
        }
    }

    /** Says where the size of the batch is read. */
    void batchFrom(String input, int axis) {
        batch = input + "\n" + axis;
    }

    private String batch() {
        if (batch == null) {
            throw new OnnxExportException("no input has a batch axis, but the graph depends on the batch size; export with fixedBatch()");
        }
        String[] where = batch.split("\n");
        return add("", "Gather", List.of(add("", "Shape", List.of(where[0])), ints(Long.parseLong(where[1]))), "axis", 0);
    }

    // ---- the graph ----------------------------------------------------------------------------------------------------

    /** Adds what was collected and a result needs to a graph. */
    void addTo(GraphProto.Builder graph, Set<String> results) {
        Set<String> needed = new HashSet<>(results);
        List<Node> live = new ArrayList<>();
        for (Node n : nodes.reversed()) {
            if (n.outputs().stream().anyMatch(out -> needed.contains(name(out)))) {
                n.key().inputs().forEach(in -> needed.add(name(in)));
                live.add(n);
            }
        }
        // Only now is known who needs a name.
        for (Node n : live.reversed()) {
            for (String in : n.key().inputs()) {
                if (in.startsWith(PROVISIONAL)) {
                    renamed.computeIfAbsent(in, _ -> unique("/constant"));
                }
            }
            String name = unique(n.base());
            for (int i = 0; i < n.outputs().size(); i++) {
                renamed.putIfAbsent(n.outputs().get(i), n.outputs().get(i).startsWith(PROVISIONAL) ? name + "_output_" + i : n.outputs().get(i));
            }
            NodeProto.Builder b = NodeProto.newBuilder().setName(name).setOpType(n.key().type());
            n.key().inputs().forEach(in -> b.addInput(name(in)));
            n.outputs().forEach(out -> b.addOutput(name(out)));
            n.key().attributes().forEach((attribute, value) -> b.addAttribute(attribute(attribute, value)));
            graph.addNode(b);
        }
        initializers.forEach((name, t) -> {
            if (needed.contains(name)) {
                graph.addInitializer(t.toBuilder().setName(name(name)));
            }
        });
    }

    private String name(String value) {
        return renamed.getOrDefault(value, value);
    }

    private static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder a = AttributeProto.newBuilder().setName(name);
        switch (value) {
            case Long n -> a.setType(AttributeProto.AttributeType.INT).setI(n);
            case Float f -> a.setType(AttributeProto.AttributeType.FLOAT).setF(f);
            case String s -> a.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(s));
            case List<?> list when !list.isEmpty() && list.getFirst() instanceof String -> {
                a.setType(AttributeProto.AttributeType.STRINGS);
                list.forEach(s -> a.addStrings(ByteString.copyFromUtf8((String) s)));
            }
            case List<?> list -> {
                a.setType(AttributeProto.AttributeType.INTS);
                list.forEach(n -> a.addInts((Long) n));
            }
            default -> throw new AssertionError(name + " = " + value);
        }
        return a.build();
    }

    private static TensorProto tensor(String name, HostArray data, long[] dims) {
        TensorProto.Builder t = TensorProto.newBuilder().setName(name).setDataType(type(data.dtype()));
        for (long d : dims) {
            t.addDims(d);
        }
        byte[] bytes = data.segment().toArray(ValueLayout.JAVA_BYTE);
        if (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) {
            reverse(bytes, data.dtype().bytes());
        }
        return t.setRawData(UnsafeByteOperations.unsafeWrap(bytes)).build();
    }

    private static void reverse(byte[] bytes, int width) {
        for (int i = 0; i < bytes.length; i += width) {
            for (int j = 0; j < width / 2; j++) {
                byte b = bytes[i + j];
                bytes[i + j] = bytes[i + width - 1 - j];
                bytes[i + width - 1 - j] = b;
            }
        }
    }

    /** ONNX's number of an element type. */
    static int type(DType dtype) {
        return switch (dtype) {
            case BOOL -> TensorProto.DataType.BOOL_VALUE;
            case U8 -> TensorProto.DataType.UINT8_VALUE;
            case I8 -> TensorProto.DataType.INT8_VALUE;
            case I16 -> TensorProto.DataType.INT16_VALUE;
            case I32 -> TensorProto.DataType.INT32_VALUE;
            case I64 -> TensorProto.DataType.INT64_VALUE;
            case F16 -> TensorProto.DataType.FLOAT16_VALUE;
            case BF16 -> TensorProto.DataType.BFLOAT16_VALUE;
            case F32 -> TensorProto.DataType.FLOAT_VALUE;
            case F64 -> TensorProto.DataType.DOUBLE_VALUE;
        };
    }
}
