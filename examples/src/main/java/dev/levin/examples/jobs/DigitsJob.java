package dev.levin.examples.jobs;

import dev.levin.callbacks.LambdaCallback;
import dev.levin.callbacks.ParameterHistograms;
import dev.levin.callbacks.SampleImages;
import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.data.DrawnDigits;
import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.trainer.Callback;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.Hook;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.demo.DigitsDataModule;
import java.util.List;

/** A convolutional network on digits drawn in code. */
final class DigitsJob implements Job {
    @Override
    public String name() {
        return "digits";
    }

    @Override
    public String description() {
        return "a CNN on digits drawn in code (no download)";
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return new DigitClassifier(options.lrOr(1e-3));
    }

    @Override
    public DataModule<Batch> data(Options options) {
        return new DigitsDataModule(options.batchSizeOr(64), options.trainSizeOr(6000), options.seed());
    }

    @Override
    public Dataset<Batch> dataset(Options options) {
        return DrawnDigits.dataset(options.trainSizeOr(6000), 3 * options.seed() + 1);
    }

    /** Shows weights, samples and the network itself in TensorBoard. */
    @Override
    public List<Callback> callbacks(Options options) {
        return List.of(best(), new ParameterHistograms(50), new SampleImages(),
                new LambdaCallback().on(Hook.ON_FIT_START, (trainer, model) -> trainer.logger().experiment(SummaryWriter.class)
                        .ifPresent(w -> w.addText("model", "```\n" + model + "\n```", 0))));
    }

    @Override
    public int epochs() {
        return 3;
    }
}
