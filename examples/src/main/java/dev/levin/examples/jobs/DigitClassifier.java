package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.metrics.Accuracy;
import dev.levin.nn.Conv2d;
import dev.levin.nn.Dropout;
import dev.levin.nn.Flatten;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.optim.AdamW;
import dev.levin.optim.CosineAnnealingLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;

/** The convolutional network of PyTorch's MNIST example. Input: [N, 1, 28, 28]; output: logits [N, 10]. */
public final class DigitClassifier extends LightningModule<Batch> {
    final Layer net = new Sequential(Stream.concat(Arrays.stream(features()), Stream.of(new Linear(128, 10))).toArray(Layer[]::new));
    final Accuracy accuracy = new Accuracy(10);
    private final double lr;
    private final boolean annealed;

    public DigitClassifier(double lr) {
        this(lr, false);
    }

    /** @param annealed whether the learning rate falls to 0 along a cosine, step by step over the whole run */
    public DigitClassifier(double lr, boolean annealed) {
        this.lr = lr;
        this.annealed = annealed;
        hyperparameters();
    }

    private void hyperparameters() {
        saveHyperparameters(Map.of("lr", lr));
    }

    /** All layers but the last: images [N, 1, 28, 28] to features [N, 128]. */
    static Layer[] features() {
        return new Layer[] {new Conv2d(1, 32, 3), new ReLU(), new Conv2d(32, 64, 3), new ReLU(), new MaxPool2d(2), new Dropout(0.25),
            new Flatten(), new Linear(64 * 12 * 12, 128), new ReLU(), new Dropout(0.5)};
    }

    @Override
    public Tensor forward(Tensor images) {
        return net.forward(images);
    }

    @Override
    public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor loss = Losses.crossEntropy(forward(batch.input()), batch.target());
        log("train_loss", loss);
        return loss;
    }

    @Override
    public void validationStep(Batch batch, int batchIndex) {
        evaluate(batch, "val");
    }

    @Override
    public void testStep(Batch batch, int batchIndex) {
        evaluate(batch, "test");
    }

    private void evaluate(Batch batch, String stage) {
        Tensor logits = forward(batch.input());
        accuracy.update(logits, batch.target());
        log(stage + "_loss", Losses.crossEntropy(logits, batch.target()), Log.onProgressBar());
        log(stage + "_acc", accuracy, Log.onProgressBar());
    }

    @Override
    public Tensor predictStep(Batch batch, int batchIndex) {
        return forward(batch.input()).argmax(1);
    }

    @Override
    public Optimizers configureOptimizers() {
        AdamW adam = new AdamW(parameters(), lr);
        double steps = annealed ? trainer().estimatedSteppingBatches() : Double.POSITIVE_INFINITY;
        return steps <= Integer.MAX_VALUE && steps >= 1 ? Optimizers.of(adam, SchedulerConfig.of(new CosineAnnealingLR(adam, (int) steps)).everyStep())
                : Optimizers.of(adam);
    }
}
