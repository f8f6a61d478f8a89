package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.nn.Layer;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a step costs in the Trainer beyond a hand-written loop over the same loader: both train in this process, in turn,
 * after a warm-up of as many steps. The Trainer has its default callbacks and the TensorBoard logger; the module logs its loss.
 *
 * <p>{@code Overhead ROUNDS STEPS [lightning=COMMAND eager_loader=COMMAND]}: a peer's command prints one JSON line with
 * {@code step_us_p50} and {@code sps_mean}; {@code {workload}} and {@code {threads}} in it are replaced. Of the two peers the
 * difference is printed, too.
 */
final class Overhead {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> WORKLOADS = List.of("iris_mlp", "mlp_mnist");
    private static final int BATCHES = 1000;

    /**
     * Microseconds.
     *
     * @param step median between two steps of one epoch
     * @param all mean over all steps, with the ends of epochs: logging, checkpoints, shuffling
     */
    private record Cost(double step, double all) {}

    /** One workload with its data in memory. */
    private record Job(Workload workload, TensorDataset data, int batch) {
        static Job of(String name) {
            Workload w = Workload.named(name);
            Batch[] all = w.data().batches(w.batch(), BATCHES);
            return new Job(w, new TensorDataset(Tensor.cat(Arrays.stream(all).map(Batch::input).toList(), 0),
                    Tensor.cat(Arrays.stream(all).map(Batch::target).toList(), 0)), w.batch());
        }

        DataLoader<Batch> loader() {
            return new DataLoader<>(data, batch).shuffle(1);
        }
    }

    /** When steps began. */
    private static final class Clock {
        final long[] at;
        int n;

        Clock(int steps) {
            at = new long[steps];
        }

        void tick() {
            at[n++] = System.nanoTime();
        }

        Cost cost(int perEpoch) {
            double[] inside = new double[n];
            int k = 0;
            for (int i = 1; i < n; i++) {
                if (i % perEpoch != 0) {
                    inside[k++] = (at[i] - at[i - 1]) * 1e-3;
                }
            }
            return new Cost(median(Arrays.copyOf(inside, k)), (at[n - 1] - at[0]) * 1e-3 / (n - 1));
        }
    }

    private static final class Net extends LightningModule<Batch> {
        final Layer net;
        private final Workload workload;
        private final Clock clock;

        Net(Workload workload, Clock clock) {
            this.workload = workload;
            this.clock = clock;
            net = workload.model().get();
        }

        @Override
        public Tensor trainingStep(Batch b, int index) {
            clock.tick();
            Tensor loss = workload.loss().apply(net.forward(b.input()), b);
            log("train_loss", loss);
            return loss;
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(workload.optimizer().apply(net));
        }
    }

    private Overhead() {
    }

