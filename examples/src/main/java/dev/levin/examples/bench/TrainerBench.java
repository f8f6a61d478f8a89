package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.examples.bench.measure.Stamps;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.nn.Layer;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;

/**
 * A workload through the Trainer: default callbacks (the progress bar off), TensorBoard logger, the loss logged in every step, a shuffled
 * loader over the whole data set. Stamps are taken in {@code trainingStep}, so nothing is added in order to measure.
 */
final class TrainerBench {
    private TrainerBench() {
    }

    private static final class Net extends LightningModule<Batch> {
        final Layer net;
        private final Workload workload;
        private final Stamps stamps;
        private boolean begun;
        private double lastLoss;

        Net(Workload workload, Stamps stamps) {
            this.workload = workload;
            this.stamps = stamps;
            net = workload.model().get();
        }

        @Override
        public Tensor trainingStep(Batch b, int index) {
            if (!stamps.another()) {
                trainer().requestStop("measured");
            }
            Tensor loss = workload.loss().apply(net.forward(b.input()), b);
            log("train_loss", loss);
            return loss;
        }

        @Override
        public void onTrainBatchEnd(Map<String, ?> outputs, Batch batch, int index) {
            if (!begun) {
                begun = true;
                lastLoss = loss(outputs);
                stamps.first();
            } else if (trainer().shouldStop()) {
                lastLoss = loss(outputs);
            }
        }

        private static double loss(Map<String, ?> outputs) {
            return ((Tensor) outputs.get("loss")).item();
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(workload.optimizer().apply(net));
        }
    }

    static Map<String, Object> run(Workload w, int steps, int warmup) throws IOException {
        Batch all = w.data().whole();
        TensorDataset data = new TensorDataset(all.input(), all.target());
        Path folder = Files.createTempDirectory("levin-bench");
        try {
            Generator.global().manualSeed(1);
            TrainerBuilder trainer = Trainer.builder().accelerator("cpu").maxEpochs(-1).defaultRootDir(folder).enableProgressBar(false)
                    .logger(new TensorBoardLogger(folder.toString())).precision(w.bf16() ? "bf16-mixed" : "32-true");
            if (w.clip() != null) {
                trainer.gradientClipVal(w.clip());
            }
            Stamps stamps = new Stamps(warmup, steps);
            Net net = new Net(w, stamps);
            trainer.build().fit(net, new DataLoader<>(data, w.batch()).shuffle(1).dropLast());
            Map<String, Object> m = stamps.report();
            m.put("loss_last", net.lastLoss);
            return m;
        } finally {
            delete(folder);
        }
    }

    static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        }
    }
}
