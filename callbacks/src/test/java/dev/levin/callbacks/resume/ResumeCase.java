package dev.levin.callbacks.resume;

import dev.levin.callbacks.BackboneFinetuning;
import dev.levin.callbacks.BatchSizeFinder;
import dev.levin.callbacks.EMAWeightAveraging;
import dev.levin.callbacks.EarlyStopping;
import dev.levin.callbacks.GradientAccumulationScheduler;
import dev.levin.callbacks.Mode;
import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.callbacks.StochasticWeightAveraging;
import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.optim.Adam;
import dev.levin.optim.AdamW;
import dev.levin.optim.CosineAnnealingWarmRestarts;
import dev.levin.optim.LBFGS;
import dev.levin.optim.LinearLR;
import dev.levin.optim.OneCycleLR;
import dev.levin.optim.ReduceLROnPlateau;
import dev.levin.optim.RMSprop;
import dev.levin.optim.SGD;
import dev.levin.optim.SequentialLR;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.CombinedLoader;
import dev.levin.trainer.Loaders;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.tuner.Tuner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Runs to interrupt and to resume. */
enum ResumeCase {
    ADAMW(flags(t -> t)),
    MOMENTUM(optimizers(m -> Optimizers.of(new SGD(m.parameters(), 0.05, 0.9)))),
    RMSPROP(optimizers(m -> Optimizers.of(new RMSprop(m.parameters(), 0.01)))),
    ACCUMULATION(flags(t -> t.accumulateGradBatches(2))),
    ACCUMULATION_UNEVEN_CLIPPED(flags(t -> t.accumulateGradBatches(3).gradientClipVal(0.1))),
    CLIP_BY_VALUE(flags(t -> t.gradientClipVal(0.01).gradientClipAlgorithm("value"))),
    ACCUMULATION_SCHEDULE(flags(t -> t.callbacks(new GradientAccumulationScheduler(Map.of(0, 2, 1, 3))))),
    LOADER_WORKERS(loader(() -> ResumeModel.shuffled().workers(3).prefetch(2))),
    WEIGHTED_SAMPLER(loader(() -> new DataLoader<>(ResumeModel.data(3), ResumeModel.BATCH).sampler(ResumeModel.weighted()))),
    DROP_LAST(loader(() -> ResumeModel.shuffled().dropLast())),
    COMBINED_CYCLED(loader(() -> combined(CombinedLoader.Mode.MAX_SIZE_CYCLE))),
    COMBINED_SHORTEST(loader(() -> combined(CombinedLoader.Mode.MIN_SIZE))),
    COMBINED_LONGEST(loader(() -> combined(CombinedLoader.Mode.MAX_SIZE))),
    LIST_OF_BATCHES(loader(ResumeCase::batches)),
    SCHEDULE_BY_EPOCH(scheduled(o -> SchedulerConfig.of(new StepLR(o, 1, 0.7)))),
    SCHEDULE_BY_STEP(scheduled(o -> SchedulerConfig.of(new StepLR(o, 3, 0.5)).everyStep())),
    SCHEDULE_EVERY_SECOND_STEP(scheduled(o -> SchedulerConfig.of(new CosineAnnealingWarmRestarts(o, 3)).every(2, SchedulerConfig.Interval.STEP))),
    ONE_CYCLE(optimizers(m -> {
        SGD o = new SGD(m.parameters(), 0.05, 0.9);
        return Optimizers.of(o, SchedulerConfig.of(new OneCycleLR(o, 0.2, 15)).everyStep());
    })),
    WARM_UP_THEN_DECAY(scheduled(o -> SchedulerConfig.of(new SequentialLR(o, List.of(new LinearLR(o, 0.1, 1, 4), new StepLR(o, 2, 0.5)), new int[] {4}))
            .everyStep())),
    PLATEAU(scheduled(o -> SchedulerConfig.of(new ReduceLROnPlateau(o, ReduceLROnPlateau.Options.defaults().withPatience(0))).monitor("val_loss"))),
    PLATEAU_BY_STEP(scheduled(o -> SchedulerConfig.of(new ReduceLROnPlateau(o, ReduceLROnPlateau.Options.defaults().withPatience(1))).everyStep()
            .monitor("loss"))),
    MOVING_AVERAGE(flags(t -> t.callbacks(new EMAWeightAveraging(0.9)))),
    MOVING_AVERAGE_FROM_STEP_FOUR(flags(t -> t.callbacks(new EMAWeightAveraging(0.9).startingAtStep(4).everyNSteps(2)).valCheckInterval(2))),
    STOCHASTIC_AVERAGING(flags(t -> t.callbacks(new StochasticWeightAveraging(0.02).epochStart(2).annealingEpochs(2)))),
    STOCHASTIC_AVERAGING_BATCH_NORM(flags(t -> t.callbacks(new StochasticWeightAveraging(0.02).epochStart(2))).withBatchNorm()),
    BATCH_NORM(flags(t -> t).withBatchNorm()),
    BFLOAT16_MIXED(flags(t -> t.precision("bf16-mixed"))),
    BFLOAT16_MIXED_ACCUMULATED(flags(t -> t.precision("bf16-mixed").accumulateGradBatches(3))),
    FLOAT16_MIXED(flags(t -> t.precision("16-mixed"))),
    FLOAT16_MIXED_CLIPPED(flags(t -> t.precision("16-mixed").gradientClipVal(0.1).accumulateGradBatches(2))),
    BFLOAT16_TRUE(flags(t -> t.precision("bf16-true"))),
    FLOAT64(flags(t -> t.precision("64-true"))),
    VALIDATION_TWICE_AN_EPOCH(flags(t -> t.valCheckInterval(2))),
    VALIDATION_ACROSS_EPOCHS(flags(t -> t.valCheckInterval(3).checkValEveryNEpoch(null))),
    VALIDATION_EVERY_SECOND_EPOCH(flags(t -> t.checkValEveryNEpoch(2))),
    LIMITED_BATCHES(flags(t -> t.limitTrainBatches(3).limitValBatches(2))),
    MAX_STEPS(flags(t -> t.maxEpochs(-1).maxSteps(8))),
    LOGGED_EVERY_THIRD_STEP(flags(t -> t.logEveryNSteps(3))),
    OVERFIT(flags(t -> t.overfitBatches(2))),
    RELOADED_LOADERS(flags(t -> t.reloadDataloadersEveryNEpochs(1))),
    EARLY_STOPPING(flags(t -> t.maxEpochs(6).callbacks(new EarlyStopping("val_loss").patience(1).minDelta(0.3)))),
    EARLY_STOPPING_HELD_BACK(flags(t -> t.maxEpochs(6).minEpochs(3).callbacks(new EarlyStopping("val_loss").patience(0).minDelta(0.5)))),
    BEST_TWO_AND_LAST(flags(t -> t.valCheckInterval(2).callbacks(ModelCheckpoint.monitoring("val_loss", Mode.MIN).saveTopK(2).saveLast()))),
    BEST_BY_STEPS(flags(t -> t.callbacks(ModelCheckpoint.monitoring("loss", Mode.MAX).everyNTrainSteps(2).saveTopK(3)))),
    LBFGS_CLOSURE(optimizers(m -> Optimizers.of(new LBFGS(m.parameters(), 0.1, 3, 5, 1e-7, 1e-9, 5, false)))),
    FINETUNED(flags(t -> t.callbacks(new BackboneFinetuning(1).backbone("body"))).optimizing(m -> Optimizers.of(new Adam(m.head.parameters(), 0.05)))),
    SKIPPED_BATCHES(flags(t -> t)) {
        @Override
        LightningModule<Object> model() {
            return new ResumeModel(ResumeModel::adamW, false) {
                @Override
                public Tensor trainingStep(Object batch, int i) {
                    return i == 1 || i == 3 ? null : super.trainingStep(batch, i);
                }
            };
        }
    },
    SEVERAL_VALIDATION_LOADERS(flags(t -> t)) {
        @Override
        LightningModule<Object> model() {
            return new ResumeModel(ResumeModel::adamW, false) {
                @Override
                public void validationStep(Object batch, int i, int loader) {
                    super.validationStep(batch, i);
                }
            };
        }

        @Override
        Loaders<Object> validation() {
            Map<String, Iterable<Object>> all = new LinkedHashMap<>();
            all.put("first", iterable(ResumeModel.plain()));
            all.put("second", iterable(new DataLoader<>(ResumeModel.data(9, 23), 7)));
            return Loaders.named(all);
        }
    },
    TWO_OPTIMIZERS_BY_HAND(flags(t -> t)) {
        @Override
        LightningModule<Object> model() {
            return new ManualModel();
        }
    },
    TUNED_BATCH_SIZE(flags(t -> t.callbacks(new BatchSizeFinder(new Tuner.BatchSearch(false, 1, 2, 2, 0, 4)))).loading(() -> null)) {
        @Override
        LightningModule<Object> model() {
            return new TunedModel();
        }
    };

