package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.strategies.Strategy;
import dev.levin.trainer.profiler.Profilers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Sets the flags of a {@link Trainer}; names, defaults and meanings are Lightning's. A builder may build several trainers;
 * callbacks given as suppliers are then made anew for each.
 *
 * <p>Values that can't be right are refused at once with a {@link MisconfigurationException}; combinations are checked by
 * {@link #build}.
 */
public final class TrainerBuilder {
    private final TrainerOptions o;

    TrainerBuilder() {
        this(new TrainerOptions());
    }

    TrainerBuilder(TrainerOptions options) {
        o = options;
    }

    /** A builder with the same flags, independent of this one. */
    public TrainerBuilder copy() {
        return new TrainerBuilder(o.copy());
    }

    public Trainer build() {
        TrainerOptions options = o.copy();
        if (options.profilerName != null) {
            options.profiler = Profilers.named(options.profilerName);
        }
        OptionChecks.check(options);
        return new Trainer(options);
    }

    // ---- where ----------------------------------------------------------------------------------------------------------

    /** {@code auto} (default), {@code cpu}, {@code cuda} or {@code gpu}. */
    public TrainerBuilder accelerator(String name) {
        o.accelerator = name;
        return this;
    }

    /** A registry name; {@code auto} by default. */
    public TrainerBuilder strategy(String name) {
        o.strategyName = name;
        return this;
    }

    public TrainerBuilder strategy(Strategy strategy) {
        o.strategy = strategy;
        return this;
    }

    /** Number of devices of each node; -1 for all. */
    public TrainerBuilder devices(int n) {
        return devices(Integer.toString(n));
    }

    /** {@code auto}, a number, or indices such as {@code 0,2}. */
    public TrainerBuilder devices(String devices) {
        o.devices = devices;
        return this;
    }

    public TrainerBuilder devices(List<Integer> indices) {
        return devices(indices.toString());
    }

    public TrainerBuilder numNodes(int n) {
        if (n < 1) {
            throw new MisconfigurationException("num_nodes must be at least 1, not " + n);
        }
        o.nodes = n;
        return this;
    }

    /** {@code 32-true} (default), {@code 64-true}, {@code bf16-mixed}, {@code bf16-true}, {@code 16-mixed}, {@code 16-true}. */
    public TrainerBuilder precision(String name) {
        Precision.of(name);
        o.precisionName = name;
        return this;
    }

    public TrainerBuilder precision(Precision precision) {
        o.precision = precision;
        return this;
    }

    // ---- how long -------------------------------------------------------------------------------------------------------

    /** -1 for no limit; without any limit 1000. */
    public TrainerBuilder maxEpochs(int n) {
        o.maxEpochs = atLeast("max_epochs", n, -1);
        return this;
    }

    /** Requests to stop early are held back until then. */
    public TrainerBuilder minEpochs(int n) {
        o.minEpochs = atLeast("min_epochs", n, 0);
        return this;
    }

    /** Optimizer steps, not batches; -1 for no limit. */
    public TrainerBuilder maxSteps(int n) {
        o.maxSteps = atLeast("max_steps", n, -1);
        return this;
    }

    public TrainerBuilder minSteps(int n) {
        o.minSteps = atLeast("min_steps", n, 0);
        return this;
    }

    public TrainerBuilder maxTime(Duration limit) {
        o.maxTime = limit;
        return this;
    }

    /** As {@code DD:HH:MM:SS}. */
    public TrainerBuilder maxTime(String limit) {
        return maxTime(Durations.parse(limit));
    }

    /** Runs {@code batches} batches of everything, once, without loggers and checkpoints; 0 is off. */
    public TrainerBuilder fastDevRun(int batches) {
        o.fastDevRun = atLeast("fast_dev_run", batches, 0);
        return this;
    }

    public TrainerBuilder fastDevRun(boolean on) {
        return fastDevRun(on ? 1 : 0);
    }

    private static int atLeast(String flag, int n, int least) {
        if (n < least) {
            throw new MisconfigurationException(flag + "=" + n + " is not possible; use " + (least < 0 ? "-1 for no limit, or a number >= 0" : "a number >= " + least));
        }
        return n;
    }

    // ---- how much data --------------------------------------------------------------------------------------------------

    public TrainerBuilder limitTrainBatches(int n) {
        o.limitTrain = Limit.batches("limit_train_batches", n);
        return this;
    }

    /** A fraction; {@code 1.0} is all, where {@code 1} is one batch. */
    public TrainerBuilder limitTrainBatches(double fraction) {
        o.limitTrain = Limit.fraction("limit_train_batches", fraction);
        return this;
    }

    public TrainerBuilder limitValBatches(int n) {
        o.limitVal = Limit.batches("limit_val_batches", n);
        return this;
    }

    public TrainerBuilder limitValBatches(double fraction) {
        o.limitVal = Limit.fraction("limit_val_batches", fraction);
        return this;
    }

    public TrainerBuilder limitTestBatches(int n) {
        o.limitTest = Limit.batches("limit_test_batches", n);
        return this;
    }

    public TrainerBuilder limitTestBatches(double fraction) {
        o.limitTest = Limit.fraction("limit_test_batches", fraction);
        return this;
    }

    public TrainerBuilder limitPredictBatches(int n) {
        o.limitPredict = Limit.batches("limit_predict_batches", n);
        return this;
    }

    public TrainerBuilder limitPredictBatches(double fraction) {
        o.limitPredict = Limit.fraction("limit_predict_batches", fraction);
        return this;
    }

    /** Trains and validates on so many batches of each loader, unshuffled. */
    public TrainerBuilder overfitBatches(int n) {
        o.overfit = Limit.batches("overfit_batches", n);
        return this;
    }

    public TrainerBuilder overfitBatches(double fraction) {
        o.overfit = Limit.fraction("overfit_batches", fraction);
        return this;
    }

    /** Asks the hook for a new training loader every n epochs; 0 for never. */
    public TrainerBuilder reloadDataloadersEveryNEpochs(int n) {
        o.reloadEveryNEpochs = atLeast("reload_dataloaders_every_n_epochs", n, 0);
        return this;
    }

    // ---- validation -----------------------------------------------------------------------------------------------------

    /** Every n batches; across epochs if {@code checkValEveryNEpoch(null)}. */
    public TrainerBuilder valCheckInterval(int batches) {
        o.valCheck = new ValCheck.Batches(batches);
        return this;
    }

    /** Every so much of an epoch. */
    public TrainerBuilder valCheckInterval(double fraction) {
        o.valCheck = new ValCheck.Fraction(fraction);
        return this;
    }

    public TrainerBuilder valCheckInterval(Duration every) {
        o.valCheck = new ValCheck.Time(every);
        return this;
    }

    /** As {@code DD:HH:MM:SS}. */
    public TrainerBuilder valCheckInterval(String every) {
        return valCheckInterval(Durations.parse(every));
    }

    /** Null: only {@code valCheckInterval} decides. */
    public TrainerBuilder checkValEveryNEpoch(Integer n) {
        o.checkValEveryNEpoch = n == null ? null : (Integer) atLeast("check_val_every_n_epoch", n, 1);
        return this;
    }

    /** Validation batches run before training to find mistakes early; -1 for all, 0 for none. */
    public TrainerBuilder numSanityValSteps(int n) {
        o.sanitySteps = atLeast("num_sanity_val_steps", n, -1);
        return this;
    }

    // ---- optimization ---------------------------------------------------------------------------------------------------

    /** Batches whose gradients add up to one optimizer step; the loss is divided by their number. */
    public TrainerBuilder accumulateGradBatches(int n) {
        o.accumulate = atLeast("accumulate_grad_batches", n, 1);
        return this;
    }

    /** Limits gradients; zero and below are off. */
    public TrainerBuilder gradientClipVal(double limit) {
        o.clipValue = limit > 0 ? limit : null;
        return this;
    }

    public TrainerBuilder gradientClipAlgorithm(GradientClipping algorithm) {
        o.clipAlgorithm = algorithm;
        o.clipAlgorithmSet = true;
        return this;
    }

    /** {@code norm} or {@code value}. */
    public TrainerBuilder gradientClipAlgorithm(String name) {
        return gradientClipAlgorithm(GradientClipping.parse(name));
    }

    /** Asks devices for kernels whose results do not vary from run to run; those of the CPU never do. */
    public TrainerBuilder deterministic(boolean on) {
        o.deterministic = on;
        return this;
    }

    /** {@code true}, {@code false}, or {@code warn}, which is the same as {@code true} here: every kernel has a form that does not vary. */
    public TrainerBuilder deterministic(String how) {
        return switch (how.toLowerCase(java.util.Locale.ROOT)) {
            case "true", "warn" -> deterministic(true);
            case "false" -> deterministic(false);
            default -> throw new MisconfigurationException("deterministic='" + how + "' is not known; use true, false or 'warn'");
        };
    }

    /** Accepted as Lightning's flag: algorithms are chosen when a plan is made, and not measured in training. */
    public TrainerBuilder benchmark(boolean on) {
        if (on) {
            LoggerFactory.getLogger(Trainer.class).info("benchmark=true has no effect: the fastest algorithm that fits is chosen when a plan is made");
        }
        return this;
    }

    /** Checks loss and gradients after every step, which waits for the device, and names the first that is not finite. */
    public TrainerBuilder detectAnomaly(boolean on) {
        o.detectAnomaly = on;
        return this;
    }

    /** Accepted as Lightning's flag: evaluation never follows gradients here, whichever value it has. */
    public TrainerBuilder inferenceMode(boolean on) {
        o.inferenceMode = on;
        return this;
    }

    // ---- what goes on beside --------------------------------------------------------------------------------------------

    /** {@code false} for none; {@code true} for the default. */
    public TrainerBuilder logger(boolean on) {
        o.logger = on;
        o.loggers = null;
        return this;
    }

    public TrainerBuilder logger(Logger... loggers) {
        o.loggers = List.of(loggers);
        o.logger = null;
        return this;
    }

    /** Adds callbacks. */
    public TrainerBuilder callbacks(Callback... callbacks) {
        Arrays.stream(callbacks).forEach(c -> o.callbacks.add(() -> c));
        return this;
    }

    public TrainerBuilder callbacks(List<? extends Callback> callbacks) {
        return callbacks(callbacks.toArray(Callback[]::new));
    }

    /** Adds a callback that is made anew for every Trainer this builder builds. */
    public TrainerBuilder callbacks(Supplier<? extends Callback> callback) {
        o.callbacks.add(callback);
        return this;
    }

    /** Leaves out all callbacks that were added so far. */
    public TrainerBuilder withoutCallbacks() {
        o.callbacks.clear();
        return this;
    }

    /** Loggers get a row every n optimizer steps; 0 for never. */
    public TrainerBuilder logEveryNSteps(int n) {
        o.logEveryNSteps = atLeast("log_every_n_steps", n, 0);
        return this;
    }

    public TrainerBuilder enableCheckpointing(boolean on) {
        o.checkpointing = on;
        return this;
    }

    public TrainerBuilder enableProgressBar(boolean on) {
        o.progressBar = on;
        return this;
    }

    public TrainerBuilder enableModelSummary(boolean on) {
        o.modelSummary = on;
        return this;
    }

    /** What is called instead of {@link LightningModule#configureOptimizers}; for optimizers that a configuration names. */
    public TrainerBuilder optimizers(Function<LightningModule<?>, Optimizers> instead) {
        o.optimizers = instead;
        return this;
    }

    public TrainerBuilder profiler(Profiler profiler) {
        o.profiler = profiler;
        o.profilerName = null;
        return this;
    }

    /**
     * {@code simple}: the time of each action, printed at the end; {@code advanced}: a Flight Recorder file as well; {@code chrome}: a trace
     * for a browser as well. Made anew for each Trainer.
     */
    public TrainerBuilder profiler(String name) {
        Profilers.named(name);
        o.profiler = null;
        o.profilerName = name;
        return this;
    }

    /** Switches everything off that is not training; asking for any of it as well is an error. */
    public TrainerBuilder barebones(boolean on) {
        o.barebones = on;
        return this;
    }

    /** Where default loggers and checkpoints go; the working directory by default. */
    public TrainerBuilder defaultRootDir(Path dir) {
        String text = dir.toString();
        o.rootDir = text.equals("~") || text.startsWith("~/") ? Path.of(System.getProperty("user.home") + text.substring(1)) : dir;
        return this;
    }

    public TrainerBuilder defaultRootDir(String dir) {
        return defaultRootDir(Path.of(dir));
    }

    public TrainerBuilder enableAutologHparams(boolean on) {
        o.logHyperparameters = on;
        return this;
    }

    /** Whether SIGINT and SIGTERM stop the run at the next safe point; on by default. */
    public TrainerBuilder handleSignals(boolean on) {
        o.handleSignals = on;
        return this;
    }

    /** The clock of time limits and intervals, in nanoseconds; for tests. */
    public TrainerBuilder nanoTime(LongSupplier clock) {
        o.nanoTime = clock;
        return this;
    }
}
