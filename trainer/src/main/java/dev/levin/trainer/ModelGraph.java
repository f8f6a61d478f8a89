package dev.levin.trainer;

import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.graph.Variable;
import dev.levin.precision.Precision;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * The graph of a model as loggers draw it: what its forward records for {@link LightningModule#exampleInput}, under the paths
 * of the layers. Nothing is computed.
 */
final class ModelGraph {
    private final String root;
    private final Map<Node, String> names = new IdentityHashMap<>();
    private final Map<String, Integer> used = new HashMap<>();

    private ModelGraph(String root) {
        this.root = root;
    }

    /** Empty, with a warning, without an example input or when forward can't take it. */
    static Optional<GraphDescription> of(LightningModule<?> model, Precision precision) {
        String name = model.getClass().getSimpleName().isEmpty() ? "Model" : model.getClass().getSimpleName();
        Tensor example = model.exampleInput();
        if (example == null) {
            LoggerFactory.getLogger(Trainer.class).warn("the graph of {} is not logged: override exampleInput() to give an input of forward", name);
            return Optional.empty();
        }
        ModuleModes modes = new ModuleModes(model);
        long[] random = Generator.global().state();
        try (Grad _ = Grad.off()) {
            model.namedParameters();
            model.eval();
            Tensor input = precision.convertInput(example.to(model.device()));
            Node output = precision.forward(() -> model.forward(input)).node();
            return Optional.of(new ModelGraph(name).describe(input.node(), output));
        } catch (RuntimeException e) {
            LoggerFactory.getLogger(Trainer.class).warn("the graph of {} is not logged: forward can't take its exampleInput() of shape {}: {}", name,
                    example.shape(), e.getMessage());
            return Optional.empty();
        } finally {
            modes.restore();
            Generator.global().setState(random);
        }
    }

    private GraphDescription describe(Node input, Node output) {
        List<Node> all = between(input, output);
        for (Node n : all) {
            names.put(n, n == input ? "input" : unique(name(n)));
        }
        List<GraphDescription.Node> nodes = new ArrayList<>();
        for (Node n : all) {
            List<String> from = n == input ? List.of() : java.util.Arrays.stream(n.inputs()).map(names::get).toList();
            nodes.add(new GraphDescription.Node(names.get(n), n == input ? "Input" : kind(n), from, Optional.of(n.shape()), Optional.of(n.dtype()),
                    attributes(n)));
        }
        nodes.add(new GraphDescription.Node("output", "Output", List.of(names.get(output)), Optional.of(output.shape()), Optional.of(output.dtype()), Map.of()));
        return new GraphDescription(nodes);
    }

    private static List<Node> between(Node input, Node output) {
        Map<Node, Boolean> seen = new IdentityHashMap<>();
        ArrayDeque<Node> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            Node n = open.pop();
            if (seen.put(n, true) == null && n != input) {
                open.addAll(List.of(n.inputs()));
            }
        }
        return seen.keySet().stream().sorted(Comparator.comparingLong(Node::id)).toList();
    }

    private static String kind(Node n) {
        return n.payload() instanceof Variable v ? switch (v.kind()) {
            case PARAMETER -> "Parameter";
            case BUFFER -> "Buffer";
            default -> "Variable";
        } : n.op().name().toLowerCase(Locale.ROOT);
    }

    private String name(Node n) {
        if (n.op() == Op.VARIABLE && n.payload() instanceof Variable v) {
            return root + "/" + v.name().replace('.', '/');
        }
        String path = n.path().equals(root) ? "" : n.path();
        return root + (path.isEmpty() ? "" : "/" + path.replace('.', '/')) + "/" + n.op().name().toLowerCase(Locale.ROOT);
    }

    private String unique(String name) {
        int n = used.merge(name, 1, Integer::sum);
        return n == 1 ? name : unique(name + "_" + (n - 1));
    }

    private static Map<String, String> attributes(Node n) {
        Map<String, String> m = new LinkedHashMap<>();
        if (n.payload() instanceof Variable v) {
            m.put("trainable", Boolean.toString(v.requiresGrad()));
        }
        return m;
    }
}
