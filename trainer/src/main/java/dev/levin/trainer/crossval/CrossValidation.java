package dev.levin.trainer.crossval;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.data.KFold;
import dev.levin.data.Subset;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.CheckpointChoice;
import dev.levin.trainer.EvaluationResult;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Loaders;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Trains one model per fold and reports over all of them.
 *
 * {@snippet :
 * var report = CrossValidation.stratified(5)
 *         .seed(42)
 *         .trainer(Trainer.builder().maxEpochs(20).callbacks(() -> new EarlyStopping("val_loss")))
 *         .logger(fold -> new TensorBoardLogger("runs", "kfold").version("fold_" + fold))
 *         .run(dataset, fold -> new DigitClassifier());
 * report.print();
 * }
 *
 * <p>Every fold gets a Trainer of its own, so callbacks have to be given as suppliers. The random numbers of fold {@code k}
 * start from {@code seed + k}: folds can be run again one by one.
 */
public final class CrossValidation {
    private enum Kind { PLAIN, STRATIFIED, GROUPED, LEAVE_ONE_OUT }

    private final Kind kind;
    private final int folds;
    private final int[] groups;
    private int repeats = 1;
    private long seed;
    private boolean shuffle = true;
    private int batchSize = 32;
    private int workers;
    private TrainerBuilder trainer = Trainer.builder();
    private IntFunction<? extends Logger> logger;
    private Supplier<? extends Logger> summary;
    private int[] labels;
    private String rankBy;
    private boolean higherIsBetter;
    private boolean predict;
    private Path directory;

    private CrossValidation(Kind kind, int folds, int[] groups) {
        this.kind = kind;
        this.folds = folds;
        this.groups = groups;
    }

    /** Random folds of equal size. */
    public static CrossValidation kFold(int folds) {
        return new CrossValidation(Kind.PLAIN, folds, null);
    }

    /** Folds with the same share of each label; labels are the targets of {@link Batch} samples, or those of {@link #labels}. */
    public static CrossValidation stratified(int folds) {
        return new CrossValidation(Kind.STRATIFIED, folds, null);
    }

    /** Samples of one group stay together. */
    public static CrossValidation grouped(int folds, int[] groups) {
        return new CrossValidation(Kind.GROUPED, folds, groups.clone());
    }

    /** A fold for each sample. */
    public static CrossValidation leaveOneOut() {
        return new CrossValidation(Kind.LEAVE_ONE_OUT, 0, null);
    }

    /** Runs everything several times, with other splits. */
    public CrossValidation repeated(int times) {
        if (times < 1) {
            throw new IllegalArgumentException("a cross-validation is repeated at least once, not " + times + " times");
        }
        repeats = times;
        return this;
    }

    public CrossValidation seed(long value) {
        seed = value;
        return this;
    }

    /** Without shuffling, folds are contiguous. */
    public CrossValidation shuffle(boolean on) {
        shuffle = on;
        return this;
    }

    public CrossValidation batchSize(int n) {
        batchSize = n;
        return this;
    }

    /** Threads of each fold's training loader. */
    public CrossValidation workers(int n) {
        workers = n;
        return this;
    }

    /** Flags of every fold's Trainer. */
    public CrossValidation trainer(TrainerBuilder builder) {
        trainer = builder;
        return this;
    }

    /** A logger for each fold. */
    public CrossValidation logger(IntFunction<? extends Logger> perFold) {
        logger = perFold;
        return this;
    }

    /** A logger for mean and standard deviation over the folds. */
    public CrossValidation summaryLogger(Supplier<? extends Logger> make) {
        summary = make;
        return this;
    }

    /** Labels to stratify by, one per sample. */
    public CrossValidation labels(int... perSample) {
        labels = perSample.clone();
        return this;
    }

    /** Which metric says which fold is best; by default the lowest {@code val_loss}, or the highest of the first metric there is. */
    public CrossValidation rankBy(String metric, boolean higher) {
        rankBy = metric;
        higherIsBetter = higher;
        return this;
    }

    /** Also predicts every sample with the model that did not see it. */
    public CrossValidation outOfFold() {
        predict = true;
        return this;
    }

    /** Keeps the result of each finished fold in a folder; a run that was ended goes on with the folds that are missing. */
    public CrossValidation directory(Path dir) {
        directory = dir;
        return this;
    }

    /**
     * Runs all folds.
     *
     * @param model makes the model of a fold
     */
    public <B> CrossValidationReport run(Dataset<B> data, IntFunction<? extends LightningModule<B>> model) {
        return run(data, model, (subset, train) -> {
            DataLoader<B> loader = new DataLoader<>(subset, batchSize);
            return train ? loader.shuffle(seed).workers(workers) : loader;
        });
    }

    /** How a fold's part of the data becomes batches. */
    @FunctionalInterface
    public interface LoaderFactory<S, B> {
        Iterable<B> make(Dataset<S> part, boolean training);
    }

