package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.nn.BatchNorm1d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvTranspose2d;
import dev.levin.nn.Dropout;
import dev.levin.nn.Flatten;
import dev.levin.nn.Layer;
import dev.levin.nn.LeakyReLU;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.nn.Sigmoid;
import dev.levin.nn.Unflatten;
import dev.levin.optim.Adam;
import dev.levin.optim.ParamGroup;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.ManualOptimizer;
import dev.levin.trainer.Optimizers;
import java.util.List;
import java.util.Map;

/**
 * Two networks that train each other (Goodfellow et al. 2014), of convolutions (Radford et al. 2016): manual optimization with
 * two optimizers.
 */
final class DigitGan extends LightningModule<Batch> {
    private static final int NOISE = 64;
    /** What the critic should say of real images; less than 1 keeps it from being too sure (Salimans et al. 2016). */
    private static final double REAL = 0.9;

    final Layer generator = new Sequential(new Linear(NOISE, 64 * 7 * 7), new BatchNorm1d(64 * 7 * 7), new ReLU(), new Unflatten(1, 64, 7, 7),
            new ConvTranspose2d(64, 32, 4, 2, 1), new BatchNorm2d(32), new ReLU(), new ConvTranspose2d(32, 1, 4, 2, 1), new Sigmoid());
    final Layer discriminator = new Sequential(new Conv2d(1, 32, 4, 2, 1), new LeakyReLU(0.2), new Dropout(0.3), new Conv2d(32, 64, 4, 2, 1),
            new LeakyReLU(0.2), new Dropout(0.3), new Flatten(), new Linear(64 * 7 * 7, 1));
    private final double lr;

    DigitGan(double lr) {
        this.lr = lr;
        automaticOptimization(false);
        saveHyperparameters(Map.of("lr", lr, "noise", NOISE));
    }

    /** Noise [N, 64] to images [N, 1, 28, 28]. */
    @Override
    public Tensor forward(Tensor noise) {
        return generator.forward(noise);
    }

    @Override
    public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor real = batch.input();
        Tensor fake = forward(Tensor.randn(real.size(0), NOISE));
        ManualOptimizer forger = optimizer(0);
        ManualOptimizer critic = optimizer(1);

        try (var _ = critic.toggled()) {
            Tensor loss = verdict(real, REAL).add(verdict(fake.detach(), 0)).div(2);
            critic.zeroGrad();
            manualBackward(loss);
            critic.step();
            log("d_loss", loss, Log.onProgressBar());
        }
        try (var _ = forger.toggled()) {
            Tensor loss = verdict(fake, 1);
            forger.zeroGrad();
            manualBackward(loss);
            forger.step();
            log("g_loss", loss, Log.onProgressBar());
        }
        return null;
    }

    private Tensor verdict(Tensor images, double truth) {
        Tensor logits = discriminator.forward(images);
        return Losses.bceWithLogits(logits, Tensor.fullLike(logits, truth));
    }

    @Override
    public void onTrainEpochEnd() {
        trainer().logger().experiment(SummaryWriter.class).ifPresent(w -> {
            eval();
            w.addImages("generated", forward(Tensor.randn(32, NOISE)).detach(), trainer().globalStep());
            train();
        });
    }

    @Override
    public Optimizers configureOptimizers() {
        return Optimizers.of(adam(generator), adam(discriminator));
    }

    private Adam adam(Layer network) {
        return new Adam(List.of(ParamGroup.of(network.parameters())), lr, 0.5, 0.999, 1e-8, 0, false, false);
    }
}
