package dev.levin.examples.cli;

import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.data.Batch;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.trainer.CheckpointChoice;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin fit JOB}: trains, validates, saves, and tests the best checkpoint. */
@Command(name = "fit", description = "Trains a job, then tests its best checkpoint.", mixinStandardHelpOptions = true)
final class FitCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Option(names = "--epochs", paramLabel = "N", description = "Epochs to train (default: the job's).")
    private Integer epochs;

    @Option(names = "--max-steps", paramLabel = "N", description = "Optimizer steps to train at most.")
    private Integer maxSteps;

    @Option(names = "--accumulate", paramLabel = "N", defaultValue = "1", description = "Batches per optimizer step (default: 1).")
    private int accumulate;

    @Option(names = "--clip", paramLabel = "NORM", description = "Clips gradients to this norm.")
    private Double clip;

    @Option(names = "--resume", arity = "0..1", fallbackValue = "last", paramLabel = "FILE",
            description = "Goes on from a checkpoint; without FILE from the job's newest. Starts anew if there is none yet.")
    private String resume;

    @Option(names = "--save-every", paramLabel = "STEPS", defaultValue = "25",
            description = "Steps between saves of the 'last' checkpoint, which --resume goes on from (default: 25).")
    private int saveEvery;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        LightningModule<Batch> model = run.model();
        DataModule<Batch> data = run.dataModule();
        Optional<Path> from = resumePoint(out);
        TensorBoardLogger logger = run.logger();
        from.map(FitCommand::version).ifPresent(logger::version);
        ModelCheckpoint last = new ModelCheckpoint().everyNTrainSteps(saveEvery).saveTopK(0).saveLast();
        TrainerBuilder builder = run.trainer().maxEpochs(epochs == null ? run.job().epochs() : epochs).accumulateGradBatches(accumulate)
                .callbacks(run.best(), last).logger(logger).logEveryNSteps(10);
        if (maxSteps != null) {
            builder.maxSteps(maxSteps);
        }
        if (clip != null) {
            builder.gradientClipVal(clip);
        }
        Trainer trainer = builder.build();
        FitResult result = trainer.fit(model, data, from.map(Resume::from).orElse(Resume.NO));
        out.println(result.status() + ": " + result.reason() + ", " + result.step() + " steps");
        if (result.isInterrupted()) {
            result.checkpoint().ifPresent(c -> out.println("go on with: levin fit " + run.job + " --resume " + c));
            out.flush();
            return 130;
        }
        Path end = logger.checkpointDir().orElse(run.out).resolve("final.ckpt");
        trainer.saveCheckpoint(end, true);
        trainer.test(data, CheckpointChoice.BEST);
        out.println("weights      " + end);
        result.bestCheckpoint().ifPresent(b -> out.println("best         " + b));
        logger.logDir().ifPresent(d -> out.println("TensorBoard  tensorboard --logdir " + d));
        out.flush();
        return 0;
    }

    private Optional<Path> resumePoint(PrintWriter out) {
        if (resume == null) {
            return Optional.empty();
        }
        Optional<Path> point = resume.equals("last") ? run.newestLast() : Optional.of(Path.of(resume));
        out.println(point.map(p -> "going on from " + p).orElse("no checkpoint of " + run.job + " below " + run.out + " yet: starting anew"));
        out.flush();
        return point;
    }

    /** The run folder's name of {@code .../version_3/checkpoints/last.ckpt}. */
    private static String version(Path checkpoint) {
        Path folder = checkpoint.toAbsolutePath().getParent();
        return folder.getFileName().toString().equals("checkpoints") ? folder.getParent().getFileName().toString() : "resumed";
    }
}
