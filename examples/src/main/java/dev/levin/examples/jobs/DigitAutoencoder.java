package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvTranspose2d;
import dev.levin.nn.Flatten;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.nn.Sigmoid;
import dev.levin.nn.Unflatten;
import dev.levin.optim.Adam;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;
import java.util.List;
import java.util.Map;

/** Squeezes digits [N, 1, 28, 28] into 16 numbers and draws them again. */
final class DigitAutoencoder extends LightningModule<Batch> {
    final Layer encoder = new Sequential(new Conv2d(1, 16, 4, 2, 1), new ReLU(), new Conv2d(16, 32, 4, 2, 1), new ReLU(), new Flatten(),
            new Linear(32 * 7 * 7, 16));
    final Layer decoder = new Sequential(new Linear(16, 32 * 7 * 7), new ReLU(), new Unflatten(1, 32, 7, 7),
            new ConvTranspose2d(32, 16, 4, 2, 1), new ReLU(), new ConvTranspose2d(16, 1, 4, 2, 1), new Sigmoid());
    private final double lr;
    private Tensor first;

    DigitAutoencoder(double lr) {
        this.lr = lr;
        saveHyperparameters(Map.of("lr", lr, "code", 16));
    }

    @Override
    public Tensor forward(Tensor images) {
        return decoder.forward(encoder.forward(images));
    }

    @Override
    public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor loss = Losses.mse(forward(batch.input()), batch.input());
        log("train_loss", loss);
        return loss;
    }

    @Override
    public void validationStep(Batch batch, int batchIndex) {
        Tensor drawn = forward(batch.input());
        log("val_loss", Losses.mse(drawn, batch.input()), Log.onProgressBar());
        if (batchIndex == 0) {
            first = Tensor.cat(List.of(batch.input().narrow(0, 0, 8), drawn.narrow(0, 0, 8)), 0).keep();
        }
    }

    @Override
    public void testStep(Batch batch, int batchIndex) {
        log("test_loss", Losses.mse(forward(batch.input()), batch.input()));
    }

    /** The code of each image: [N, 16]. */
    @Override
    public Tensor predictStep(Batch batch, int batchIndex) {
        return encoder.forward(batch.input());
    }

    @Override
    public void onValidationEpochEnd() {
        trainer().logger().experiment(SummaryWriter.class).ifPresent(w -> w.addImages("digits and reconstructions", first, trainer().globalStep()));
    }

    @Override
    public Optimizers configureOptimizers() {
        return Optimizers.of(new Adam(parameters(), lr));
    }
}
