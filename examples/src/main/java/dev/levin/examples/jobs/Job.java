package dev.levin.examples.jobs;

import dev.levin.callbacks.Mode;
import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.trainer.Callback;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import java.nio.file.Path;
import java.util.List;

/** A training job that the command line knows by name. */
public interface Job {
    /**
     * What the user chose; null or 0 where the job's own setting holds.
     *
     * @param data file or folder; null for the folder {@code data}, into which a job downloads what it needs
     * @param trainSize training samples, for jobs that make their data
     */
    record Options(Path data, int batchSize, double lr, long seed, int trainSize) {
        public int batchSizeOr(int usual) {
            return batchSize > 0 ? batchSize : usual;
        }

        public int trainSizeOr(int usual) {
            return trainSize > 0 ? trainSize : usual;
        }

        public double lrOr(double usual) {
            return lr > 0 ? lr : usual;
        }
    }

    String name();

    /** One line for the list of jobs. */
    String description();

    LightningModule<Batch> model(Options options);

    DataModule<Batch> data(Options options);

    int epochs();

    /** Samples per batch unless the user says otherwise. */
    default int batchSize() {
        return 64;
    }

    /** Metric that ranks checkpoints, logged in validation. */
    default String monitor() {
        return "val_acc";
    }

    /** Whether {@link #monitor} should grow. */
    default boolean maximize() {
        return true;
    }

    /** Whether it has a test, run after training. */
    default boolean isTested() {
        return true;
    }

    /** Whether targets are classes, which folds of a cross-validation then hold in equal shares. */
    default boolean isClassification() {
        return true;
    }

    /** All samples, for cross-validation. */
    default Dataset<Batch> dataset(Options options) {
        throw new IllegalArgumentException("the job " + name() + " has no set of samples that could be split into folds");
    }

    /** What runs beside training: the best checkpoint by {@link #monitor}, and what the job adds. */
    default List<Callback> callbacks(Options options) {
        return List.of(best());
    }

    default ModelCheckpoint best() {
        return ModelCheckpoint.monitoring(monitor(), maximize() ? Mode.MAX : Mode.MIN).filename("best-{epoch}-{" + monitor() + ":.4f}");
    }

    /** All jobs. */
    static List<Job> all() {
        return List.of(new DigitsJob(), new MnistJob(false), new MnistJob(true), new IrisJob(), new XorJob(), new AutoMpgJob(),
                new TextJob(true), new TextJob(false), DigitVariantJob.gan(), DigitVariantJob.autoencoder(), new FinetuneJob());
    }

    static List<String> names() {
        return all().stream().map(Job::name).toList();
    }

    /** @throws IllegalArgumentException listing the jobs */
    static Job named(String name) {
        return all().stream().filter(j -> j.name().equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "unknown job '" + name + "'; there are " + names() + ", or give --model CLASS and --data CLASS"));
    }
}
