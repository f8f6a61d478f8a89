package dev.levin.callbacks.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A run that was killed and resumed ends exactly as one that was not: weights, optimizer and scheduler states, callbacks,
 * counters, random numbers, metrics, and what loggers were told, bit for bit.
 */
class ResumeParityTest {
    @TempDir
    Path dir;

    /** Where the state is saved and the run dies. */
    private enum At { BATCH_END, VALIDATION_BATCH_END, VALIDATION_END, EPOCH_END }

    /**
     * At the n-th call of a hook saves, after all other callbacks, as a checkpoint callback would, and ends the run; or asks
     * the run to stop, as a signal does.
     */
    private static final class Killer implements Callback {
        private final At at;
        private final int number;
        private final Path file;
        private final boolean asked;
        private int left;

        Killer(At at, int number, Path file, boolean asked) {
            this.at = at;
            this.number = number;
            this.left = number;
            this.file = file;
            this.asked = asked;
        }

        @Override
        public String toString() {
            return at + " " + number + (asked ? " by request" : "");
        }

        @Override
        public Order order() {
            return Order.CHECKPOINT;
        }

        private void offer(At where, Trainer trainer) {
            if (where == at && left > 0 && !trainer.isSanityChecking() && --left == 0) {
                if (asked) {
                    trainer.interrupt("SIGTERM");
                } else {
                    trainer.saveCheckpoint(file);
                    throw new ResumeRun.Killed();
                }
            }
        }

        @Override
        public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
            offer(At.BATCH_END, trainer);
        }

        @Override
        public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int i, int loader) {
            offer(At.VALIDATION_BATCH_END, trainer);
        }

        @Override
        public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
            offer(At.VALIDATION_END, trainer);
        }

        @Override
        public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
            offer(At.EPOCH_END, trainer);
        }
    }

    private static void clear(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (var all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(p -> {
                try {
                    Files.delete(p);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(ResumeCase.class)
    void aResumedRunEndsAsOneThatWasNeverKilled(ResumeCase c) {
        ResumeRun.Outcome whole = ResumeRun.of(c, dir.resolve("whole"), Resume.NO);
        assertNotEquals(List.of(), whole.rows());
        int n = c.ordinal();
        List<Killer> killers = new ArrayList<>();
        Path folder = dir.resolve("killed");
        Path file = folder.resolve("killed.ckpt");
        killers.add(new Killer(At.BATCH_END, 1 + n % 4, file, false));
        killers.add(new Killer(At.BATCH_END, 7, file, false));
        killers.add(new Killer(At.BATCH_END, 2 + n % 5, file, true));
        killers.add(new Killer(At.VALIDATION_BATCH_END, 2, file, n % 2 == 0));
        killers.add(n % 2 == 0 ? new Killer(At.EPOCH_END, 1 + n % 4 / 2, file, false) : new Killer(At.VALIDATION_END, 1 + n % 4 / 2, file, false));
        int done = 0;
        for (Killer killer : killers) {
            clear(folder);
            ResumeRun.Outcome killed = ResumeRun.of(c, folder, Resume.NO, killer);
            if (killer.left > 0) {
                continue;
            }
            ResumeRun.Outcome resumed = ResumeRun.of(c, folder, killer.asked ? Resume.LAST : Resume.from(file));
            String what = c + " killed at " + killer;
            assertSame(whole.state(), resumed.state(), what);
            assertRows(whole.rows(), killed.rows(), resumed.rows(), killer.at == At.VALIDATION_BATCH_END, what);
            done++;
        }
        assertTrue(done >= 3, "only " + done + " moments came");
    }

    /** @param repeats whether the resumed run does something again that the killed one had begun */
    private static void assertRows(List<String> whole, List<String> killed, List<String> resumed, boolean repeats, String what) {
        int seam = whole.size() - resumed.size();
        assertTrue(repeats ? seam <= killed.size() : seam == killed.size(), () -> what + ": " + killed + "\nthen " + resumed + "\ninstead of " + whole);
        assertEquals(whole.subList(0, killed.size()), killed, what);
        assertEquals(whole.subList(seam, whole.size()), resumed, what);
    }

    static void assertSame(Map<String, String> expected, Map<String, String> actual, String what) {
        assertEquals(expected.keySet(), actual.keySet(), what);
        expected.forEach((k, v) -> assertEquals(v, actual.get(k), what + ": " + k));
    }
}
