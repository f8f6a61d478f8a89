package dev.levin.examples.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.data.Batch;
import dev.levin.graph.Autocast;
import dev.levin.graph.Context;
import dev.levin.nn.Layer;
import dev.levin.optim.GradientClip;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures one workload in this process and prints one JSON line (and with {@code -Dlevin.times=true} the plans): {@code Bench WORKLOAD [train|infer] [steps] [warmup]}.
 * Threads: {@code -Dlevin.threads=N}.
 */
final class Bench {
    private static final int BATCHES = 64;

    private Bench() {
    }

    static void main(String[] args) throws IOException {
        if (args.length == 0) {
            System.out.println("usage: Bench WORKLOAD [train|infer] [steps] [warmup]; workloads: " + Workload.all().stream().map(Workload::name).toList()
                    + ", loader, loader_rows, loader_plain, each also with _w2 for two workers (steps are epochs)");
            return;
        }
        if (LoaderBench.knows(args[0])) {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put("workload", args[0]);
            out.put("engine", "levin");
            out.putAll(LoaderBench.run(args[0], args));
            out.put("peak_rss_mb", peakMegabytes());
            print(out);
            return;
        }
        Workload w = Workload.named(args[0]);
        boolean infer = args.length > 1 && args[1].equals("infer");
        int steps = args.length > 2 ? Integer.parseInt(args[2]) : infer ? 3 * w.steps() : w.steps();
        int warmup = args.length > 3 ? Integer.parseInt(args[3]) : w.warmup();
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("workload", w.name());
        out.put("engine", infer ? "levin_infer" : "levin");
        out.put("threads", Integer.getInteger("levin.threads", Runtime.getRuntime().availableProcessors()));
        out.putAll(infer ? infer(w, steps, warmup) : train(w, steps, warmup));
        out.put("peak_rss_mb", peakMegabytes());
        print(out);
        if (Boolean.getBoolean("levin.times")) {
            Engine.plans(Device.CPU).reports().forEach(System.out::println);
        }
    }

    private static Map<String, Object> train(Workload w, int steps, int warmup) {
        Generator.global().manualSeed(1);
        Layer model = w.model().get();
        Optimizer optimizer = w.optimizer().apply(model);
        Batch[] batches = w.data().apply(BATCHES);
        Stamps stamps = new Stamps(warmup, steps);
        Tensor loss = null;
        for (int i = 0; stamps.another(); i++) {
            Batch b = batches[i % batches.length];
            loss = Step.run("train", () -> {
                optimizer.zeroGrad();
                Tensor l = loss(w, model, b);
                l.backward();
                if (w.clip() != null) {
                    GradientClip.norm(model.parameters(), w.clip());
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

    private static Map<String, Object> infer(Workload w, int steps, int warmup) {
        Layer model = w.model().get();
        model.eval();
        Batch[] batches = w.data().apply(BATCHES);
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
        y.toHost();
        return stamps.report();
    }

    private static long peakMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return -1;
        }
        List<String> lines = Files.readAllLines(status);
        return lines.stream().filter(l -> l.startsWith("VmHWM")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElse(-1) / 1024;
    }

    private static void print(Map<String, Object> out) throws JsonProcessingException {
        System.out.println(new ObjectMapper().writeValueAsString(out));
    }
}
