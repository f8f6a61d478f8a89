package dev.levin.examples.jobs;

import dev.levin.callbacks.BackboneFinetuning;
import dev.levin.data.Batch;
import dev.levin.data.DrawnDigits;
import dev.levin.data.TensorDataset;
import dev.levin.metrics.Accuracy;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.Sequential;
import dev.levin.optim.AdamW;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.config.Nearest;
import dev.levin.trainer.demo.DigitsDataModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Transfer learning: what a network learned about digits serves to tell even from odd ones, with few samples. */
final class FinetuneJob implements Job {
    @Override
    public String name() {
        return "finetune";
    }

    @Override
    public String description() {
        return "even or odd, by a network trained on digits (--data final.ckpt; else it is trained first)";
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return new EvenOrOdd(options.data() == null ? pretrained(options) : weights(options.data()), options.lrOr(1e-3));
    }

    private static Map<String, Tensor> weights(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("there is no " + file + ", given with --data" + Nearest.fileHint(file)
                    + "; it should be a checkpoint of 'levin fit digits', such as "
                    + "runs/digits/version_0/checkpoints/final.ckpt");
        }
        return Checkpoint.read(file).stateDict();
    }

    /** A digits network after one epoch. */
    private static Map<String, Tensor> pretrained(Options options) {
        LoggerFactory.getLogger(FinetuneJob.class).info("no network is given with --data: one is trained on digits first");
        DigitClassifier network = new DigitClassifier(1e-3);
        Trainer.builder().maxEpochs(1).logger(false).enableCheckpointing(false).enableModelSummary(false).enableProgressBar(false).limitValBatches(0)
                .build().fit(network, new DigitsDataModule(64, options.trainSize() > 0 ? 4 * options.trainSize() : 3000, options.seed()));
        return new LinkedHashMap<>(network.stateDict());
    }

    @Override
    public DataModule<Batch> data(Options options) {
        return new TableData(parity(options.trainSizeOr(300), 1000 + options.seed()), parity(500, 2000 + options.seed()),
                parity(1000, 3000 + options.seed()), options.batchSizeOr(20), options.seed());
    }

    private static TensorDataset parity(int count, long seed) {
        TensorDataset digits = DrawnDigits.dataset(count, seed);
        return new TensorDataset(digits.inputs(), digits.targets().remainder(2L));
    }

    @Override
    public int epochs() {
        return 6;
    }

    /** The head is trained alone for two epochs. */
    @Override
    public List<Callback> callbacks(Options options) {
        return List.of(best(), new BackboneFinetuning(2));
    }

    private static final class EvenOrOdd extends LightningModule<Batch> {
        final Sequential backbone = new Sequential(DigitClassifier.features());
        final Linear head = new Linear(128, 2);
        final Accuracy accuracy = new Accuracy(2);
        private final double lr;

        EvenOrOdd(Map<String, Tensor> trained, double lr) {
            this.lr = lr;
            Map<String, Tensor> weights = new LinkedHashMap<>();
            trained.forEach((name, w) -> {
                if (name.startsWith("net.") && !name.startsWith("net.10.")) {
                    weights.put(name.substring("net.".length()), w);
                }
            });
            backbone.loadStateDict(weights, true);
        }

        @Override
        public Tensor forward(Tensor images) {
            return head.forward(backbone.forward(images));
        }

        @Override
        public Tensor trainingStep(Batch batch, int batchIndex) {
            Tensor loss = Losses.crossEntropy(forward(batch.input()), batch.target());
            log("train_loss", loss);
            return loss;
        }

        @Override
        public void validationStep(Batch batch, int batchIndex) {
            accuracy.update(forward(batch.input()), batch.target());
            log("val_acc", accuracy, Log.onProgressBar());
        }

        @Override
        public void testStep(Batch batch, int batchIndex) {
            accuracy.update(forward(batch.input()), batch.target());
            log("test_acc", accuracy);
        }

        /** The head's parameters; {@link BackboneFinetuning} adds the others when it is time. */
        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new AdamW(head.parameters(), lr));
        }
    }
}
