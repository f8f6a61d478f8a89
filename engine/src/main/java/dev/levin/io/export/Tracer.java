package dev.levin.io.export;

import dev.levin.graph.Autocast;
import dev.levin.graph.Composition;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Trace;
import dev.levin.io.OnnxExportException;
import dev.levin.nn.Module;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Records what a model computes, in evaluation mode and without gradients; computes nothing. */
public final class Tracer {
    /** Sizes to record at: three that the model has no axis of, so that an axis of the batch is never taken for another. */
    private static final int[] BATCHES = {5, 7, 11, 13, 17, 19, 23, 29, 31};

    private final Module module;
    private final Function<List<Tensor>, ?> forward;
    private final List<Tensor> examples;
    private final int[] batchAxes;

    /** @param batchAxes the batch axis of each example, -1 for none; null for a model of one batch size only */
    public Tracer(Module module, Function<List<Tensor>, ?> forward, List<Tensor> examples, int[] batchAxes) {
        this.module = module;
        this.forward = forward;
        this.examples = examples;
        this.batchAxes = batchAxes;
    }

    /**
     * One recording.
     *
     * @param outputs results by name; unnamed ones are called {@code ""}, {@code 1}, {@code 2}...
     */
    record Recording(List<Node> placeholders, SequencedMap<String, Node> outputs, Map<Node, Composition> compositions) {
    }

    /**
     * The model as one graph of values.
     *
     * @param named tells which functions are to stay whole
     */
    public Pairing record(Predicate<Composition> named) {
        Context c = Context.current();
        if (c.trace().isStep()) {
            throw new IllegalStateException("a model can't be exported inside a step; export after Step.run, or after fit");
        }
        Engine.flush();
        Map<Module, Boolean> modes = new IdentityHashMap<>();
        module.namedModules().values().forEach(m -> modes.put(m, m.isTraining()));
        module.eval();
        try (var _ = Grad.off()) {
            return pair(named);
        } finally {
            modes.forEach((m, training) -> {
                if (training != m.isTraining()) {
                    restore(m, modes);
                }
            });
        }
    }

    /** Modes are set for whole trees only, so parents are set before their children. */
    private static void restore(Module m, Map<Module, Boolean> modes) {
        m.train(modes.get(m));
        m.namedModules().values().forEach(below -> {
            if (below != m && below.isTraining() != modes.get(below)) {
                restore(below, modes);
            }
        });
    }