    private final Setup setup;

    ResumeCase(Setup setup) {
        this.setup = setup;
    }

    /** What tells one case from another. */
    private record Setup(UnaryOperator<TrainerBuilder> flags, Function<ResumeModel, Optimizers> optimizers, boolean batchNorm,
                         Supplier<Iterable<?>> training) {
        Setup withBatchNorm() {
            return new Setup(flags, optimizers, true, training);
        }

        Setup optimizing(Function<ResumeModel, Optimizers> by) {
            return new Setup(flags, by, batchNorm, training);
        }

        Setup loading(Supplier<Iterable<?>> loader) {
            return new Setup(flags, optimizers, batchNorm, loader);
        }
    }

    private static Setup flags(UnaryOperator<TrainerBuilder> flags) {
        return new Setup(flags, ResumeModel::adamW, false, ResumeModel::shuffled);
    }

    private static Setup optimizers(Function<ResumeModel, Optimizers> by) {
        return flags(t -> t).optimizing(by);
    }

    private static Setup loader(Supplier<Iterable<?>> loader) {
        return flags(t -> t).loading(loader);
    }

    private static Setup scheduled(Function<AdamW, SchedulerConfig> schedule) {
        return optimizers(m -> {
            AdamW o = new AdamW(m.parameters(), 0.05);
            return Optimizers.of(o, schedule.apply(o));
        });
    }

    LightningModule<Object> model() {
        return new ResumeModel(setup.optimizers, setup.batchNorm);
    }

    /** Null where the model has its own. */
    Iterable<Object> training() {
        return iterable(setup.training.get());
    }

    Loaders<Object> validation() {
        return Loaders.of(iterable(ResumeModel.plain()));
    }

    /** The case's own flags on top of what all have. */
    TrainerBuilder flags(TrainerBuilder b) {
        return setup.flags.apply(b);
    }

    @SuppressWarnings("unchecked")
    private static Iterable<Object> iterable(Iterable<?> l) {
        return (Iterable<Object>) l;
    }

    private static CombinedLoader<Batch> combined(CombinedLoader.Mode mode) {
        Map<String, Iterable<Batch>> all = new LinkedHashMap<>();
        all.put("a", ResumeModel.shuffled());
        all.put("b", new DataLoader<>(ResumeModel.data(33), 7).shuffle(8));
        return new CombinedLoader<>(all, mode);
    }

    private static List<Batch> batches() {
        List<Batch> all = new ArrayList<>();
        new DataLoader<>(ResumeModel.data(3), ResumeModel.BATCH).forEach(all::add);
        return all;
    }
}
