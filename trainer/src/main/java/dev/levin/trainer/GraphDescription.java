package dev.levin.trainer;

import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model's graph as loggers draw it, independent of the engine's own representation.
 *
 * @param nodes in any order; names are unique
 */
public record GraphDescription(List<Node> nodes) {

    /** @throws IllegalArgumentException if two nodes have one name */
    public GraphDescription {
        nodes = List.copyOf(nodes);
        Set<String> names = new HashSet<>();
        for (Node node : nodes) {
            if (!names.add(node.name())) {
                throw new IllegalArgumentException("two nodes of the graph are named '" + node.name()
                        + "'; add a number to one of them");
            }
        }
    }

    /**
     * One operation, parameter or input.
     *
     * @param name path with '/' between scopes, e.g. {@code Net/conv1/weight}; viewers fold scopes into boxes
     * @param op kind of operation, e.g. {@code matmul}
     * @param inputs names of the nodes this one reads; names outside the graph are drawn as external inputs
     * @param shape shape of the output, if known
     * @param dtype element type of the output, if known
     * @param attributes anything else worth showing, e.g. {@code stride} to {@code [2, 2]}
     */
    public record Node(String name, String op, List<String> inputs, Optional<Shape> shape, Optional<DType> dtype,
                       Map<String, String> attributes) {
        public Node {
            if (name.isBlank()) {
                throw new IllegalArgumentException("a node of kind '" + op + "' has no name");
            }
            inputs = List.copyOf(inputs);
            attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
        }

        /** A node of which only the wiring and the shape are known. */
        public Node(String name, String op, List<String> inputs, Shape shape) {
            this(name, op, inputs, Optional.of(shape), Optional.empty(), Map.of());
        }
    }
}
