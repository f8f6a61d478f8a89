package dev.levin.io.export;

import dev.levin.graph.Composition;
import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.io.OnnxExportException;
import dev.levin.io.export.Tracer.Recording;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Predicate;

/** Recordings of one model at several batch sizes, as one graph. */
public final class Pairing {
    private final List<Recording> recordings;
    private final int[] sizes;
    private final Map<Node, Value> values = new IdentityHashMap<>();
    private final Map<Composition, Value.Call> calls = new IdentityHashMap<>();
    private final SequencedMap<String, Value> outputs = new LinkedHashMap<>();
    private final List<Value> inputs = new ArrayList<>();
    private final List<Value> order = new ArrayList<>();
    private final Map<Value, Boolean> done = new IdentityHashMap<>();

    /** @param named tells which functions are to stay whole; the others are followed into their primitives */
    Pairing(List<Recording> recordings, int[] sizes, Predicate<Composition> named) {
        this.recordings = recordings;
        this.sizes = sizes;
        recordings.forEach(r -> r.compositions().values().removeIf(named.negate()));
        Recording first = recordings.getFirst();
        for (int i = 0; i < first.placeholders().size(); i++) {
            int k = i;
            inputs.add(value(recordings.stream().map(r -> r.placeholders().get(k)).toArray(Node[]::new), null));
        }
        for (Recording r : recordings) {
            if (!r.outputs().keySet().equals(first.outputs().keySet())) {
                throw new OnnxExportException("the model gives the results " + first.outputs().keySet() + " or " + r.outputs().keySet()
                        + ", depending on the batch size; export with fixedBatch()");
            }
        }
        first.outputs().keySet().forEach(name ->
                outputs.put(name, value(recordings.stream().map(r -> r.outputs().get(name)).toArray(Node[]::new), null)));
        outputs.values().forEach(this::walk);
    }

    /** The model's inputs in the order of the examples. */
    List<Value> inputs() {
        return inputs;
    }

    /** The model's results by name. */
    SequencedMap<String, Value> outputs() {
        return outputs;
    }

    /** All values that the results need, each after what it is computed from. */
    List<Value> order() {
        return order;
    }

    private Value value(Node[] raw, Value reader) {
        Node[] nodes = new Node[raw.length];
        for (int i = 0; i < raw.length; i++) {
            nodes[i] = skip(raw[i], recordings.get(i));
        }
        Value known = values.get(nodes[0]);
        if (known != null) {
            for (int i = 1; i < nodes.length; i++) {
                if (known.nodes()[i] != nodes[i]) {
                    throw differs(reader, known.node(), nodes[i], i);
                }
            }
            return known;
        }
        int placeholder = recordings.getFirst().placeholders().indexOf(nodes[0]);
        for (int i = 1; i < nodes.length; i++) {
            if (recordings.get(i).placeholders().indexOf(nodes[i]) != placeholder || !alike(nodes[0], nodes[i])) {
                throw differs(reader, nodes[0], nodes[i], i);
            }
        }
        Value v = new Value(nodes, sizes, placeholder);
        values.put(nodes[0], v);
        return v;
    }

    /** Barriers have no meaning in a model that is not trained. */
    private static Node skip(Node node, Recording in) {
        Node n = node;
        while (!n.isRealised() && (n.op() == Op.DETACH || n.op() == Op.CUSTOM) && n.inputs().length > 0 && !in.compositions().containsKey(n)) {
            n = n.input(0);
        }
        return n;
    }

    private static boolean alike(Node a, Node b) {
        return a.op() == b.op() && a.dtype() == b.dtype() && a.shape().rank() == b.shape().rank() && a.attr().length == b.attr().length
                && a.inputs().length == b.inputs().length && a.isRealised() == b.isRealised();
    }

    private OnnxExportException differs(Value reader, Node a, Node b, int recording) {
        if (sizes[0] == sizes[recording]) {
            return new OnnxExportException("the graph depends on the values of the input: " + a + " for one input is " + b + " for another"
                    + (reader == null ? "" : ", read by " + reader) + "; keep to tensor operations");
        }
        return new OnnxExportException("the graph depends on the batch size: " + a + " for a batch of " + sizes[0] + " is " + b + " for "
                + sizes[recording] + (reader == null ? "" : ", read by " + reader) + "; export with fixedBatch()");
    }

