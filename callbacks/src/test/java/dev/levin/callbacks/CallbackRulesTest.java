package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.Callback;
import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.Hook;
import dev.levin.trainer.ProgressBar;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How callbacks live together, with those of this module. */
class CallbackRulesTest {
    @TempDir
    Path dir;

    private static final class Finder implements Callback {
        @Override
        public Order order() {
            return Order.TUNER;
        }
    }

    private static List<String> kinds(Trainer t) {
        return t.callbacks().stream().map(c -> c.getClass().getSimpleName()).toList();
    }

    @Test
    void c01FindersFirstThenGivenOrderCheckpointsLast() {
        Trainer t = Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).handleSignals(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(0)
                .maxTime("00:01:00:00").callbacks(new ModelCheckpoint().dirpath(dir), new LambdaCallback(), new Finder(),
                        new PlainProgressBar(System.out, java.time.Duration.ZERO),
                        new EarlyStopping("x").strict(false)).build();
        t.fit(new BoringModel());
        assertEquals(List.of("Finder", "LambdaCallback", "PlainProgressBar", "EarlyStopping", "Timer", "ModelSummary", "ModelCheckpoint"), kinds(t));
    }

    @Test
    void c01DefaultsAreTaken() {
        Trainer t = Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).build();
        assertEquals(List.of("ModelSummary", "ModelCheckpoint"), kinds(t).stream().filter(k -> !k.endsWith("ProgressBar")).toList());
        assertTrue(t.callbacks().stream().anyMatch(ProgressBar.class::isInstance));
    }

    @Test
    void c02StateIsSavedByKey() {
        Trainer t = Runs.saving(dir).callbacks(new EarlyStopping("a", Mode.MAX).strict(false), new ModelCheckpoint().dirpath(dir), new Timer()).limitTrainBatches(1)
                .limitValBatches(0).maxEpochs(1).build();
        t.fit(new BoringModel());
        Map<?, ?> states = (Map<?, ?>) Checkpoint.read(dir.resolve("epoch=0-step=1.ckpt")).content().get("callbacks");
        assertTrue(states.keySet().containsAll(List.of("EarlyStopping{'monitor': 'a', 'mode': 'max'}", "Timer",
                "ModelCheckpoint{'monitor': null, 'mode': 'min', 'every_n_train_steps': 0, 'every_n_epochs': 1, 'train_time_interval': null}")),
                states.keySet().toString());
        var e = assertThrows(IllegalStateException.class, () -> Runs.quiet(dir).callbacks(new EarlyStopping("a"), new EarlyStopping("a")).maxEpochs(1).build()
                .fit(new BoringModel()));
        assertTrue(e.getMessage().contains("EarlyStopping{'monitor': 'a', 'mode': 'min'}"), e.getMessage());
    }

    @Test
    void c03StateOfCallbacksThatAreGoneIsNamed() {
        Trainer t = Runs.quiet(dir).callbacks(new Timer()).limitTrainBatches(1).limitValBatches(0).maxEpochs(1).build();
        t.fit(new BoringModel());
        t.saveCheckpoint(dir.resolve("a.ckpt"));
        List<String> warnings = Runs.warnings(() -> Runs.quiet(dir).limitTrainBatches(1).limitValBatches(0).maxEpochs(2).build()
                .fit(new BoringModel(), Resume.from(dir.resolve("a.ckpt"))));
        assertEquals(1, warnings.stream().filter(w -> w.contains("[Timer]")).count(), warnings.toString());
    }

    @Test
    void c04CallbacksOfTheModuleTakeThePlaceOfTheTrainers() {
        var own = new EarlyStopping("mine").strict(false);
        Trainer t = Runs.quiet(dir).callbacks(new LambdaCallback(), new EarlyStopping("given")).limitTrainBatches(1).limitValBatches(0).maxEpochs(1).build();
        t.fit(new BoringModel() {
            @Override
            public List<Callback> configureCallbacks() {
                return List.of(own);
            }
        });
        assertEquals(List.of("LambdaCallback", "EarlyStopping"), kinds(t));
        assertSame(own, t.earlyStoppingCallback().orElseThrow());
        t.fit(new BoringModel());
        assertEquals("EarlyStopping{'monitor': 'given', 'mode': 'min'}", t.callbacks().getLast().stateKey(), "the next run has its own callbacks back");
    }

    @Test
    void c06OnExceptionInEveryStage() {
        List<String> told = new ArrayList<>();
        for (Hook h : List.of(Hook.ON_TRAIN_BATCH_START, Hook.ON_VALIDATION_BATCH_START, Hook.ON_TEST_BATCH_START, Hook.ON_PREDICT_BATCH_START)) {
            Trainer t = Runs.quiet(dir).callbacks(FailureInjector.at(h, 1, () -> new IllegalStateException(h.method())),
                    new Watcher(told)).limitTrainBatches(1).limitValBatches(1).limitTestBatches(1).limitPredictBatches(1).maxEpochs(1).build();
            Runnable run = switch (h) {
                case ON_TRAIN_BATCH_START -> () -> t.fit(new BoringModel());
                case ON_VALIDATION_BATCH_START -> () -> t.validate(new BoringModel());
                case ON_TEST_BATCH_START -> () -> t.test(new BoringModel());
                default -> () -> t.predict(new BoringModel()).drain();
            };
            assertEquals(h.method(), assertThrows(IllegalStateException.class, run::run).getMessage());
        }
        assertEquals(List.of("onTrainBatchStart", "onValidationBatchStart", "onTestBatchStart", "onPredictBatchStart"), told);
    }

    private record Watcher(List<String> told) implements Callback {
        @Override
        public void onException(Trainer trainer, dev.levin.trainer.LightningModule<?> module, Throwable exception) {
            told.add(exception.getMessage());
        }
    }
}
