package dev.levin.trainer.tuner;

import dev.levin.data.Loader;
import dev.levin.io.ArrayData;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Searches a learning rate or a batch size.
 *
 * {@snippet :
 * Tuner tuner = new Tuner(Trainer.builder().precision("bf16-mixed"));
 * double lr = tuner.lrFind(model, loader).suggestion().orElseThrow();
 * int batch = tuner.scaleBatchSize(model, n -> new DataLoader<>(train, n), Tuner.BatchSearch.DEFAULT);
 * }
 *
 * <p>Each trial has a Trainer of its own, made from the flags given, without callbacks, loggers and validation. The model's
 * weights, the random numbers and the position of the loader are afterwards what they were, also if a trial failed.
 */
public final class Tuner {
    private final TrainerBuilder flags;

    /** @param flags where and in which precision trials run; how long they run is the tuner's */
    public Tuner(TrainerBuilder flags) {
        this.flags = flags.copy();
    }

    /**
     * The range of a learning-rate search.
     *
     * @param steps optimizer steps from {@code min} to {@code max}
     * @param exponential whether the rate is multiplied or added to
     * @param stopAt ends when the smoothed loss exceeds this many times the best; infinity for never
     */
    public record LrSearch(double min, double max, int steps, boolean exponential, double stopAt) {
        /** From 1e-8 to 1 in 100 steps, ending at four times the best loss. */
        public static final LrSearch DEFAULT = new LrSearch(1e-8, 1, 100, true, 4);

        public LrSearch {
            if (!(min > 0) || !(max > min) || steps < 2) {
                throw new IllegalArgumentException("a learning-rate search needs 0 < min < max and at least 2 steps, not " + min + ", " + max + ", " + steps);
            }
        }
    }

    /**
     * How batch sizes are tried.
     *
     * @param bisect after doubling until memory is full, look in between; then leave out {@code margin} of what fits
     * @param steps training steps of each trial
     */
    public record BatchSearch(boolean bisect, int steps, int initial, int maxTrials, double margin, int max) {
        /** Doubles from 2, 25 trials of 3 steps at most, up to 8192. */
        public static final BatchSearch DEFAULT = new BatchSearch(false, 3, 2, 25, 0.05, 8192);

        public BatchSearch {
            if (steps < 1 || initial < 1 || maxTrials < 0 || !(margin >= 0 && margin < 1) || max < initial) {
                throw new IllegalArgumentException("a batch-size search needs steps >= 1, 1 <= initial <= max, maxTrials >= 0 and 0 <= margin < 1");
            }
        }
    }

    public <B> LrFindResult lrFind(LightningModule<B> model, Iterable<? extends B> loader) {
        return lrFind(model, loader, LrSearch.DEFAULT);
    }

    /** Trains for some steps while the learning rate rises from step to step. */
    public <B> LrFindResult lrFind(LightningModule<B> model, Iterable<? extends B> loader, LrSearch search) {
        Sweep sweep = new Sweep(search);
        Trainer trainer = trial().callbacks(sweep).maxSteps(search.steps()).build();
        return untouched(model, loader, () -> {
            trainer.fit(model, loader);
            return sweep.result();
        });
    }

    /**
     * The largest batch size that fits into memory, or that the limits of the search allow.
     *
     * @param loaders makes a loader of a batch size
     */
    public <B> int scaleBatchSize(LightningModule<B> model, IntFunction<? extends Iterable<? extends B>> loaders, BatchSearch search) {
        int good = 0;
        int bad = Integer.MAX_VALUE;
        int size = search.initial();
        for (int trial = 0; trial < search.maxTrials(); trial++) {
            if (fits(model, loaders.apply(size), search.steps())) {
                good = size;
                LoggerFactory.getLogger(Tuner.class).info("batch size {} fits", size);
            } else {
                bad = size;
                LoggerFactory.getLogger(Tuner.class).info("batch size {} does not fit", size);
            }
            boolean bounded = bad != Integer.MAX_VALUE;
            if (bounded && (!search.bisect() || bad - good <= 1) || good >= search.max()) {
                break;
            }
            size = bounded ? (good + bad) / 2 : Math.min(search.max(), good * 2);
        }
        if (search.maxTrials() == 0) {
            return search.initial();
        }
        if (good == 0) {
            throw new IllegalStateException("not even a batch of " + Math.min(search.initial(), bad) + " fits into memory; make the model or its inputs smaller");
        }
        return search.bisect() ? Math.max(1, (int) (good * (1 - search.margin()))) : good;
    }

    private <B> boolean fits(LightningModule<B> model, Iterable<? extends B> loader, int steps) {
        try {
            return untouched(model, loader, () -> {
                trial().maxSteps(steps).build().fit(model, loader);
                return true;
            });
        } catch (RuntimeException | Error e) {
            if (isOutOfMemory(e)) {
                return false;
            }
            throw e;
        }
    }

    /** Whether a failure, or what caused it, says that memory is full. */
    static boolean isOutOfMemory(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof OutOfMemoryError || t.getClass().getSimpleName().contains("OutOfDeviceMemory")
                    || t.getClass().getSimpleName().contains("OutOfMemory")) {
                return true;
            }
        }
        return false;
    }

    private TrainerBuilder trial() {
        return flags.copy().withoutCallbacks().logger(false).enableCheckpointing(false).enableProgressBar(false).enableModelSummary(false)
                .limitValBatches(0).numSanityValSteps(0).maxEpochs(-1);
    }

    /** Runs {@code body} and puts weights, random numbers and the loader's position back. */
    private static <T> T untouched(LightningModule<?> model, Iterable<?> loader, Supplier<T> body) {
        if (model.hasTrainer() && model.trainer().stage() != null) {
            throw new MisconfigurationException("the tuner can't run inside a run of " + model.getClass().getSimpleName()
                    + "; use it before, or on another instance");
        }
        Map<String, ArrayData> weights = new LinkedHashMap<>();
        model.stateDict().forEach((k, v) -> weights.put(k, new ArrayData(v.shape(), v.toHost().copy())));
        long[] random = Generator.global().state();
        Map<String, Object> position = loader instanceof Loader<?> l ? l.stateDict() : null;
        try {
            return body.get();
        } finally {
            Map<String, Tensor> before = new LinkedHashMap<>();
            weights.forEach((k, a) -> before.put(k, Tensor.of(a.data(), a.shape())));
            model.loadStateDict(before, false);
            model.zeroGrad();
            Generator.global().setState(random);
            if (position != null) {
                ((Loader<?>) loader).loadStateDict(position);
            }
        }
    }
}
