package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.nn.Module;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/** One case of the corpus: builds the arguments, calls, differentiates, compares. */
final class OpCase {
    private static final String SECOND_ORDER = "gradgrad:";

    private final JsonNode json;
    private final OpCall call;
    private final LayerCall layer;
    private final SequencedMap<String, Tensor> leaves = new LinkedHashMap<>();
    private final double rtol;
    private final double atol;

    private OpCase(JsonNode json, OpCall call, LayerCall layer) {
        this.json = json;
        this.call = call;
        this.layer = layer;
        rtol = json.at("/tol/rtol").doubleValue();
        atol = json.at("/tol/atol").doubleValue();
    }

    static Verdict judge(JsonNode json, OpTable table) {
        String id = json.path("id").asText("?");
        String group = json.path("group").asText("?");
        List<String> tags = new ArrayList<>();
        json.path("tags").forEach(t -> tags.add(t.asText()));
        String op = json.path("op").asText("");
        OpCall call = find(table, op);
        LayerCall layer = table.module(op);
        if (call == null && layer == null) {
            return new Verdict(id, group, Verdict.Outcome.NOT_SUPPORTED, op, tags);
        }
        String difference;
        try {
            OpCase c = new OpCase(json, call, layer);
            Results r = c.results();
            difference = c.difference(r);
            if (difference != null && !tags.isEmpty() && c.lenient(r, tags)) {
                return new Verdict(id, group, Verdict.Outcome.PASSED, "differs as its tag allows: " + difference, tags);
            }
        } catch (RuntimeException e) {
            difference = e.toString();
        }
        return new Verdict(id, group, difference == null ? Verdict.Outcome.PASSED : Verdict.Outcome.FAILED,
                difference == null ? "" : difference, tags);
    }

    private static OpCall find(OpTable table, String op) {
        if (op.startsWith(SECOND_ORDER)) {
            OpCall inner = find(table, op.substring(SECOND_ORDER.length()));
            return inner == null ? null : a -> gradients(inner, a);
        }
        return table.find(op);
    }

    /** Gradients of {@code sum(f(inputs) * cos(0, 1, 2, ...))}, to be differentiated again. */
    private static List<Tensor> gradients(OpCall f, Args a) {
        Tensor y = f.call(a).getFirst();
        Tensor weights = Tensor.arange(0, y.numel(), 1.0, y.dtype()).cos().reshape(y.shape());
        return Tensor.grad(List.of(y), a.tensors(), List.of(weights), true);
    }

    private Args arguments() {
        DType dtype = "float64".equals(json.path("dtype").asText()) ? DType.F64 : DType.F32;
        SequencedMap<String, Object> inputs = new LinkedHashMap<>();
        leaves.clear();
        json.get("inputs").properties().forEach(e -> inputs.put(e.getKey(), input(e.getKey(), e.getValue())));
        return new Args(inputs, json.path("kwargs"), dtype);
    }

    private Object input(String name, JsonNode v) {
        if (v.isArray()) {
            List<Tensor> list = new ArrayList<>();
            for (int i = 0; i < v.size(); i++) {
                list.add(leaf(name + "." + i, v.get(i)));
            }
            return list;
        }
        return v.isNull() ? null : v.isObject() ? leaf(name, v)
                : v.isIntegralNumber() ? (Object) v.longValue() : CorpusTensors.number(v);
    }

    private Tensor leaf(String name, JsonNode v) {
        Tensor t = CorpusTensors.read(v);
        boolean secondOrder = json.path("op").asText().startsWith(SECOND_ORDER);
        if (json.path("grads").has(name) || secondOrder && t.dtype().isFloat()) {
            t.requiresGrad();
            leaves.put(name, t);
        }
        return t;
    }

    /** Outputs, gradients by name (null for none), and the module's buffers afterwards. */
    private record Results(List<Tensor> outputs, Map<String, Tensor> grads, Map<String, ? extends Tensor> buffers) {
    }

    private Results results() {
        Args args = arguments();
        LayerCall.Built built = layer == null ? null : build(args);
        OpCall f = built == null ? call : built.forward();
        return Step.run(json.path("id").asText("case"), () -> {
            List<Tensor> outputs = f.call(args);
            Map<String, Tensor> grads = new LinkedHashMap<>();
            if (json.has("grads")) {
                differentiate(outputs, grads);
            }
            outputs.forEach(Tensor::keep);
            grads.values().stream().filter(Objects::nonNull).forEach(Tensor::keep);
            return new Results(outputs, grads, built == null ? Map.of() : built.module().namedBuffers());
        });
    }