    private Pairing pair(Predicate<Composition> named) {
        if (batchAxes == null) {
            // Twice, with other values: a model that looks at them must not pass for one that does not.
            return new Pairing(List.of(recorded(-1, 0), recorded(-1, 1)), new int[] {0, 0}, named);
        }
        // An extent that is there at two sizes does not come from the batch.
        Set<Integer> taken = extents(recorded(37, 0));
        taken.retainAll(extents(recorded(41, 1)));
        int[] sizes = Arrays.stream(BATCHES).filter(n -> !taken.contains(n)).limit(3).toArray();
        if (sizes.length < 3) {
            throw new OnnxExportException("the model has axes of so many sizes that none is left to tell the batch by; export with fixedBatch()");
        }
        List<Recording> all = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            all.add(recorded(sizes[i], i));
        }
        return new Pairing(all, sizes, named);
    }

    /** The extents of all axes in a recording. */
    private static Set<Integer> extents(Recording r) {
        Set<Integer> found = new HashSet<>();
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Node> open = new ArrayList<>(r.outputs().values());
        while (!open.isEmpty()) {
            Node n = open.removeLast();
            if (seen.add(n)) {
                Arrays.stream(n.shape().dims()).forEach(found::add);
                open.addAll(Arrays.asList(n.inputs()));
            }
        }
        return found;
    }

    private Recording recorded(int batch, int round) {
        Context c = Context.current();
        Trace before = c.trace();
        Map<Node, Composition> compositions = new IdentityHashMap<>();
        // A trace that is no step: its nodes do not expire, and what the model assigns is forgotten with it.
        c.enter(new Trace("onnx export", false));
        Autocast autocast = c.autocast();
        c.setAutocast(null);
        c.setOnComposition(f -> f.outputs().forEach(out -> compositions.put(out, f)));
        try {
            List<Tensor> inputs = new ArrayList<>();
            for (int i = 0; i < examples.size(); i++) {
                Tensor x = examples.get(i);
                Tensor turned = turned(x, round);
                inputs.add(batch < 0 || batchAxes[i] < 0 ? turned : resized(turned, batchAxes[i], batch));
            }
            List<Node> placeholders = inputs.stream().map(Tensor::node).toList();
            SequencedMap<String, Node> outputs = new LinkedHashMap<>();
            flatten("", applied(inputs, batch, round), outputs);
            if (outputs.isEmpty()) {
                throw new OnnxExportException("the model gave no tensor for the example inputs " + inputs.stream().map(Tensor::shape).toList());
            }
            return new Recording(placeholders, outputs, compositions);
        } finally {
            c.setOnComposition(null);
            c.setAutocast(autocast);
            c.enter(before.isStep() ? before : null);
        }
    }

    private Object applied(List<Tensor> inputs, int batch, int round) {
        try {
            return forward.apply(List.copyOf(inputs));
        } catch (OnnxExportException e) {
            throw e;
        } catch (RuntimeException e) {
            if (batch < 0 && round == 0) {
                throw e;
            }
            if (batch < 0) {
                throw new OnnxExportException("the model reads values of its input on the host, and failed with others: " + e.getMessage()
                        + "; keep to tensor operations", e);
            }
            throw new OnnxExportException("the model was recorded with inputs of another batch size, " + inputs.stream().map(Tensor::shape).toList()
                    + ", and failed: " + e.getMessage() + "; say where the batch is with batchAxes(), or export with fixedBatch()", e);
        }
    }

    /** The example with its elements moved on and, floats, made smaller and turned round: other values of the same kind. */
    private static Tensor turned(Tensor x, int round) {
        HostArray from = x.toHost();
        HostArray to = HostArray.allocate(x.dtype(), from.length());
        double scale = (1 - 0.25 * round) * (round % 2 == 0 ? 1 : -1);
        for (int i = 0; i < to.length(); i++) {
            int source = (i + round) % to.length();
            if (x.dtype().isFloat()) {
                to.setDouble(i, from.getDouble(source) * scale);
            } else {
                to.setLong(i, from.getLong(source));
            }
        }
        return Tensor.of(to, x.shape());
    }

    /** The example with its samples repeated. */
    private static Tensor resized(Tensor x, int axis, int batch) {
        int n = x.size(axis);
        if (n == 0) {
            throw new OnnxExportException("the example input " + x.shape() + " has no sample to repeat along axis " + axis);
        }
        Shape shape = x.shape().with(axis, batch);
        HostArray from = x.toHost();
        HostArray to = HostArray.allocate(x.dtype(), shape.numel());
        int inner = 1;
        for (int i = axis + 1; i < shape.rank(); i++) {
            inner *= shape.dim(i);
        }
        for (int i = 0; i < to.length(); i++) {
            int source = (i / inner / batch * n + i / inner % batch % n) * inner + i % inner;
            if (x.dtype().isFloat()) {
                to.setDouble(i, from.getDouble(source));
            } else {
                to.setLong(i, from.getLong(source));
            }
        }
        return Tensor.of(to, shape);
    }

    private static void flatten(String name, Object result, SequencedMap<String, Node> found) {
        switch (result) {
            case null -> { }
            case Tensor t -> found.put(name.isEmpty() && !found.isEmpty() ? Integer.toString(found.size()) : name, t.node());
            case Map<?, ?> map -> map.forEach((key, value) -> flatten(join(name, key.toString()), value, found));
            case Collection<?> list -> {
                int i = 0;
                for (Object o : list) {
                    flatten(join(name, Integer.toString(i++)), o, found);
                }
            }
            case Object[] array -> flatten(name, Arrays.asList(array), found);
            case Record r -> {
                for (RecordComponent part : r.getClass().getRecordComponents()) {
                    flatten(join(name, part.getName()), component(r, part), found);
                }
            }
            default -> throw new OnnxExportException("a model's result must be a tensor, or a list, map or record of tensors, not "
                    + result.getClass().getSimpleName());
        }
    }

    private static String join(String name, String part) {
        return name.isEmpty() ? part : name + "." + part;
    }

    private static Object component(Record r, RecordComponent part) {
        try {
            return part.getAccessor().invoke(r);
        } catch (ReflectiveOperationException e) {
            throw new OnnxExportException("can't read " + part.getName() + " of " + r.getClass().getSimpleName()
                    + "; make the record public, or give a map of tensors", e);
        }
    }
}
