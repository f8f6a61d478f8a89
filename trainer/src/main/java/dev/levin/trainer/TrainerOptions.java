package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.strategies.Strategy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What a {@link TrainerBuilder} has gathered. Null means: not said. */
final class TrainerOptions implements Cloneable {
    String accelerator = "auto";
    String strategyName = "auto";
    Strategy strategy;
    String devices = "auto";
    int nodes = 1;
    String precisionName;
    Precision precision;
    Boolean logger;
    List<Logger> loggers;
    List<Supplier<? extends Callback>> callbacks = new ArrayList<>();
    int fastDevRun;
    Integer maxEpochs;
    Integer minEpochs;
    int maxSteps = -1;
    Integer minSteps;
    Duration maxTime;
    Limit limitTrain = Limit.ALL;
    Limit limitVal = Limit.ALL;
    Limit limitTest = Limit.ALL;
    Limit limitPredict = Limit.ALL;
    Limit overfit = new Limit(true, 0);
    ValCheck valCheck = ValCheck.EPOCH;
    Integer checkValEveryNEpoch = 1;
    int sanitySteps = 2;
    int logEveryNSteps = 50;
    Boolean checkpointing;
    Boolean progressBar;
    Boolean modelSummary;
    int accumulate = 1;
    Double clipValue;
    GradientClipping clipAlgorithm = GradientClipping.NORM;
    boolean clipAlgorithmSet;
    Boolean deterministic;
    boolean inferenceMode = true;
    boolean detectAnomaly;
    boolean barebones;
    Profiler profiler;
    String profilerName;
    Function<LightningModule<?>, Optimizers> optimizers;
    int reloadEveryNEpochs;
    Path rootDir = Path.of("");
    boolean logHyperparameters = true;
    boolean handleSignals = true;
    Slurm slurm = Slurm.ofThisProcess();
    LongSupplier nanoTime = System::nanoTime;

    TrainerOptions copy() {
        try {
            TrainerOptions copy = (TrainerOptions) clone();
            copy.callbacks = new ArrayList<>(callbacks);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }
}
