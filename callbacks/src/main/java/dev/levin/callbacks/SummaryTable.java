package dev.levin.callbacks;

import dev.levin.nn.Layer;
import dev.levin.nn.Module;
import dev.levin.precision.Precision;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** The rows of a model summary, and their printed form. */
final class SummaryTable {
    /** One module; {@code input} and {@code output} are null when nothing was run through it. */
    record Row(String name, String type, long parameters, boolean training, long flops, String input, String output) {}

    private final List<Row> rows = new ArrayList<>();
    private final boolean traced;
    private long trainable;
    private long frozen;
    private long bytes;
    private int inTraining;
    private int inEvaluation;
    private long flops;

    /** @param depth levels of modules to show; -1 for all */
    SummaryTable(LightningModule<?> model, int depth, Precision precision) {
        Map<String, Module> modules = new LinkedHashMap<>(model.namedModules());
        modules.remove("");
        for (Module m : modules.values()) {
            if (m.isTraining()) {
                inTraining++;
            } else {
                inEvaluation++;
            }
        }
        for (Parameter p : model.parameters()) {
            bytes += p.numel() * p.dtype().bytes();
            if (p.variable().requiresGrad()) {
                trainable += p.numel();
            } else {
                frozen += p.numel();
            }
        }
        modules.keySet().removeIf(name -> depth >= 0 && name.chars().filter(c -> c == '.').count() >= depth);
        Trace trace = model.exampleInput() == null ? null : Trace.of(model, modules, precision);
        traced = trace != null;
        flops = traced ? trace.flops.total() : 0;
        long top = 0;
        for (Map.Entry<String, Module> e : modules.entrySet()) {
            Module m = e.getValue();
            long n = count(m);
            top += e.getKey().contains(".") ? 0 : n;
            rows.add(new Row(e.getKey(), m.getClass().getSimpleName(), n, m.isTraining(), traced ? trace.flops.below(e.getKey()) : 0,
                    traced ? trace.inputs.get(m) : null, traced ? trace.outputs.get(m) : null));
        }
        long others = trainable + frozen - top;
        if (others > 0 && depth != 0) {
            rows.add(new Row("other params", "n/a", others, model.isTraining(), 0, null, null));
        }
    }

    private static long count(Module m) {
        return m.parameters().stream().mapToLong(Parameter::numel).sum();
    }

    List<Row> rows() {
        return List.copyOf(rows);
    }

    long parameters() {
        return trainable + frozen;
    }

    long flops() {
        return flops;
    }

    /** What a run of the example input shows; recorded only, never computed. */
    private static final class Trace {
        private final Map<Module, String> inputs = new HashMap<>();
        private final Map<Module, String> outputs = new HashMap<>();
        private Flops flops;

        /** Null if the model can't take its example input. */
        static Trace of(LightningModule<?> model, Map<String, Module> watched, Precision precision) {
            Trace t = new Trace();
            Map<Module, Boolean> modes = new LinkedHashMap<>();
            model.namedModules().values().forEach(m -> modes.put(m, m.isTraining()));
            List<Layer.HookHandle> handles = new ArrayList<>();
            long[] random = Generator.global().state();
            try (Grad _ = Grad.off()) {
                for (Module m : watched.values()) {
                    if (m instanceof Layer l) {
                        handles.add(l.registerForwardHook((layer, in, out) -> {
                            t.inputs.putIfAbsent(layer, in.shape().toString());
                            t.outputs.putIfAbsent(layer, out.shape().toString());
                            return null;
                        }));
                    }
                }
                model.eval();
                Tensor input = precision.convertInput(model.exampleInput().to(model.device()));
                t.flops = Flops.of(precision.forward(() -> model.forward(input)).node());
                return t;
            } catch (RuntimeException e) {
                LoggerFactory.getLogger(ModelSummary.class).warn("{}.forward can't take its exampleInput() of shape {}, so the summary has no shapes: {}",
                        model.getClass().getSimpleName(), model.exampleInput().shape(), e.getMessage());
                return null;
            } finally {
                handles.forEach(Layer.HookHandle::close);
                modes.forEach(Module::train);
                Generator.global().setState(random);
            }
        }
    }

    // ---- printing -------------------------------------------------------------------------------------------------------------

    @Override
    public String toString() {
        List<List<String>> cells = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("", "Name", "Type", "Params", "Mode"));
        if (traced) {
            head.addAll(List.of("FLOPs", "In sizes", "Out sizes"));
        }
        cells.add(head);
        for (Row r : rows) {
            List<String> c = new ArrayList<>(List.of(Integer.toString(cells.size() - 1), r.name, r.type, Text.count(r.parameters), r.training ? "train" : "eval"));
            if (traced) {
                c.addAll(List.of(Text.count(r.flops), r.input == null ? "?" : r.input, r.output == null ? "?" : r.output));
            }
            cells.add(c);
        }
        int[] widths = new int[head.size()];
        cells.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        StringBuilder s = new StringBuilder();
        int width = 3 * (widths.length - 1);
        for (int w : widths) {
            width += w;
        }
        for (int i = 0; i < cells.size(); i++) {
            line(s, cells.get(i), widths);
            if (i == 0) {
                s.append("-".repeat(width)).append('\n');
            }
        }
        s.append("-".repeat(width)).append('\n');
        foot(s, Text.count(trainable), "Trainable params");
        foot(s, Text.count(frozen), "Non-trainable params");
        foot(s, Text.count(parameters()), "Total params");
        foot(s, String.format(Locale.ROOT, "%.3f", bytes / 1e6), "Total estimated model params size (MB)");
        foot(s, Integer.toString(inTraining), "Modules in train mode");
        foot(s, Integer.toString(inEvaluation), "Modules in eval mode");
        if (traced) {
            foot(s, Text.count(flops), "Total FLOPs");
        }
        return s.toString().stripTrailing();
    }

    private static void line(StringBuilder s, List<String> cells, int[] widths) {
        StringBuilder l = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            l.append(i == 0 ? "" : " | ").append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length()));
        }
        s.append(l.toString().stripTrailing()).append('\n');
    }

    private static void foot(StringBuilder s, String value, String what) {
        s.append(value).append(" ".repeat(Math.max(1, 10 - value.length()))).append(what).append('\n');
    }
}
