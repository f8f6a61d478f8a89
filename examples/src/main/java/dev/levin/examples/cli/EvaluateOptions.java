package dev.levin.examples.cli;

import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Prediction;
import dev.levin.trainer.Predictions;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.config.Nearest;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** What validate, test and predict share: which weights they use, and a run with them. */
final class EvaluateOptions {
    @Option(names = {"--ckpt", "--ckpt-path"}, paramLabel = "FILE", description = "Checkpoint with the weights (default: the newest best one of the "
            + "job; 'last' for the newest last one).")
    private String checkpoint;

    /** Runs one stage; the predictions go to the consumer. */
    void run(RunOptions run, Stage stage, PrintWriter out, Consumer<Prediction> predictions) {
        Path file = weights(run);
        out.println("weights of " + file);
        out.flush();
        LightningModule<Object> model = run.model();
        Checkpoint.read(file).loadWeights(model, model.strictLoading());
        DataModule<Object> data = run.dataModule();
        Logger[] loggers = run.settings().has("trainer.logger") ? run.loggers().toArray(Logger[]::new) : new Logger[0];
        Trainer trainer = run.config().trainer().logger(loggers).enableCheckpointing(false).build();
        switch (stage) {
            case VALIDATE -> {
                if (data == null) {
                    trainer.validate(model);
                } else {
                    trainer.validate(model, data);
                }
            }
            case TEST -> {
                if (data == null) {
                    trainer.test(model);
                } else {
                    trainer.test(model, data);
                }
            }
            case PREDICT -> {
                try (Predictions all = data == null ? trainer.predict(model) : trainer.predict(model, data)) {
                    all.forEach(predictions);
                }
            }
            case FIT -> throw new IllegalArgumentException("fit is no evaluation");
        }
    }

    /** @throws IllegalArgumentException if there is none yet */
    Path weights(RunOptions run) {
        Object set = run.settings().get("ckpt_path");
        String wanted = checkpoint != null ? checkpoint : set == null ? "best" : set.toString();
        return switch (wanted) {
            case "best" -> run.newest("(best|epoch).*\\.ckpt").orElseThrow(() -> none(run));
            case "last" -> run.newest("last(-v\\d+)?\\.ckpt").orElseThrow(() -> none(run));
            default -> existing(Path.of(wanted));
        };
    }

    /** @throws IllegalArgumentException naming the nearest file */
    static Path existing(Path checkpoint) {
        if (!Files.exists(checkpoint)) {
            throw new IllegalArgumentException("there is no checkpoint " + checkpoint + Nearest.fileHint(checkpoint));
        }
        return checkpoint;
    }

    private static IllegalArgumentException none(RunOptions run) {
        return new IllegalArgumentException("there is no checkpoint of " + run.recipe().name() + " below " + run.out() + "; train with levin fit "
                + run.recipe().name() + ", or name a file with --ckpt");
    }
}
