package dev.levin.examples.jobs;

import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.data.Batch;
import dev.levin.trainer.Callback;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.demo.DigitsDataModule;
import java.util.List;
import java.util.function.DoubleFunction;

/** Other models on digits drawn in code. */
record DigitVariantJob(String name, String description, int epochs, double lr, String monitor, boolean isTested, DoubleFunction<LightningModule<Batch>> make)
        implements Job {
    static DigitVariantJob gan() {
        return new DigitVariantJob("gan", "draws digits by two networks that train each other (no download)", 15, 5e-4, null, false, DigitGan::new);
    }

    static DigitVariantJob autoencoder() {
        return new DigitVariantJob("autoencoder", "squeezes digits into 16 numbers (no download)", 5, 1e-3, "val_loss", true, DigitAutoencoder::new);
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return make.apply(options.lrOr(lr));
    }

    @Override
    public DataModule<Batch> data(Options options) {
        return new DigitsDataModule(options.batchSizeOr(batchSize()), options.trainSizeOr(6000), options.seed());
    }

    @Override
    public boolean maximize() {
        return false;
    }

    @Override
    public boolean isClassification() {
        return false;
    }

    @Override
    public List<Callback> callbacks(Options options) {
        return monitor == null ? List.of(new ModelCheckpoint()) : List.of(best());
    }
}
