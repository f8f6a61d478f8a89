package dev.levin.examples.cli;

import dev.levin.callbacks.Mode;
import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.data.Batch;
import dev.levin.examples.jobs.Job;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Options that fit, validate, test and predict share, and what they make of them. */
final class RunOptions {
    @Parameters(arity = "1", paramLabel = "JOB", description = "What to train: digits, mnist, fashion-mnist, iris, xor, auto-mpg.")
    String job;

    @Option(names = "--data", paramLabel = "PATH", description = "File or folder with the data, where the job needs one.")
    Path data;

    @Option(names = "--batch-size", paramLabel = "N", description = "Samples per batch.")
    int batchSize;

    @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate.")
    double lr;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of all random numbers (default: 0).")
    long seed;

    @Option(names = "--precision", paramLabel = "NAME", defaultValue = "32-true",
            description = "32-true, 64-true, bf16-mixed, bf16-true, 16-mixed or 16-true (default: ${DEFAULT-VALUE}).")
    String precision;

    @Option(names = "--accelerator", paramLabel = "NAME", defaultValue = "auto", description = "auto, cpu or cuda (default: auto).")
    String accelerator;

    @Option(names = "--devices", paramLabel = "LIST", defaultValue = "auto", description = "How many or which devices (default: auto).")
    String devices;

    @Option(names = "--out", paramLabel = "FOLDER", defaultValue = "runs", description = "Where logs and checkpoints go (default: runs).")
    Path out;

    Job job() {
        return Job.named(job);
    }

    private Job.Options options() {
        return new Job.Options(data, batchSize, lr, seed);
    }

    LightningModule<Batch> model() {
        Trainer.seedEverything(seed);
        return job().model(options());
    }

    DataModule<Batch> dataModule() {
        return job().data(options());
    }

    TrainerBuilder trainer() {
        TrainerBuilder b = Trainer.builder().accelerator(accelerator).precision(precision).defaultRootDir(out);
        return devices.equals("auto") ? b : b.devices(devices);
    }

    TensorBoardLogger logger() {
        return new TensorBoardLogger(out.toString(), job().name());
    }

    ModelCheckpoint best() {
        return ModelCheckpoint.monitoring(job().monitor(), job().maximize() ? Mode.MAX : Mode.MIN)
                .filename("best-{epoch}-{" + job().monitor() + ":.4f}");
    }

    /** The newest {@code last} checkpoint of this job below the output folder. */
    Optional<Path> newestLast() {
        Path folder = out.resolve(job().name());
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.getFileName().toString().matches("last(-v\\d+)?\\.ckpt")).max(Comparator.comparing(RunOptions::modified));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static java.nio.file.attribute.FileTime modified(Path p) {
        try {
            return Files.getLastModifiedTime(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
