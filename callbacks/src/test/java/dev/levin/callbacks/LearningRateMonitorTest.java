package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.optim.Adam;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningRateMonitorTest {
    @TempDir
    Path dir;

    private final Runs.Rows rows = new Runs.Rows();

    /** A model with given optimizers. */
    private static BoringModel model(Function<BoringModel, Optimizers> optimizers) {
        return new BoringModel() {
            @Override
            public Optimizers configureOptimizers() {
                return optimizers.apply(this);
            }
        };
    }

    private TrainerBuilder trainer(LearningRateMonitor monitor) {
        return Runs.quiet(dir).logger(rows).callbacks(monitor).maxEpochs(2).limitTrainBatches(3).limitValBatches(0).logEveryNSteps(1);
    }

    @Test
    void c50EpochSchedulersAreLoggedByEpoch() {
        var m = new LearningRateMonitor();
        trainer(m).build().fit(new BoringModel());
        assertEquals(List.of("lr-SGD"), m.names());
        assertEquals(2, rows.of("lr-SGD").size());
        assertEquals(0.1, rows.of("lr-SGD").get(0), 1e-12);
        assertEquals(0.01, rows.of("lr-SGD").get(1), 1e-12);
        assertEquals(List.of(0L, 3L), rows.stepsOf("lr-SGD"));
    }

    @Test
    void c50StepSchedulersAreLoggedByStep() {
        var m = new LearningRateMonitor();
        trainer(m).build().fit(model(b -> {
            var sgd = new SGD(b.parameters(), 0.1);
            return Optimizers.of(sgd, SchedulerConfig.of(new StepLR(sgd, 1, 0.5)).everyStep());
        }));
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), rows.stepsOf("lr-SGD"));
        for (int i = 0; i < 6; i++) {
            assertEquals(0.1 * Math.pow(0.5, i), rows.of("lr-SGD").get(i), 1e-12);
        }
    }

    @Test
    void c50AnIntervalWinsOverTheSchedulersOwn() {
        trainer(new LearningRateMonitor(SchedulerConfig.Interval.STEP)).build().fit(new BoringModel());
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), rows.stepsOf("lr-SGD"));
        rows.rows.clear();
        rows.steps.clear();
        trainer(new LearningRateMonitor(SchedulerConfig.Interval.EPOCH)).build().fit(model(b -> {
            var sgd = new SGD(b.parameters(), 0.1);
            return Optimizers.of(sgd, SchedulerConfig.of(new StepLR(sgd, 1, 0.5)).everyStep());
        }));
        assertEquals(List.of(0L, 3L), rows.stepsOf("lr-SGD"));
    }

    @Test
    void c50GroupsAndNames() {
        var m = new LearningRateMonitor();
        trainer(m).build().fit(model(b -> {
            List<Parameter> p = b.parameters();
            var adam = new Adam(List.of(ParamGroup.of(p.subList(0, 1)), ParamGroup.of(p.subList(1, 2)).with("lr", 0.5)), 0.1, 0.9, 0.999, 1e-8, 0, false, false);
            return Optimizers.of(adam, new StepLR(adam, 1));
        }));
        assertEquals(List.of("lr-Adam/pg1", "lr-Adam/pg2"), m.names());
        assertEquals(0.5, rows.of("lr-Adam/pg2").getFirst(), 1e-12);
        trainer(m).build().fit(model(b -> {
            List<Parameter> p = b.parameters();
            var sgd = new SGD(List.of(ParamGroup.of(p.subList(0, 1)).named("weights"), ParamGroup.of(p.subList(1, 2))), 0.1, 0, 0, 0, false, false);
            return Optimizers.of(sgd, SchedulerConfig.of(new StepLR(sgd, 1)).named("rate"));
        }));
        assertEquals(List.of("rate/weights", "rate/pg2"), m.names());
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> trainer(m).build().fit(model(b -> {
            List<Parameter> p = b.parameters();
            var sgd = new SGD(List.of(ParamGroup.of(p.subList(0, 1)).named("same"), ParamGroup.of(p.subList(1, 2)).named("same")), 0.1, 0, 0, 0, false, false);
            return Optimizers.of(sgd, new StepLR(sgd, 1));
        })));
        assertTrue(e.getMessage().contains("'same'"), e.getMessage());
    }

    @Test
    void c50SecondOptimizerOfAClassIsNumbered() {
        var m = new LearningRateMonitor();
        trainer(m).build().fit(new BoringModel() {
            {
                automaticOptimization(false);
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return null;
            }

            @Override
            public Optimizers configureOptimizers() {
                List<Optimizer> all = new ArrayList<>();
                all.add(new Adam(parameters(), 0.1));
                all.add(new Adam(parameters(), 0.2));
                all.add(new SGD(parameters(), 0.3));
                return Optimizers.of(all);
            }
        });
        assertEquals(List.of("lr-Adam", "lr-Adam-1", "lr-SGD"), m.names());
        assertEquals(0.2, rows.of("lr-Adam-1").getFirst(), 1e-12);
    }

    @Test
    void c50MomentumWeightDecayAndPrefix() {
        trainer(new LearningRateMonitor().logMomentum(true).logWeightDecay(true).keyPrefix("opt/")).build().fit(model(b ->
                Optimizers.of(new Adam(List.of(ParamGroup.of(b.parameters()).with("beta1", 0.8).with("weight_decay", 0.25)), 0.1, 0.9, 0.999, 1e-8, 0,
                        false, false))));
        assertEquals(0.8, rows.of("opt/lr-Adam-momentum").getFirst(), 1e-12);
        assertEquals(0.25, rows.of("opt/lr-Adam-weight_decay").getFirst(), 1e-12);
    }

    @Test
    void c50RatesCanBeMonitored() {
        var stop = new EarlyStopping("lr-SGD").stoppingThreshold(0.05).patience(10);
        var r = trainer(new LearningRateMonitor()).callbacks(stop).maxEpochs(5).build().fit(new BoringModel());
        assertEquals(2, r.epoch());
        assertEquals(EarlyStopping.Reason.STOPPING_THRESHOLD, stop.reason());
    }

    @Test
    void c50NeedsALogger() {
        MisconfigurationException e = assertThrows(MisconfigurationException.class,
                () -> Runs.quiet(dir).callbacks(new LearningRateMonitor()).maxEpochs(1).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("no logger"), e.getMessage());
    }
}
