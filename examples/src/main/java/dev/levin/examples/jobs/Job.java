package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import java.nio.file.Path;
import java.util.List;

/** A training job that the command line knows by name. */
public interface Job {
    /** What the user chose; null or 0 where the job's own setting holds. */
    record Options(Path data, int batchSize, double lr, long seed) {
        public int batchSizeOr(int usual) {
            return batchSize > 0 ? batchSize : usual;
        }

        public double lrOr(double usual) {
            return lr > 0 ? lr : usual;
        }

        /** @throws IllegalArgumentException telling which option to give */
        public Path dataFolder(String what) {
            if (data == null) {
                throw new IllegalArgumentException("this job needs " + what + ": give its place with --data");
            }
            return data;
        }
    }

    String name();

    /** One line for the list of jobs. */
    String description();

    LightningModule<Batch> model(Options options);

    DataModule<Batch> data(Options options);

    int epochs();

    /** Metric that ranks checkpoints, logged in validation. */
    default String monitor() {
        return "val_acc";
    }

    /** Whether {@link #monitor} should grow. */
    default boolean maximize() {
        return true;
    }

    /** All jobs. */
    static List<Job> all() {
        return List.of(new DigitsJob(), new MnistJob(false), new MnistJob(true), new IrisJob(), new XorJob(), new AutoMpgJob());
    }

    /** @throws IllegalArgumentException listing the jobs and the nearest name */
    static Job named(String name) {
        return all().stream().filter(j -> j.name().equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "unknown job '" + name + "'; there are " + all().stream().map(Job::name).toList() + ", or give --model CLASS and --data CLASS"));
    }
}
