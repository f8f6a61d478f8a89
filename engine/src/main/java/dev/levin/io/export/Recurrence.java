package dev.levin.io.export;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer of an RNN, LSTM or GRU in one or two directions. Weights keep their names and content; ONNX's order of the
 * gates is made of them in the graph, where every runtime folds it away.
 */
final class Recurrence {
    private final GraphWriter writer;
    private final GraphBuilder graph;
    private final Value at;
    private final Value.Call f;
    private final int directions;
    private final int kinds;
    private final int hidden;

    Recurrence(GraphWriter writer, Value at, Value.Call f) {
        this.writer = writer;
        this.graph = writer.graph();
        this.at = at;
        this.f = f;
        directions = f.integer("directions");
        kinds = f.name().equals("LSTM") ? 2 : 1;
        hidden = f.integer("hidden_size");
    }

    /** ONNX's gates by their place in PyTorch's order: LSTM iofc of ifco, GRU zrh of rzn. */
    private int[] gates() {
        return switch (f.name()) {
            case "LSTM" -> new int[] {0, 3, 1, 2};
            case "GRU" -> new int[] {1, 0, 2};
            default -> new int[] {0};
        };
    }

    List<String> write() {
        List<String> in = new ArrayList<>(List.of(writer.name(f.inputs().getFirst()), perDirection(0), perDirection(1), biases(), ""));
        for (int k = 0; k < kinds; k++) {
            in.add(initial(k));
        }
        List<Object> attributes = new ArrayList<>(List.of("hidden_size", hidden, "direction", directions == 2 ? "bidirectional" : "forward"));
        if (f.name().equals("GRU")) {
            attributes.addAll(List.of("linear_before_reset", 1));
        }
        if (f.name().equals("RNN")) {
            String one = (String) f.attributes().get("activation");
            attributes.addAll(List.of("activations", directions == 2 ? List.of(one, one) : List.of(one)));
        }
        List<String> made = graph.add(at.path(), f.name(), 1 + kinds, in, attributes.toArray());
        List<String> out = new ArrayList<>();
        out.add(sequence(made.getFirst()));
        for (int d = 0; d < directions; d++) {
            for (int k = 0; k < kinds; k++) {
                out.add(directions == 1 ? writer.add(at, "Squeeze", List.of(made.get(1 + k), graph.ints(0)))
                        : writer.add(at, "Gather", List.of(made.get(1 + k), graph.scalar(DType.I64, d)), "axis", 0));
            }
        }
        return out;
    }

    /** [T, directions, N, H] as [T, N, directions * H]. */
    private String sequence(String y) {
        if (directions == 1) {
            return writer.add(at, "Squeeze", List.of(y, graph.ints(1)));
        }
        String last = writer.add(at, "Transpose", List.of(y), "perm", new int[] {0, 2, 1, 3});
        return writer.add(at, "Reshape", List.of(last, graph.ints(0, 0, (long) directions * hidden)));
    }

    private Value weight(int direction, int which) {
        return f.inputs().get(1 + kinds * directions + 4 * direction + which);
    }

    /** Weights of the input (0) or the hidden state (1): [directions, gates * H, size]. */
    private String perDirection(int which) {
        List<String> all = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            all.add(reordered(weight(d, which)));
        }
        return joined(all);
    }

    private String biases() {
        if (weight(0, 2) == null) {
            return "";
        }
        List<String> all = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            all.add(writer.add(at, "Concat", List.of(reordered(weight(d, 2)), reordered(weight(d, 3))), "axis", 1));
        }
        return joined(all);
    }

    /** The initial states of one kind, [directions, N, H]; a missing one is zero. */
    private String initial(int kind) {
        List<String> all = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            Value state = f.inputs().get(1 + kind * directions + d);
            if (state == null) {
                return "";
            }
            all.add(unsqueezed(writer.name(state)));
        }
        return joined(all);
    }

    /** Rows in ONNX's order under a first axis of 1. */
    private String reordered(Value weight) {
        int[] order = gates();
        if (order.length == 1) {
            return unsqueezed(writer.name(weight));
        }
        long[] rows = new long[order.length * hidden];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (long) order[i / hidden] * hidden + i % hidden;
        }
        return writer.add(at, "Gather", List.of(writer.name(weight), graph.constant(HostArray.wrap(DType.I64, rows), 1, rows.length)), "axis", 0);
    }

    private String unsqueezed(String name) {
        return writer.add(at, "Unsqueeze", List.of(name, graph.ints(0)));
    }

    private String joined(List<String> parts) {
        return parts.size() == 1 ? parts.getFirst() : writer.add(at, "Concat", parts, "axis", 0);
    }
}