    /** Values in order, without recursion: unrolled networks are deep. */
    private void walk(Value root) {
        List<Value> stack = new ArrayList<>(List.of(root));
        Map<Value, Boolean> open = new IdentityHashMap<>();
        while (!stack.isEmpty()) {
            Value v = stack.getLast();
            Boolean expanded = open.get(v);
            if (expanded == null && !done.containsKey(v)) {
                open.put(v, true);
                expand(v);
                v.inputs().stream().filter(Objects::nonNull).filter(in -> !done.containsKey(in)).forEach(stack::add);
            } else {
                stack.removeLast();
                if (done.put(v, true) == null) {
                    v.fixed(isFixed(v));
                    order.add(v);
                }
            }
        }
    }

    private void expand(Value v) {
        if (v.placeholder() >= 0 || v.op() == Op.INPUT) {
            return;
        }
        Composition[] functions = new Composition[recordings.size()];
        for (int i = 0; i < functions.length; i++) {
            functions[i] = recordings.get(i).compositions().get(v.nodes()[i]);
        }
        if (functions[0] != null) {
            call(v, functions);
            return;
        }
        if (v.op() == Op.RANDOM_BITS) {
            throw GraphWriter.refused(v, "it draws random numbers; export a model that draws none in evaluation mode");
        }
        List<Value> in = new ArrayList<>();
        for (int k = 0; k < v.node().inputs().length; k++) {
            int at = k;
            in.add(value(Arrays.stream(v.nodes()).map(n -> n.input(at)).toArray(Node[]::new), v));
        }
        v.inputs(in);
    }

    private void call(Value v, Composition[] functions) {
        Composition f = functions[0];
        for (int i = 1; i < functions.length; i++) {
            Composition g = functions[i];
            if (g == null || !g.name().equals(f.name()) || !g.attributes().equals(f.attributes()) || g.inputs().size() != f.inputs().size()
                    || g.outputs().size() != f.outputs().size()) {
                throw differs(v, v.node(), v.nodes()[i], i);
            }
        }
        Value.Call call = calls.get(f);
        if (call == null) {
            List<Value> in = new ArrayList<>();
            for (int k = 0; k < f.inputs().size(); k++) {
                int at = k;
                in.add(f.inputs().get(k) == null ? null : value(Arrays.stream(functions).map(g -> g.inputs().get(at)).toArray(Node[]::new), v));
            }
            List<Value> out = new ArrayList<>();
            for (int k = 0; k < f.outputs().size(); k++) {
                int at = k;
                out.add(value(Arrays.stream(functions).map(g -> g.outputs().get(at)).toArray(Node[]::new), v));
            }
            call = new Value.Call(f.name(), f.attributes(), in, out);
            calls.put(f, call);
        }
        v.call(call);
        v.inputs(call.inputs());
    }

    private boolean isFixed(Value v) {
        if (v.placeholder() >= 0 || v.op() == Op.VARIABLE || v.op() == Op.RANDOM_BITS) {
            return false;
        }
        if (v.op() == Op.INPUT) {
            checkSame(v);
            return true;
        }
        if (v.op() == Op.CONST && Arrays.stream(v.nodes()).anyMatch(n -> n.attr()[0] != v.node().attr()[0])) {
            return false;
        }
        return Arrays.stream(v.extents()).allMatch(Extent::isConstant) && v.inputs().stream().allMatch(in -> in == null || in.isFixed());
    }

    /** A value that was there before the recording must be the same in all of them. */
    private void checkSame(Value v) {
        for (Node n : v.nodes()) {
            if (n == v.node() || n.value() == v.node().value()) {
                continue;
            }
            if (!n.shape().equals(v.node().shape())) {
                throw new OnnxExportException("a tensor of host data has the shape " + v.node().shape() + " or " + n.shape() + at(v)
                        + ", depending on the batch size; make it of the input (such as x.zerosLike), or export with fixedBatch()");
            }
            if (!equal(n.value().toHost(), v.node().value().toHost())) {
                throw new OnnxExportException("the model reads values of its input on the host" + at(v) + " (" + v.node().op() + " " + v.dtype()
                        + v.node().shape() + "), so that the graph holds for this input only; keep to tensor operations");
            }
        }
    }

    private static String at(Value v) {
        return v.path().isEmpty() ? "" : " in layer " + v.path();
    }

    private static boolean equal(HostArray a, HostArray b) {
        return a.dtype() == b.dtype() && a.segment().mismatch(b.segment()) < 0;
    }
}
