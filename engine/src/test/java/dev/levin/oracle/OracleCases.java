package dev.levin.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.nn.Module;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.GZIPInputStream;

/** Reads cases made with PyTorch from the test resources and compares outputs, gradients and buffers. */
final class OracleCases {
    private OracleCases() {
    }

    /** A function of PyTorch by Levin's public API; outputs flattened as PyTorch's tuple is. */
    @FunctionalInterface
    interface Call {
        List<Tensor> apply(CaseArgs args);
    }

    /** A module, and how the inputs go through it. */
    record Built(Module module, Call call) {
    }

    @FunctionalInterface
    interface Build {
        Built apply(CaseArgs args);
    }

    static List<JsonNode> group(String name) {
        try (InputStream in = OracleCases.class.getResourceAsStream("/oracle/ops/" + name + ".json.gz")) {
            List<JsonNode> cases = new ArrayList<>();
            new ObjectMapper().readTree(new GZIPInputStream(in)).get("cases").forEach(cases::add);
            return cases;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The first difference, or null if the case passes. */
    static String run(JsonNode c) {
        DType dtype = DType.parse(c.get("dtype").textValue());
        SequencedMap<String, Object> inputs = new LinkedHashMap<>();
        SequencedMap<String, Tensor> leaves = new LinkedHashMap<>();
        JsonNode grads = c.has("grads") ? c.get("grads") : null;
        c.get("inputs").properties().forEach(e -> {
            Tensor t = e.getValue().isNull() ? null : CaseTensors.read(e.getValue());
            if (grads != null && grads.has(e.getKey())) {
                t.requiresGrad();
                leaves.put(e.getKey(), t);
            }
            inputs.put(e.getKey(), t);
        });
        CaseArgs args = new CaseArgs(inputs, c.get("kwargs"), dtype);
        String op = c.get("op").textValue();
        Module module = null;
        Call call;
        if (c.has("params")) {
            Built built = NnModules.TABLE.get(op.replaceFirst("\\.(train|eval)$", "").replaceFirst("^packed:", "")).apply(args);
            module = built.module();
            module.to(dtype);
            Map<String, Tensor> state = new LinkedHashMap<>();
            c.get("params").properties().forEach(e -> state.put(e.getKey(), CaseTensors.read(e.getValue())));
            if (c.has("buffers")) {
                c.get("buffers").properties().forEach(e -> state.put(e.getKey(), CaseTensors.read(e.getValue())));
            }
            module.loadStateDict(state);
            module.train(!c.has("training") || c.get("training").isNull() || c.get("training").booleanValue());
            module.namedParameters().forEach((name, p) -> leaves.put("params." + name, p));
            call = built.call();
        } else {
            call = NnFunctions.TABLE.get(op);
        }
        if (call == null) {
            return "no binding for " + op;
        }
        return compare(c, call.apply(args), leaves, module);
    }

    private static String compare(JsonNode c, List<Tensor> outputs, SequencedMap<String, Tensor> leaves, Module module) {
        double rtol = c.get("tol").get("rtol").doubleValue();
        double atol = c.get("tol").get("atol").doubleValue();
        JsonNode expected = c.get("outputs");
        if (outputs.size() != expected.size()) {
            return outputs.size() + " outputs, expected " + expected.size();
        }
        List<Tensor> results = new ArrayList<>();
        List<Tensor> found = c.has("grads") ? gradients(c, outputs, leaves) : List.of();
        for (int i = 0; i < outputs.size(); i++) {
            String d = CaseTensors.difference(outputs.get(i), expected.get(i), rtol, atol);
            if (d != null) {
                return "output " + i + ": " + d;
            }
        }
        int i = 0;
        for (String name : found.isEmpty() ? List.<String>of() : leaves.keySet()) {
            Tensor g = found.get(i++);
            JsonNode want = c.get("grads").get(name);
            String d = want == null || want.isNull() ? g != null && g.abs().max().item() > 0 ? "should be absent" : null
                    : g == null ? "is missing" : CaseTensors.difference(g, want, rtol, atol);
            if (d != null) {
                return "gradient of " + name + ": " + d;
            }
        }
        if (c.has("buffers_after")) {
            Map<String, ? extends Tensor> buffers = module.namedBuffers();
            for (var e : c.get("buffers_after").properties()) {
                String d = CaseTensors.difference(buffers.get(e.getKey()), e.getValue(), rtol, atol);
                if (d != null) {
                    return "buffer " + e.getKey() + ": " + d;
                }
            }
        }
        return null;
    }

    private static List<Tensor> gradients(JsonNode c, List<Tensor> outputs, SequencedMap<String, Tensor> leaves) {
        List<Tensor> from = new ArrayList<>();
        List<Tensor> cotangents = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            JsonNode g = c.get("grad_outputs").get(i);
            if (g != null && !g.isNull()) {
                from.add(outputs.get(i));
                cotangents.add(CaseTensors.read(g));
            }
        }
        return Tensor.grad(from, List.copyOf(leaves.values()), cotangents, false);
    }
}
