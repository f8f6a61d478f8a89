package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.examples.bench.measure.ResultLine;
import dev.levin.examples.bench.measure.Stamps;
import dev.levin.graph.Autocast;
import dev.levin.graph.Context;
import dev.levin.nn.Layer;
import dev.levin.optim.GradientClip;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures one workload in this process and prints one JSON line (and with {@code -Dlevin.times=true} the plans):
 * {@code Bench WORKLOAD [train|infer|trainer] [steps] [warmup] [batch]}. Threads: {@code -Dlevin.threads=N}.
 */
final class Bench {
    private static final int BATCHES = 64;
    private static final String USAGE = """
            usage: Bench WORKLOAD [train|infer|trainer] [steps] [warmup] [batch]
            train: a plain loop over batches made beforehand; infer: forward alone; trainer: fit with a loader over the whole data set
            workloads: %s, loader, loader_rows, loader_plain, each loader also with _w2 for two workers (steps are epochs)""";

    private Bench() {
    }

    static void main(String[] args) throws IOException {
        if (args.length == 0) {
            System.out.println(USAGE.formatted(String.join(", ", Workload.all().stream().map(Workload::name).toList())));
            return;
        }
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("workload", args[0]);
        out.put("threads", Integer.getInteger("levin.threads", Runtime.getRuntime().availableProcessors()));
        out.putAll(LoaderBench.knows(args[0]) ? LoaderBench.run(args[0], args) : measure(args));
        ResultLine.print(out);
        if (Boolean.getBoolean("levin.times")) {
            Engine.plans(Device.CPU).reports().forEach(System.out::println);
        }
    }

    private static Map<String, Object> measure(String[] args) throws IOException {
        Workload w = Workload.named(args[0]);
        String mode = args.length > 1 ? args[1] : "train";
        int batch = args.length > 4 ? Integer.parseInt(args[4]) : w.batch();
        Cell cell = new Cell(mode.equals("infer") ? Cell.Kind.INFER : Cell.Kind.TRAIN, w.name(), 0, batch);
        int steps = args.length > 2 ? Integer.parseInt(args[2]) : new Effort(false).steps(cell);
        int warmup = args.length > 3 ? Integer.parseInt(args[3]) : new Effort(false).warmup(cell);
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("engine", "levin_" + mode);
        out.put("batch", batch);
        out.put("steps", steps);
        out.putAll(switch (mode) {
            case "train" -> train(w, batch, steps, warmup);
            case "infer" -> infer(w, batch, steps, warmup);
            case "trainer" -> TrainerBench.run(w, steps, warmup);
            default -> throw new IllegalArgumentException("'" + mode + "' is not a way to measure; there are train, infer and trainer");
        });
        return out;
    }

    private static Map<String, Object> train(Workload w, int batch, int steps, int warmup) {
        Batch[] batches = w.data().batches(batch, BATCHES);
        Generator.global().manualSeed(1);
        Layer model = w.model().get();
        Optimizer optimizer = w.optimizer().apply(model);
        List<Parameter> parameters = model.parameters();
        Stamps stamps = new Stamps(warmup, steps);
        Tensor loss = null;
        for (int i = 0; stamps.another(); i++) {
            Batch b = batches[i % batches.length];
            loss = Step.run("train", () -> {
                optimizer.zeroGrad();
                Tensor l = loss(w, model, b);
                l.backward();
                if (w.clip() != null) {
                    GradientClip.norm(parameters, w.clip());
                }
                optimizer.step();
                return l;
            });
            if (i == 0) {
                loss.item();
                stamps.first();
            }
        }
        double last = loss.item();
        Map<String, Object> m = stamps.report();
        m.put("loss_last", last);
        return m;
    }

    private static Tensor loss(Workload w, Layer model, Batch b) {
        if (!w.bf16()) {
            return w.loss().apply(model.forward(b.input()), b);
        }
        Context.current().setAutocast(new Autocast(DType.BF16));
        try {
            return w.loss().apply(model.forward(b.input()), b);
        } finally {
            Context.current().setAutocast(null);
        }
    }

    private static Map<String, Object> infer(Workload w, int batch, int steps, int warmup) {
        Batch[] batches = w.data().batches(batch, BATCHES);
        Layer model = w.model().get();
        model.eval();
        Stamps stamps = new Stamps(warmup, steps);
        Tensor y = null;
        try (var _ = Grad.off()) {
            for (int i = 0; stamps.another(); i++) {
                Batch b = batches[i % batches.length];
                y = Step.run("infer", () -> model.forward(b.input()));
                if (i == 0) {
                    y.toHost();
                    stamps.first();
                }
            }
        }
        Map<String, Object> m = stamps.report();
        m.put("loss_last", y.abs().mean().item());
        return m;
    }
}
