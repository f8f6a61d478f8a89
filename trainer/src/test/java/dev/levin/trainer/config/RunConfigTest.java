package dev.levin.trainer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.optim.AdamW;
import dev.levin.optim.LBFGS;
import dev.levin.optim.OneCycleLR;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ReduceLROnPlateau;
import dev.levin.optim.StepLR;
import dev.levin.trainer.Callback;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunConfigTest {
    @TempDir
    Path dir;

    /** A callback of the user's, with a constructor, a default and a setter. */
    public static final class Counting implements Callback {
        final int every;
        String label = "none";
        double[] shares = {};

        public Counting(int every) {
            this.every = every;
        }

        public Counting() {
            this(7);
        }

        public Counting label(String text) {
            label = text;
            return this;
        }

        public Counting shares(double[] values) {
            shares = values.clone();
            return this;
        }
    }

    private RunConfig config(String yaml, String... packages) throws IOException {
        return new RunConfig(new Settings().file(Files.writeString(dir.resolve("c.yaml"), yaml)), AllowedClasses.in(packages));
    }

    private Optimizers optimizers(String yaml) throws IOException {
        return new OptimizerMaker(new Settings().file(Files.writeString(dir.resolve("c.yaml"), yaml)), AllowedClasses.in()).of(new BoringModel());
    }

    @Test
    void modelTrainerAndCallbacksAreMadeAndTrain() throws IOException {
        RunConfig c = config("""
                model: BoringModel
                optimizer: {class: SGD, lr: 0.5}
                trainer: {accelerator: cpu, max_steps: 3, logger: false, default_root_dir: %s}
                """.formatted(dir));
        Trainer t = c.trainer().build();
        assertEquals(3, t.fit(c.model()).step());
        assertEquals(0.5, t.rawOptimizers().getFirst().paramGroups().getFirst().lr());
    }

    @Test
    void callbacksHaveTheirArguments() throws IOException {
        String name = Counting.class.getName();
        String home = RunConfigTest.class.getPackageName();
        Counting made = (Counting) config("trainer: {callbacks: [{class: %s, every: 3, label: x, shares: [1, 0.5]}]}".formatted(name), home).callbacks().getFirst();
        assertEquals(3, made.every);
        assertEquals("x", made.label);
        assertEquals(0.5, made.shares[1]);
        assertEquals(7, ((Counting) config("trainer: {callbacks: %s}".formatted(name), home).callbacks().getFirst()).every);
    }

    @Test
    void anOptimizerKeepsTheUsualValuesOfWhatIsNotSaid() throws IOException {
        AdamW adam = assertInstanceOf(AdamW.class, optimizers("optimizer: {class: AdamW, lr: 0.01, beta1: 0.8}").optimizers().getFirst());
        assertEquals(Map.of("lr", 0.01, "beta1", 0.8, "beta2", 0.999, "eps", 1e-8, "weight_decay", 0.01), adam.paramGroups().getFirst().options());
        Optimizer sgd = optimizers("optimizer: {class: SGD, lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4}").optimizers().getFirst();
        assertEquals(Map.of("lr", 0.1, "momentum", 0.9, "dampening", 0.0, "weight_decay", 1e-4), sgd.paramGroups().getFirst().options());
        MisconfigurationException e = assertThrows(MisconfigurationException.class,
                () -> optimizers("optimizer: {class: SGD, lr: 0.1, nesterov: true}"));
        assertTrue(e.getMessage().contains("Nesterov momentum needs momentum > 0"), e.getMessage());
        assertInstanceOf(LBFGS.class, optimizers("optimizer: {class: LBFGS, lr: 1}").optimizers().getFirst());
        for (String name : AllowedClasses.in().names(Optimizer.class)) {
            assertEquals(name, optimizers("optimizer: {class: " + name + ", lr: 0.25}").optimizers().getFirst().getClass().getSimpleName());
        }
    }

    @Test
    void schedulersKnowWhenToStep() throws IOException {
        Optimizers o = optimizers("optimizer: {class: SGD, lr: 0.1}\nlr_scheduler: {class: ReduceLROnPlateau, patience: 3, monitor: val_loss, strict: false}");
        SchedulerConfig s = o.schedulers().getFirst();
        assertInstanceOf(ReduceLROnPlateau.class, s.scheduler());
        assertEquals("val_loss", s.monitor());
        assertTrue(s.reduceOnPlateau() && !s.strict());
        s = optimizers("optimizer: {class: SGD, lr: 0.1}\nlr_scheduler: {class: StepLR, step_size: 2, gamma: 0.5, interval: step, frequency: 4}").schedulers().getFirst();
        assertInstanceOf(StepLR.class, s.scheduler());
        assertEquals(SchedulerConfig.Interval.STEP, s.interval());
        assertEquals(4, s.frequency());
        s = optimizers("optimizer: {class: SGD, lr: 0.1, momentum: 0.5}\nlr_scheduler: {class: OneCycleLR, max_lrs: [1], total_steps: 9, pct_start: 0.5}")
                .schedulers().getFirst();
        assertInstanceOf(OneCycleLR.class, s.scheduler());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "model: BoringModl | did you mean BoringModel?",
        "model: com.acme.Net | not allowed",
        "model: {class: java.io.File, path: /etc/passwd} | java.io, which is not allowed",
        "model: dev.levin.optim.SGD | dev.levin.optim.SGD is no LightningModule",
        "model: {width: 3} | names no class",
        "model: {class: BoringModel, width: 3} | no argument 'width'",
        "{model: BoringModel, data: BoringDta} | no data class BoringDta",
        "optimizer: AdmW | did you mean AdamW?",
        "optimizer: {class: AdamW, weight_decy: 1} | did you mean 'weightDecay'?",
        "optimizer: {class: AdamW, lr: fast} | optimizer.lr=fast is not possible for AdamW; use a number",
        "optimizer: {class: AdamW} | AdamW needs",
        "{optimizer: {class: SGD, lr: 1}, lr_scheduler: {class: StepLR, step_size: 2, interval: hour}} | [epoch, step], not 'hour'",
        "{optimizer: {class: SGD, lr: 1}, lr_scheduler: {class: StepLR, stepsize: a}} | use a whole number",
        "{optimizer: {class: SGD, lr: 1}, lr_scheduler: StpLR} | did you mean StepLR?",
        "lr_scheduler: {class: StepLR, step_size: 2} | needs an optimizer",
        "trainer: {max_epoch: 3} | did you mean 'trainer.max_epochs'?",
        "trainer: {max_epochs: [3]} | trainer.max_epochs=[3] is not possible; use a whole number",
        "trainer: {profiler: fast} | fast",
        "trainer: {callbacks: [Countin]} | no callback class Countin",
        "seed_everything: -1 | seed_everything=-1"})
    void mistakesNameWhatIsWrongAndWhatWouldBeRight(String yaml, String part) {
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> {
            RunConfig c = config(yaml);
            c.check();
            OptimizerMaker optimizer = new OptimizerMaker(new Settings().file(dir.resolve("c.yaml")), AllowedClasses.in());
            if (optimizer.isNamed()) {
                optimizer.of(new BoringModel());
            }
            c.model();
            c.data();
        });
        assertTrue(e.getMessage().contains(part), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void theSettingsOfARunAreWrittenBesideItAndNeverOverwritten() throws IOException {
        Map<String, Object> first = Map.of("seed_everything", 1);
        var logger = new dev.levin.trainer.Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {}

            @Override
            public java.util.Optional<Path> logDir() {
                return java.util.Optional.of(dir.resolve("run"));
            }
        };
        for (Map<String, Object> settings : List.of(first, first, Map.<String, Object>of("seed_everything", 2))) {
            Trainer.builder().accelerator("cpu").maxSteps(1).limitValBatches(0).logger(logger).enableCheckpointing(false)
                    .callbacks(new SaveConfig(settings)).build().fit(new BoringModel());
        }
        assertEquals("seed_everything: 1\n", Files.readString(dir.resolve("run/config.yaml")));
        assertEquals("seed_everything: 2\n", Files.readString(dir.resolve("run/config-1.yaml")));
        assertFalse(Files.exists(dir.resolve("run/config-2.yaml")));
    }
}
