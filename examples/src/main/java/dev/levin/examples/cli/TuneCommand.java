package dev.levin.examples.cli;

import dev.levin.callbacks.LearningRatePlot;
import dev.levin.data.Loader;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import dev.levin.trainer.config.RunConfig;
import dev.levin.trainer.tuner.LrFindResult;
import dev.levin.trainer.tuner.Tuner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin tune JOB}: searches a learning rate and a batch size. */
@Command(name = "tune", description = "Searches a learning rate, with a plot, and the largest batch size that fits.", mixinStandardHelpOptions = true,
        sortOptions = false, modelTransformer = TrainerOptions.class)
final class TuneCommand implements Callable<Integer> {
    /** What is searched. */
    enum What { LR, BATCH_SIZE, BOTH }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Option(names = "--search", defaultValue = "lr", paramLabel = "WHAT", description = "lr, batch_size or both (default: lr).")
    private What what;

    @Option(names = "--min-lr", defaultValue = "1e-8", paramLabel = "RATE", description = "Where the search of a rate begins (default: 1e-8).")
    private double minLr;

    @Option(names = "--max-lr", defaultValue = "1", paramLabel = "RATE", description = "Where it ends (default: 1).")
    private double maxLr;

    @Option(names = "--num-training", defaultValue = "100", paramLabel = "STEPS", description = "Steps of the search of a rate (default: 100).")
    private int steps;

    @Option(names = "--linear", description = "Adds to the rate instead of multiplying it.")
    private boolean linear;

    @Option(names = "--plot", paramLabel = "FILE", description = "Where the curve goes, .svg or .png (default: lr-find.svg in the job's folder).")
    private Path plot;

    @Option(names = "--binsearch", description = "Looks for a batch size between powers of two as well.")
    private boolean bisect;

    @Option(names = "--steps-per-trial", defaultValue = "3", paramLabel = "STEPS", description = "Steps with each batch size (default: 3).")
    private int trialSteps;

    @Option(names = "--max-batch-size", defaultValue = "8192", paramLabel = "N", description = "No larger batches than this (default: 8192).")
    private int most;

    @Override
    public Integer call() {
        if (run.printed()) {
            return 0;
        }
        PrintWriter out = spec.commandLine().getOut();
        StringBuilder found = new StringBuilder("levin fit " + (run.recipe() instanceof Recipe.Named n ? n.name() : "--model " + run.settings().get("model.class")));
        if (what != What.LR) {
            int size = batchSize();
            out.println("batch size     " + size);
            found.append(" --batch-size ").append(size);
        }
        if (what != What.BATCH_SIZE) {
            LrFindResult result = rate();
            Path file = plot == null ? run.out().resolve(run.recipe().name()).resolve("lr-find.svg") : plot;
            new LearningRatePlot(result.rates(), result.losses(), result.suggestion()).save(file);
            OptionalDouble suggestion = result.suggestion();
            out.println("curve          " + file);
            if (suggestion.isEmpty()) {
                throw new IllegalStateException("the loss of " + result.rates().size() + " steps suggests no learning rate; search with more --num-training, "
                        + "or between another --min-lr and --max-lr");
            }
            out.println(String.format(Locale.ROOT, "learning rate  %.3g", suggestion.getAsDouble()));
            found.append(String.format(Locale.ROOT, " --lr %.3g", suggestion.getAsDouble()));
        }
        out.println("use it with    " + found);
        out.flush();
        return 0;
    }

    private LrFindResult rate() {
        Tuner.LrSearch search = new Tuner.LrSearch(minLr, maxLr, steps, !linear, 4);
        LightningModule<Object> model = run.model();
        return new Tuner(run.config().trainer()).lrFind(model, loader(run.dataModule(), model), search);
    }

    private int batchSize() {
        LightningModule<Object> model = run.model();
        int samples = loader(data(1), model) instanceof Loader<?> l && l.length() > 0 ? l.length() : most;
        int limit = Math.max(2, Math.min(most, samples));
        return new Tuner(run.config().trainer()).scaleBatchSize(model, n -> loader(data(n), model),
                new Tuner.BatchSearch(bisect, trialSteps, 2, 25, 0.05, limit));
    }

    /** The data with another batch size. */
    private DataModule<Object> data(int size) {
        return switch (run.recipe()) {
            case Recipe.Named n -> n.withBatchSize(size).data();
            case Recipe.Given _ -> new RunConfig(run.settings().set("data.batch_size", size), run.classes()).data()
                    .orElseThrow(() -> new IllegalArgumentException("a batch size is searched with a DataModule that takes batch_size; give one with --data CLASS"));
        };
    }

    private static Iterable<?> loader(DataModule<Object> data, LightningModule<Object> model) {
        if (data == null) {
            return model.trainDataloader();
        }
        data.prepareData();
        data.setup(Stage.FIT);
        return data.trainDataloader();
    }
}
