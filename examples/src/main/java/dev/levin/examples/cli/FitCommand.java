package dev.levin.examples.cli;

import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.trainer.Callback;
import dev.levin.trainer.CheckpointCallback;
import dev.levin.trainer.CheckpointChoice;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.config.SaveConfig;
import dev.levin.trainer.config.Settings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin fit JOB}: trains, validates, saves, and tests the best checkpoint. */
@Command(name = "fit", description = "Trains, then tests the best checkpoint.", mixinStandardHelpOptions = true, sortOptions = false,
        modelTransformer = TrainerOptions.class)
final class FitCommand implements Callable<Integer> {
    /** Exit code of a run that was asked to stop and saved. */
    static final int INTERRUPTED = 130;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Option(names = "--epochs", paramLabel = "N", description = "Epochs to train (trainer.max_epochs; default: the job's).")
    private String epochs;

    @Option(names = "--max-steps", paramLabel = "N", description = "Optimizer steps to train at most (trainer.max_steps).")
    private String maxSteps;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per optimizer step (trainer.accumulate_grad_batches).")
    private String accumulate;

    @Option(names = "--clip", paramLabel = "NORM", description = "Clips gradients to this norm (trainer.gradient_clip_val).")
    private String clip;

    @Option(names = "--resume", arity = "0..1", fallbackValue = "last", paramLabel = "FILE",
            description = "Goes on from a checkpoint; without FILE from the newest. Starts anew if there is none yet.")
    private String resume;

    @Option(names = "--save-every", paramLabel = "STEPS", defaultValue = "25",
            description = "Steps between saves of the 'last' checkpoint, which --resume goes on from (default: 25).")
    private int saveEvery;

    @Override
    public Integer call() {
        settings();
        if (run.printed()) {
            return 0;
        }
        PrintWriter out = spec.commandLine().getOut();
        LightningModule<Object> model = run.model();
        DataModule<Object> data = run.dataModule();
        Optional<Path> from = resumePoint(out);
        Trainer trainer = trainer(from);
        Resume start = from.map(Resume::from).orElse(Resume.NO);
        FitResult result = data == null ? trainer.fit(model, start) : trainer.fit(model, data, start);
        out.println(result.status() + ": " + result.reason() + ", " + result.step() + " steps");
        if (result.isInterrupted()) {
            result.checkpoint().ifPresent(c -> out.println("go on with: levin fit " + run.recipe().name() + " --resume " + c));
            out.flush();
            return INTERRUPTED;
        }
        if (trainer.fastDevRun() > 0) {
            return 0;
        }
        finish(trainer, result, data, out);
        out.flush();
        if (result.nonFiniteLossStep().isPresent()) {
            throw new IllegalStateException("the loss became NaN or infinite at step " + result.nonFiniteLossStep().getAsLong()
                    + "; lower --lr, limit gradients with --clip 1, or find the cause with --trainer.detect_anomaly true");
        }
        return 0;
    }

    private void settings() {
        Settings s = run.settings();
        RunOptions.put(s, "trainer.max_epochs", epochs);
        RunOptions.put(s, "trainer.max_steps", maxSteps);
        RunOptions.put(s, "trainer.accumulate_grad_batches", accumulate);
        RunOptions.put(s, "trainer.gradient_clip_val", clip);
        if (resume == null && s.get("ckpt_path") != null) {
            resume = s.get("ckpt_path").toString();
        }
        if (run.recipe() instanceof Recipe.Named named && !s.has("trainer.max_epochs") && !s.has("trainer.max_time")
                && (!s.has("trainer.max_steps") || Integer.valueOf(-1).equals(s.get("trainer.max_steps")))) {
            s.set("trainer.max_epochs", named.job().epochs());
        }
        if (!s.has("trainer.log_every_n_steps")) {
            s.set("trainer.log_every_n_steps", 10);
        }
    }

    private Trainer trainer(Optional<Path> from) {
        List<Logger> loggers = run.loggers();
        from.map(FitCommand::version).ifPresent(v -> loggers.stream().filter(dev.levin.loggers.TensorBoardLogger.class::isInstance)
                .forEach(l -> ((dev.levin.loggers.TensorBoardLogger) l).version(v)));
        boolean barebones = Boolean.TRUE.equals(run.settings().get("trainer.barebones"));
        TrainerBuilder builder = run.config().trainer();
        if (!barebones) {
            builder.logger(loggers.toArray(Logger[]::new)).callbacks(new SaveConfig(run.config().describe()));
        }
        boolean checkpoints = !Boolean.FALSE.equals(run.settings().get("trainer.enable_checkpointing")) && !barebones;
        List<Callback> own = run.recipe().callbacks();
        own.stream().filter(c -> checkpoints || !(c instanceof CheckpointCallback)).forEach(builder::callbacks);
        if (checkpoints) {
            if (own.stream().noneMatch(CheckpointCallback.class::isInstance)) {
                builder.callbacks(new ModelCheckpoint());
            }
            builder.callbacks(new ModelCheckpoint().everyNTrainSteps(saveEvery).saveTopK(0).saveLast());
        }
        return builder.build();
    }

    private void finish(Trainer trainer, FitResult result, DataModule<Object> data, PrintWriter out) {
        Optional<Path> best = trainer.checkpointCallback().flatMap(CheckpointCallback::bestModelPath);
        if (trainer.checkpointCallback().isPresent()) {
            Path end = trainer.loggers().stream().findFirst().flatMap(Logger::checkpointDir).orElse(run.out()).resolve("final.ckpt");
            trainer.saveCheckpoint(end, true);
            out.println("weights      " + end);
        }
        trainer.checkpointCallback().filter(ModelCheckpoint.class::isInstance).map(c -> ((ModelCheckpoint) c).bestModelScore()).ifPresent(score ->
                score.ifPresent(s -> trainer.loggers().forEach(l -> l.logMetrics(Map.of("hp_metric", s), result.step()))));
        if (data != null && run.recipe() instanceof Recipe.Named named && named.job().isTested()) {
            trainer.test(data, best.map(CheckpointChoice::file).orElse(CheckpointChoice.CURRENT));
        }
        best.ifPresent(b -> out.println("best         " + b));
        trainer.loggers().stream().flatMap(l -> l.logDir().stream()).findFirst()
                .ifPresent(d -> out.println("TensorBoard  tensorboard --logdir " + d));
    }

    private Optional<Path> resumePoint(PrintWriter out) {
        if (resume == null) {
            return Optional.empty();
        }
        Optional<Path> point = resume.equals("last") ? run.newest("(last(-v\\d+)?|interrupted)\\.ckpt") : Optional.of(EvaluateOptions.existing(Path.of(resume)));
        out.println(point.map(p -> "going on from " + p).orElse("no checkpoint of " + run.recipe().name() + " below " + run.out() + " yet: starting anew"));
        out.flush();
        return point;
    }

    /** The run folder's name of {@code .../version_3/checkpoints/last.ckpt}. */
    private static String version(Path checkpoint) {
        Path folder = checkpoint.toAbsolutePath().getParent();
        return folder.getFileName().toString().equals("checkpoints") ? folder.getParent().getFileName().toString() : "resumed";
    }
}
