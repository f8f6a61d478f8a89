package dev.levin.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A function with a name of its own that was recorded as several primitives: softmax, a layer norm, an LSTM layer.
 *
 * <p>Devices never see these. Whoever writes a graph for people or other programs to read listens to them while the
 * graph is being recorded ({@link Context#onComposition}) and may write one operator instead of its primitives.
 *
 * @param inputs what the function was applied to; null where an optional input is missing
 * @param outputs the nodes that hold its results
 * @param attributes options by name: numbers, strings, booleans and lists of numbers
 */
public record Composition(String name, List<Node> inputs, List<Node> outputs, Map<String, ?> attributes) {

    /** Tells whoever listens that {@code output} is this function of the inputs; returns the output. */
    public static Node of(String name, Node output, Map<String, ?> attributes, Node... inputs) {
        Consumer<Composition> listener = Context.current().onComposition();
        if (listener != null && Arrays.stream(inputs).noneMatch(in -> in == output)) {
            listener.accept(new Composition(name, Collections.unmodifiableList(Arrays.asList(inputs)), List.of(output), attributes));
        }
        return output;
    }

    /** As {@link #of} for a function of several results. */
    public static void of(String name, List<Node> outputs, Map<String, ?> attributes, Node... inputs) {
        Consumer<Composition> listener = Context.current().onComposition();
        if (listener != null) {
            listener.accept(new Composition(name, Collections.unmodifiableList(Arrays.asList(inputs)), List.copyOf(outputs), attributes));
        }
    }
}