    /** The module with the case's weights, in its mode. */
    private LayerCall.Built build(Args args) {
        LayerCall.Built built = layer.build(args);
        Module module = built.module();
        module.to(args.dtype());
        Map<String, Tensor> state = new LinkedHashMap<>();
        json.path("params").properties().forEach(e -> state.put(e.getKey(), CorpusTensors.read(e.getValue())));
        json.path("buffers").properties().forEach(e -> state.put(e.getKey(), CorpusTensors.read(e.getValue())));
        // Large cases leave the counter of batches to its start.
        module.loadStateDict(state, !"big".equals(json.path("group").asText()));
        module.train(json.path("training").asBoolean(true));
        module.namedParameters().forEach((name, p) -> leaves.put("params." + name, p));
        return built;
    }

    private void differentiate(List<Tensor> outputs, Map<String, Tensor> grads) {
        List<Tensor> of = new ArrayList<>();
        List<Tensor> cotangents = new ArrayList<>();
        for (int i = 0; i < Math.min(outputs.size(), json.path("grad_outputs").size()); i++) {
            JsonNode g = json.get("grad_outputs").get(i);
            if (!g.isNull()) {
                of.add(outputs.get(i));
                cotangents.add(CorpusTensors.read(g).to(outputs.get(i).dtype()));
            }
        }
        List<Tensor> wrt = new ArrayList<>(leaves.values());
        List<Tensor> found = Tensor.grad(of, wrt, cotangents, false);
        int i = 0;
        for (String name : leaves.keySet()) {
            grads.put(name, found.get(i++));
        }
    }

    /** The first difference, or null. */
    private String difference(Results r) {
        JsonNode expected = json.get("outputs");
        if (r.outputs.size() != expected.size()) {
            return r.outputs.size() + " outputs, expected " + expected.size();
        }
        for (int i = 0; i < expected.size(); i++) {
            String d = CorpusTensors.difference(r.outputs.get(i), expected.get(i), rtol, atol);
            if (d != null) {
                return "output " + i + ": " + d;
            }
        }
        for (var e : json.path("grads").properties()) {
            String d = gradientDifference(r.grads.get(e.getKey()), e.getValue());
            if (d != null) {
                return "gradient by " + e.getKey() + ": " + d;
            }
        }
        for (var e : json.path("buffers_after").properties()) {
            Tensor b = r.buffers.get(e.getKey());
            String d = b == null ? "there is none" : CorpusTensors.difference(b, e.getValue(), rtol, atol);
            if (d != null) {
                return "buffer " + e.getKey() + ": " + d;
            }
        }
        return null;
    }

    /** No gradient and a gradient of zeros are the same statement. */
    private String gradientDifference(Tensor actual, JsonNode expected) {
        if (expected.isNull()) {
            return actual == null || actual.ne(0).any().itemLong() == 0 ? null : "expected none";
        }
        Tensor g = actual == null ? Tensor.zeros(CorpusTensors.shape(expected), DType.parse(expected.get("dtype").textValue())) : actual;
        String d = CorpusTensors.difference(g, expected, rtol, atol);
        return d == null || actual != null ? d : "there is none, expected " + expected.get("data");
    }

    /**
     * Where equal elements tie, indices may name another of them and gradients may be shared otherwise, but not in sum;
     * where versions of PyTorch differ, values may, but not shapes and dtypes.
     */
    private boolean lenient(Results r, List<String> tags) {
        boolean versions = tags.contains("version-dependent");
        for (int i = 0; i < json.get("outputs").size(); i++) {
            JsonNode e = json.get("outputs").get(i);
            Tensor a = r.outputs.get(i);
            boolean free = versions || !a.dtype().isFloat();
            if ((free ? CorpusTensors.form(a, e) : CorpusTensors.difference(a, e, rtol, atol)) != null) {
                return false;
            }
        }
        for (var e : json.path("grads").properties()) {
            Tensor g = r.grads.get(e.getKey());
            if (e.getValue().isNull() || g == null || CorpusTensors.form(g, e.getValue()) != null) {
                return false;
            }
            double want = CorpusTensors.read(e.getValue()).to(DType.F64).sum().item();
            if (!versions && !CorpusTensors.close(g.to(DType.F64).sum().item(), want, rtol, atol)) {
                return false;
            }
        }
        return true;
    }
}
