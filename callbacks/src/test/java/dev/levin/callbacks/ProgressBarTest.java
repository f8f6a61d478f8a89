package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.ProgressBar;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jline.builtins.ScreenTerminal;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressBarTest {
    @TempDir
    Path dir;

    private final Runs.Clock clock = new Runs.Clock();

    /** Each training batch takes a second, each validation batch a quarter. */
    private final class Slow implements Callback {
        @Override
        public Order order() {
            return Order.TUNER;
        }

        @Override
        public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
            clock.advance(1);
        }

        @Override
        public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
            clock.advance(0.25);
        }
    }

    /** Shows 0.5 while it trains and 0.25 from validation. */
    private static class Shown extends BoringModel {
        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            log("train_loss", 0.5, Log.onProgressBar());
            return super.trainingStep(batch, i);
        }

        @Override
        public Object validationStepOutput(Tensor batch, int i, int loader) {
            log("val_loss", 0.25, Log.onProgressBar());
            return null;
        }
    }

    private TrainerBuilder trainer(Callback... callbacks) {
        return Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).enableModelSummary(false).enableCheckpointing(false)
                .nanoTime(clock).handleSignals(false).callbacks(new Slow()).callbacks(callbacks);
    }

    private static List<String> lines(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    // ---- plain ------------------------------------------------------------------------------------------------------------

    @Test
    void plainBarPrintsALineAnEpoch() {
        var bytes = new ByteArrayOutputStream();
        var bar = new PlainProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ZERO);
        trainer(bar).maxEpochs(2).limitTrainBatches(4).limitValBatches(2).build().fit(new Shown());
        assertEquals(List.of("Epoch 0/1: 4/4 batches in 0:04, 1.0 it/s, train_loss=0.5000, val_loss=0.2500",
                "Epoch 1/1: 4/4 batches in 0:04, 1.0 it/s, train_loss=0.5000, val_loss=0.2500"), lines(bytes));
    }

    @Test
    void plainBarReportsWhileAnEpochTakesLong() {
        var bytes = new ByteArrayOutputStream();
        var bar = new PlainProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ofSeconds(3));
        trainer(bar).maxEpochs(1).limitTrainBatches(8).limitValBatches(0).build().fit(new Shown());
        assertEquals(List.of("Epoch 0/0: 3/8 batches (37%), 1.0 it/s, 0:05 left, train_loss=0.5000",
                "Epoch 0/0: 6/8 batches (75%), 1.0 it/s, 0:02 left, train_loss=0.5000",
                "Epoch 0/0: 8/8 batches in 0:08, 1.0 it/s, train_loss=0.5000"), lines(bytes));
    }

    @Test
    void plainBarHoldsNoControlCharacters() {
        var bytes = new ByteArrayOutputStream();
        var bar = new PlainProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ofMillis(1));
        Trainer t = trainer(bar).maxEpochs(2).limitTrainBatches(5).limitValBatches(3).limitTestBatches(2).limitPredictBatches(2).build();
        t.fit(new Shown());
        t.test(new Shown());
        t.predict(new Shown()).drain();
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(text.chars().allMatch(c -> c == '\n' || c >= 32 && c < 127), text);
        assertTrue(text.contains("Testing: 2/2 batches in"), text);
        assertTrue(text.contains("Predicting: 2/2 batches in"), text);
        assertTrue(text.contains("Epoch 1/1, Validation: 2/3 batches (66%)"), text);
    }

    @Test
    void unknownLengthHasNoTotalUnlessMaxStepsGivesOne() {
        var bytes = new ByteArrayOutputStream();
        Iterable<Tensor> endless = () -> java.util.stream.Stream.generate(() -> Tensor.ones(1, 32)).iterator();
        var bar = new PlainProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ofSeconds(2));
        trainer(bar).maxEpochs(1).maxSteps(4).limitValBatches(0).build().fit(new Shown(), endless);
        assertTrue(lines(bytes).getFirst().startsWith("Epoch 0/0: 2/4 batches (50%), 1.0 it/s, 0:02 left"), bytes.toString());
    }

    @Test
    void disabledBarIsSilent() {
        var bytes = new ByteArrayOutputStream();
        var bar = new PlainProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ofMillis(1));
        bar.disable();
        assertFalse(bar.isEnabled());
        trainer(bar).maxEpochs(1).limitTrainBatches(2).limitValBatches(1).build().fit(new Shown());
        assertEquals("", bytes.toString());
    }

    @Test
    void c51MetricsEndWithTheLoggersVersion() {
        var bytes = new ByteArrayOutputStream();
        var bar = new PlainProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ZERO);
        var logger = new dev.levin.trainer.Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public String version() {
                return "version_7";
            }
        };
        trainer(bar).logger(logger).maxEpochs(1).limitTrainBatches(2).limitValBatches(0).build().fit(new Shown());
        assertTrue(lines(bytes).getFirst().endsWith("train_loss=0.5000, v_num=7"), bytes.toString());
        var clash = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("v_num", 3.0, Log.onProgressBar());
                return super.trainingStep(batch, i);
            }
        };
        List<String> warnings = Runs.warnings(() -> trainer(new PlainProgressBar(new PrintStream(bytes), Duration.ZERO)).logger(logger).maxEpochs(1)
                .limitTrainBatches(2).limitValBatches(0).build().fit(clash));
        assertEquals(1, warnings.stream().filter(w -> w.contains("'v_num' was logged")).count(), warnings.toString());
    }

    // ---- terminal -----------------------------------------------------------------------------------------------------------

    /** What a person sees: the bytes played into a terminal. */
    private static List<String> screen(ByteArrayOutputStream bytes) {
        ScreenTerminal screen = new ScreenTerminal(80, 24);
        screen.write(bytes.toString(StandardCharsets.UTF_8));
        List<String> rows = new ArrayList<>(screen.toString().lines().map(String::stripTrailing).toList());
        while (!rows.isEmpty() && rows.getLast().isEmpty()) {
            rows.removeLast();
        }
        return rows;
    }

    private static LineDisciplineTerminal terminal(ByteArrayOutputStream bytes) throws IOException {
        LineDisciplineTerminal t = new LineDisciplineTerminal("test", "xterm-256color", bytes, StandardCharsets.UTF_8);
        t.setSize(new Size(80, 24));
        return t;
    }

    @Test
    void terminalBarIsRedrawnInPlace() throws IOException {
        var bytes = new ByteArrayOutputStream();
        List<List<String>> seen = new ArrayList<>();
        Callback look = new Callback() {
            @Override
            public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
                seen.add(screen(bytes));
            }

            @Override
            public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
                seen.add(screen(bytes));
            }
        };
        trainer(new TerminalProgressBar(terminal(bytes)), look).numSanityValSteps(0).maxEpochs(1).limitTrainBatches(4).limitValBatches(2).build().fit(new Shown());
        assertEquals(List.of("Epoch 0/0 ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌  1/4  25%  1.0 it/s  0:03 left  train_lo"), seen.get(0).stream()
                .map(l -> l.substring(0, Math.min(l.length(), 80))).map(l -> l.replaceAll("train_lo.*", "train_lo")).toList());
        assertEquals(1, seen.get(3).size());
        assertTrue(seen.get(3).getFirst().contains("4/4 100%"), seen.get(3).toString());
        assertEquals(2, seen.get(4).size(), "validation has a bar of its own: " + seen.get(4));
        assertTrue(seen.get(4).get(1).startsWith("Validation ━━━━━━"), seen.get(4).toString());
        assertTrue(seen.get(4).get(1).contains("1/2  50%  4.0 it/s  0:00 left"), seen.get(4).toString());
        List<String> last = screen(bytes);
        assertEquals(1, last.size(), last.toString());
        assertTrue(last.getFirst().contains("4/4 100%  1.0 it/s  0:04"), last.toString());
        assertTrue(last.getFirst().contains("train_loss 0.5000"), last.toString());
    }

    @Test
    void linesGoAboveTheTerminalBar() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var model = new Shown() {
            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int index) {
                print("batch " + index);
            }
        };
        trainer(new TerminalProgressBar(terminal(bytes)).leave(true)).numSanityValSteps(0).maxEpochs(2).limitTrainBatches(2).limitValBatches(1).build().fit(model);
        List<String> rows = screen(bytes);
        assertEquals(List.of("batch 0", "batch 1", "Epoch 0/1", "batch 0", "batch 1", "Epoch 1/1"),
                rows.stream().map(r -> r.startsWith("Epoch") ? r.substring(0, 9) : r).toList());
    }

    @Test
    void refreshRateLimitsWhatIsWritten() throws IOException {
        var often = new ByteArrayOutputStream();
        trainer(new TerminalProgressBar(terminal(often))).maxEpochs(1).limitTrainBatches(30).limitValBatches(0).build().fit(new Shown());
        var rarely = new ByteArrayOutputStream();
        trainer(new TerminalProgressBar(terminal(rarely)).refreshRate(0.1)).maxEpochs(1).limitTrainBatches(30).limitValBatches(0).build().fit(new Shown());
        var never = new ByteArrayOutputStream();
        trainer(new TerminalProgressBar(terminal(never)).refreshRate(0)).maxEpochs(1).limitTrainBatches(30).limitValBatches(0).build().fit(new Shown());
        assertTrue(rarely.size() * 3 < often.size(), rarely.size() + " and " + often.size());
        assertTrue(never.size() < rarely.size(), never.size() + " and " + rarely.size());
        assertEquals(screen(often), screen(never));
        assertThrows(IllegalArgumentException.class, () -> new TerminalProgressBar(terminal(never)).refreshRate(-1));
    }

    // ---- choice ---------------------------------------------------------------------------------------------------------------

    @Test
    void aTerminalIsNeededForTheBarThatMoves() {
        assertTrue(ProgressBars.isTerminal(true, Map.of("TERM", "xterm")));
        assertFalse(ProgressBars.isTerminal(false, Map.of("TERM", "xterm")));
        assertFalse(ProgressBars.isTerminal(true, Map.of("TERM", "dumb")));
        assertFalse(ProgressBars.isTerminal(true, Map.of("TERM", "xterm", "CI", "true")));
        assertInstanceOf(ProgressBarBase.class, ProgressBars.auto());
    }

    @Test
    void t21OneBarAtMost() {
        Trainer t = Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).build();
        assertEquals(1, t.callbacks().stream().filter(ProgressBar.class::isInstance).count());
        assertThrows(MisconfigurationException.class, () -> trainer(new PlainProgressBar(), new PlainProgressBar()).build());
        assertThrows(MisconfigurationException.class, () -> trainer(new PlainProgressBar()).enableProgressBar(false).build());
    }

    @Test
    void numbersAreShort() {
        assertEquals("0.0312", Text.metric(0.03123));
        assertEquals("12.35", Text.metric(12.345678));
        assertEquals("1.20e-07", Text.metric(1.2e-7));
        assertEquals("nan", Text.metric(Double.NaN));
        assertEquals("3.0", Text.metric(3));
        assertEquals("1.2 M", Text.count(1_234_567));
        assertEquals("650", Text.count(650));
        assertEquals("1:02:03", Text.time(3723));
        assertEquals("2d 01:02:03", Text.time(2 * 86_400 + 3723));
        assertEquals("2.5 s/it", Text.rate(0.4));
    }
}
