package dev.levin.examples.cli;

import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.callbacks.Mode;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.trainer.crossval.CrossValidation;
import dev.levin.trainer.crossval.CrossValidationReport;
import dev.levin.trainer.Status;
import dev.levin.trainer.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin crossval JOB}: trains a model a fold and compares them. */
@Command(name = "crossval", description = "Cross-validation: trains one model per fold, reports mean and standard deviation.",
        mixinStandardHelpOptions = true, sortOptions = false, modelTransformer = TrainerOptions.class)
final class CrossvalCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Option(names = "--folds", paramLabel = "K", defaultValue = "5", description = "Number of folds (default: 5).")
    private int folds;

    @Option(names = "--repeats", paramLabel = "N", defaultValue = "1", description = "How often to split anew (default: 1).")
    private int repeats;

    @Option(names = "--resume", description = "Goes on with the folds that are missing in the output folder.")
    private boolean resume;

    @Option(names = "--epochs", paramLabel = "N", description = "Epochs of each fold (trainer.max_epochs; default: the job's).")
    private String epochs;

    @Override
    public Integer call() {
        Settings s = run.settings();
        RunOptions.put(s, "trainer.max_epochs", epochs);
        if (!(run.recipe() instanceof Recipe.Named recipe)) {
            throw new IllegalArgumentException("crossval is for jobs, whose samples it can split: " + dev.levin.examples.jobs.Job.names()
                    + "; for your own classes write CrossValidation.stratified(" + folds + ")...run(dataset, fold -> new Model())");
        }
        if (s.get("trainer.max_epochs") == null && s.get("trainer.max_steps") == null) {
            s.set("trainer.max_epochs", recipe.job().epochs());
        }
        if (s.get("trainer.log_every_n_steps") == null) {
            s.set("trainer.log_every_n_steps", 10);
        }
        if (run.printed()) {
            return 0;
        }
        PrintWriter out = spec.commandLine().getOut();
        Path results = results(recipe.name() + "-kfold");
        String name = recipe.name() + "-kfold";
        String monitor = recipe.job().monitor();
        boolean higher = recipe.job().maximize();
        CrossValidation cv = (recipe.job().isClassification() ? CrossValidation.stratified(folds) : CrossValidation.kFold(folds))
                .repeated(repeats).seed(run.config().seed()).batchSize(recipe.options().batchSizeOr(recipe.job().batchSize()))
                .trainer(run.config().trainer().callbacks(() -> ModelCheckpoint.monitoring(monitor, higher ? Mode.MAX : Mode.MIN)))
                .logger(fold -> new TensorBoardLogger(run.out().toString(), name).version("fold_" + fold))
                .summaryLogger(() -> new TensorBoardLogger(run.out().toString(), name).version("summary"))
                .directory(results).rankBy(monitor, higher);
        CrossValidationReport report = cv.run(recipe.dataset(), fold -> recipe.job().model(recipe.options()));
        boolean interrupted = report.folds().getLast().status() == Status.INTERRUPTED;
        if (interrupted) {
            out.println("interrupted in fold " + report.folds().getLast().fold() + "; go on with: levin crossval " + recipe.name() + " --resume, and the same options");
            out.flush();
            return FitCommand.INTERRUPTED;
        }
        out.print(report.table());
        out.println("TensorBoard  tensorboard --logdir " + run.out().resolve(name));
        out.flush();
        return 0;
    }

    /**
     * The folder with the results of finished folds: emptied for a new cross-validation, kept for one that goes on.
     *
     * @throws IllegalArgumentException if what is there is of other settings
     */
    private Path results(String name) {
        Path folder = run.out().resolve(name).resolve("folds");
        Map<String, Object> all = new LinkedHashMap<>(run.config().describe());
        all.put("folds", folds);
        all.put("repeats", repeats);
        String yaml = Settings.yaml(all);
        Path file = folder.resolve("config.yaml");
        try {
            if (resume && Files.exists(file)) {
                if (!Files.readString(file).equals(yaml)) {
                    throw new IllegalArgumentException("the folds in " + folder + " are of other settings, which are in " + file
                            + "; give the same options as then, or start anew without --resume");
                }
                return folder;
            }
            if (Files.isDirectory(folder)) {
                try (Stream<Path> old = Files.list(folder)) {
                    for (Path p : old.filter(f -> f.getFileName().toString().matches("fold_\\d+\\.json")).toList()) {
                        Files.delete(p);
                    }
                }
            }
            Files.createDirectories(folder);
            Files.writeString(file, yaml);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