    /** As {@link #run(Dataset, IntFunction)} with loaders of one's own, for samples and batches of different types. */
    public <S, B> CrossValidationReport run(Dataset<S> data, IntFunction<? extends LightningModule<B>> model, LoaderFactory<S, B> loaders) {
        if (predict && repeats > 1) {
            throw new IllegalArgumentException("out-of-fold predictions are for one repetition; drop repeated(" + repeats + ") or outOfFold()");
        }
        FoldStore store = new FoldStore(directory);
        List<FoldResult> results = new ArrayList<>();
        List<Tensor> predictions = new ArrayList<>();
        List<int[]> predicted = new ArrayList<>();
        int number = 0;
        repetitions:
        for (int r = 0; r < repeats; r++) {
            for (KFold.Fold f : split(data, seed + r)) {
                int fold = number++;
                FoldResult known = predict ? null : store.load(fold);
                if (known != null) {
                    results.add(known);
                    continue;
                }
                Iterable<B> val = loaders.make(new Subset<>(data, f.validation()), false);
                Trainer t = trainerOf(fold);
                Trainer.seedEverything(Math.floorMod(seed + fold, 1L << 32));
                LightningModule<B> m = model.apply(fold);
                FoldResult result = fold(fold, t, m, loaders.make(new Subset<>(data, f.train()), true), val);
                results.add(result);
                store.save(result);
                if (predict) {
                    for (Object o : t.predict(m, val).toList()) {
                        predictions.add((Tensor) o);
                    }
                    predicted.add(f.validation());
                }
                if (result.status() == dev.levin.trainer.Status.INTERRUPTED) {
                    break repetitions;
                }
            }
        }
        CrossValidationReport report = report(results, predict ? inOrder(predictions, predicted) : null);
        logSummary(report);
        return report;
    }

    private Trainer trainerOf(int fold) {
        // A run's first hyper-parameters are the ones TensorBoard shows: they are logged with the result, at the end.
        TrainerBuilder b = trainer.copy().enableAutologHparams(false);
        if (logger != null) {
            b.logger(logger.apply(fold));
        }
        return b.build();
    }

    private <B> FoldResult fold(int fold, Trainer t, LightningModule<B> m, Iterable<B> train, Iterable<B> val) {
        FitResult fit = t.fit(m, train, val);
        if (fit.isInterrupted()) {
            return new FoldResult(fold, fit.status(), fit.metrics(), fit.bestCheckpoint(), fit.step(), fit.epoch());
        }
        EvaluationResult best = t.validate(m, Loaders.<B>of(val), fit.bestCheckpoint().isPresent() ? CheckpointChoice.BEST : CheckpointChoice.CURRENT, false);
        Map<String, Object> params = new LinkedHashMap<>(m.hparams().values());
        params.put("fold", fold);
        Map<String, Double> compared = new LinkedHashMap<>();
        best.metrics().forEach((name, value) -> compared.put("fold/" + name, value));
        for (Logger l : t.loggers()) {
            l.logHyperparams(params, compared);
            l.finalizeRun(Logger.Status.SUCCESS);
        }
        return new FoldResult(fold, fit.status(), best.metrics(), fit.bestCheckpoint(), fit.step(), fit.epoch());
    }

    private <S> List<KFold.Fold> split(Dataset<S> data, long splitSeed) {
        return switch (kind) {
            case PLAIN -> KFold.of(data.size(), folds, shuffle, splitSeed);
            case STRATIFIED -> KFold.stratified(labelsOf(data), folds, splitSeed);
            case GROUPED -> {
                if (groups.length != data.size()) {
                    throw new IllegalArgumentException("there are " + groups.length + " groups for " + data.size() + " samples; give one for each sample");
                }
                yield KFold.grouped(groups, folds, splitSeed);
            }
            case LEAVE_ONE_OUT -> KFold.of(data.size(), data.size(), false, splitSeed);
        };
    }

    private <S> int[] labelsOf(Dataset<S> data) {
        if (labels != null) {
            if (labels.length != data.size()) {
                throw new IllegalArgumentException("there are " + labels.length + " labels for " + data.size() + " samples; give one for each sample");
            }
            return labels;
        }
        ToIntFunction<Object> label = sample -> {
            if (sample instanceof Batch b && b.target().numel() == 1 && !b.target().dtype().isFloat()) {
                return (int) b.target().itemLong();
            }
            throw new IllegalArgumentException("the label of a sample can't be read off a " + sample.getClass().getSimpleName()
                    + "; give the labels by CrossValidation.labels(...)");
        };
        int[] found = new int[data.size()];
        for (int i = 0; i < found.length; i++) {
            try {
                found[i] = label.applyAsInt(data.get(i));
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("sample " + i + " can't be read: " + e.getMessage(), e);
            }
        }
        return found;
    }

    private static Tensor inOrder(List<Tensor> predictions, List<int[]> samples) {
        int[] order = samples.stream().flatMapToInt(Arrays::stream).toArray();
        long[] place = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            place[order[i]] = i;
        }
        return Tensor.cat(predictions, 0).indexSelect(0, Tensor.of(place)).keep();
    }

    private CrossValidationReport report(List<FoldResult> results, Tensor outOfFold) {
        Map<String, Double> first = results.getFirst().metrics();
        String by = rankBy != null ? rankBy : first.containsKey("val_loss") ? "val_loss" : first.keySet().stream().sorted().findFirst().orElse("val_loss");
        return new CrossValidationReport(results, by, rankBy != null ? higherIsBetter : !by.contains("loss"), outOfFold);
    }

    private void logSummary(CrossValidationReport report) {
        if (summary == null) {
            return;
        }
        Logger l = summary.get();
        for (FoldResult f : report.folds()) {
            l.logMetrics(f.metrics(), f.fold());
        }
        Map<String, Double> together = new LinkedHashMap<>();
        for (String name : report.metrics()) {
            together.put(name + "/mean", report.mean(name));
            together.put(name + "/std", report.std(name));
        }
        l.logMetrics(together, report.folds().size());
        l.finalizeRun(Logger.Status.SUCCESS);
    }
}
