package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Variable;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that are written while training goes on. */
@Timeout(60)
class CheckpointSaverTest {
    @TempDir
    Path dir;
    private final CheckpointSaver saver = new CheckpointSaver();
    private final CountDownLatch gate = new CountDownLatch(1);

    private static Checkpoint of(Object value) {
        return new Checkpoint(new LinkedHashMap<>(Map.of("value", value)), null);
    }

    private Path file(int i) {
        return dir.resolve("step=" + i + ".ckpt");
    }

    private CheckpointRequest later(int i, int... replaced) {
        return new CheckpointRequest(file(i), false, true, Arrays.stream(replaced).mapToObj(this::file).toList(), () -> { });
    }

    /** Keeps the writer busy until the gate opens. */
    private void block() {
        saver.save(of(0), 0, later(0));
        saver.then(dir.resolve("gate"), () -> {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theFileHoldsTheValuesOfTheMomentOfTheCall() {
        var weight = new State("weight", Variable.Kind.BUFFER, Tensor.of(new float[] {1, 2}));
        block();
        saver.save(of(weight), 0, later(1));
        weight.set(Tensor.of(new float[] {3, 4}));
        gate.countDown();
        saver.await();
        assertArrayEquals(new float[] {1, 2}, ((Tensor) Checkpoint.read(file(1)).content().get("value")).toFloats());
        saver.close();
    }

    @Test
    void aSaveOfALaterStepWaitsForTheOneBefore() throws InterruptedException {
        List<Integer> order = new ArrayList<>();
        block();
        Thread loop = new Thread(() -> {
            saver.save(of(1), 1, later(1));
            order.add(saver.isTaken(file(0)) ? 1 : -1);
        });
        loop.start();
        while (loop.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertFalse(saver.isTaken(file(1)), "nothing of the second is under way");
        gate.countDown();
        loop.join();
        assertEquals(List.of(1), order);
        saver.close();
        assertTrue(Files.exists(file(1)));
    }

    @Test
    void whatAFileReplacesGoesWhenItIsOnTheDiskAndNamesThatAreUsedAgainStay() {
        saver.save(of(1), 1, new CheckpointRequest(file(1), false, false, List.of(), () -> { }));
        assertTrue(Files.exists(file(1)), "a file is there when the call returns");
        saver.save(of(2), 2, new CheckpointRequest(file(2), false, false, List.of(file(1)), () -> { }));
        assertFalse(saver.isTaken(file(1)));
        saver.save(of(3), 3, new CheckpointRequest(file(1), false, false, List.of(file(2)), () -> { }));
        assertTrue(saver.isTaken(file(1)));
        saver.await();
        assertEquals(3, Checkpoint.read(file(1)).content().get("value"));
        assertFalse(Files.exists(file(2)));
        saver.close();
    }

    @Test
    void aFailureIsThrownAtTheNextSafePointAndTakesNothing() throws Exception {
        Path notAFolder = Files.writeString(dir.resolve("file"), "text");
        saver.save(of(1), 1, later(1));
        saver.await();
        saver.save(of(2), 2, new CheckpointRequest(notAFolder.resolve("x.ckpt"), false, true, List.of(file(1)), () -> { }));
        CheckpointException e = assertThrows(CheckpointException.class, saver::await);
        assertTrue(e.getMessage().contains("x.ckpt") && e.getMessage().contains("is a file, not a folder") && e.getMessage().contains("untouched"),
                e.getMessage());
        saver.poll();
        assertEquals(1, Checkpoint.read(file(1)).content().get("value"));
        saver.close();
    }

    /** A folder that can't be written ends the run at a safe point, with its hooks; what was saved stays. */
    @Test
    void aRunWhoseFilesCantBeWrittenEndsWithAMessage() throws IOException {
        Path blocked = Files.writeString(dir.resolve("blocked"), "").resolve("last.ckpt");
        Path good = dir.resolve("good.ckpt");
        List<String> calls = new ArrayList<>();
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).enableCheckpointing(false).maxEpochs(1).limitValBatches(0).callbacks(new Callback() {
            @Override
            public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
                trainer.saveCheckpoint(new CheckpointRequest(i == 0 ? good : blocked, false, true, i == 0 ? List.of() : List.of(good), () -> calls.add("saved " + i)));
            }

            @Override
            public void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {
                calls.add("exception");
            }

            @Override
            public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
                calls.add("teardown");
            }
        }).build();
        CheckpointException e = assertThrows(CheckpointException.class, () -> t.fit(new BoringModel()));
        assertTrue(e.getMessage().contains("blocked") && e.getMessage().contains("make the folder writable"), e.getMessage());
        assertEquals(List.of("saved 0", "exception", "teardown"), calls);
        assertEquals(1, Checkpoint.read(good).globalStep());
    }

    @Test
    void unfinishedFilesOfKilledProcessesGoWhenARunIsResumed() throws IOException {
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).enableCheckpointing(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(0).build();
        t.fit(new BoringModel());
        Path file = dir.resolve("last.ckpt");
        t.saveCheckpoint(file);
        Path old = Files.writeString(dir.resolve(".last.ckpt.0.tmp"), "half");
        Files.setLastModifiedTime(old, FileTime.fromMillis(0));
        Path fresh = Files.writeString(dir.resolve(".last.ckpt.1.tmp"), "someone else's");
        Trainer.builder().accelerator("cpu").logger(false).enableCheckpointing(false).maxEpochs(2).limitTrainBatches(1).limitValBatches(0).build()
                .fit(new BoringModel(), Resume.from(file));
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(fresh));
    }
}