    static void main(String[] args) throws IOException, InterruptedException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int steps = args.length > 1 ? Integer.parseInt(args[1]) : 10000;
        Map<String, String> peers = new LinkedHashMap<>();
        for (String a : args.length > 2 ? Arrays.copyOfRange(args, 2, args.length) : new String[0]) {
            peers.put(a.substring(0, a.indexOf('=')), a.substring(a.indexOf('=') + 1));
        }
        int threads = Integer.getInteger("levin.threads", Runtime.getRuntime().availableProcessors());
        System.out.printf("microseconds a step, %d threads: within epochs (median), and all in (mean, with the ends of epochs); %d rounds of %d steps%n",
                threads, rounds, steps);
        for (String name : WORKLOADS) {
            measure(Job.of(name), rounds, steps);
            peers(peers, name, threads);
        }
    }

    private static void measure(Job job, int rounds, int steps) throws IOException {
        int perEpoch = job.loader().length();
        Cost[] loop = new Cost[rounds];
        Cost[] trainer = new Cost[rounds];
        loop(job, steps);
        trainer(job, steps);
        for (int r = 0; r < rounds; r++) {
            loop[r] = loop(job, steps).cost(perEpoch);
            trainer[r] = trainer(job, steps).cost(perEpoch);
        }
        Cost a = median(loop);
        Cost b = median(trainer);
        System.out.printf(Locale.ROOT, "%-10s loop    %8.1f %8.1f%n%-10s Trainer %8.1f %8.1f   more by %.1f within epochs, %.1f all in; an epoch's end %.0f more%n",
                job.workload.name(), a.step, a.all, "", b.step, b.all, b.step - a.step, b.all - a.all, (b.all - b.step - a.all + a.step) * perEpoch);
    }

    private static Clock loop(Job job, int steps) {
        Generator.global().manualSeed(1);
        Layer net = job.workload.model().get();
        Optimizer optimizer = job.workload.optimizer().apply(net);
        Clock clock = new Clock(steps);
        DataLoader<Batch> loader = job.loader();
        Tensor loss = null;
        while (clock.n < steps) {
            for (Batch b : loader) {
                loss = Step.run("loop", () -> {
                    clock.tick();
                    optimizer.zeroGrad();
                    Tensor l = job.workload.loss().apply(net.forward(b.input()), b);
                    l.backward();
                    optimizer.step();
                    return l;
                });
                if (clock.n == steps) {
                    break;
                }
            }
        }
        loss.item();
        return clock;
    }

    /** The progress bar draws, but nobody sees it. */
    private static Clock trainer(Job job, int steps) throws IOException {
        Path folder = Files.createTempDirectory("levin-overhead");
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        Clock clock = new Clock(steps);
        try {
            Generator.global().manualSeed(1);
            Trainer.builder().accelerator("cpu").maxEpochs(-1).maxSteps(steps).defaultRootDir(folder).logger(new TensorBoardLogger(folder.toString())).build()
                    .fit(new Net(job.workload, clock), job.loader());
        } finally {
            System.setOut(out);
            TrainerBench.delete(folder);
        }
        return clock;
    }

    private static double median(double[] v) {
        Arrays.sort(v);
        return v.length == 0 ? Double.NaN : v[v.length / 2];
    }

    private static Cost median(Cost[] all) {
        return new Cost(median(Arrays.stream(all).mapToDouble(Cost::step).toArray()), median(Arrays.stream(all).mapToDouble(Cost::all).toArray()));
    }

    private static void peers(Map<String, String> commands, String workload, int threads) throws IOException, InterruptedException {
        Map<String, Cost> costs = new LinkedHashMap<>();
        for (Map.Entry<String, String> e : commands.entrySet()) {
            List<String> command = Arrays.stream(e.getValue().split(" "))
                    .map(w -> w.replace("{workload}", workload).replace("{threads}", Integer.toString(threads))).toList();
            Cost c = run(command);
            costs.put(e.getKey(), c);
            System.out.printf(Locale.ROOT, "%-10s %-12s %s%n", "", e.getKey(), c == null ? "printed no result" : String.format(Locale.ROOT, "%.1f %.1f", c.step, c.all));
        }
        Cost a = costs.get("eager_loader");
        Cost b = costs.get("lightning");
        if (a != null && b != null) {
            System.out.printf(Locale.ROOT, "%-10s Lightning over its loop: more by %.1f within epochs, %.1f all in%n", "", b.step - a.step, b.all - a.all);
        }
    }

    /** Null if it prints no result. */
    private static Cost run(List<String> command) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        Cost last = null;
        try (BufferedReader in = p.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = in.readLine()) != null) {
                int brace = line.indexOf('{');
                if (brace >= 0 && line.contains("step_us_p50")) {
                    JsonNode n = JSON.readTree(line.substring(brace));
                    last = new Cost(n.get("step_us_p50").asDouble(), 1e6 / n.get("sps_mean").asDouble());
                }
            }
        }
        p.waitFor();
        return last;
    }
}
