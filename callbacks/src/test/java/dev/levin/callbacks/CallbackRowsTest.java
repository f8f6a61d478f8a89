package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.ProgressBar;
import dev.levin.trainer.SavedCheckpoint;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows C of the reference that the tests of single callbacks do not cover. */
class CallbackRowsTest {
    @TempDir
    Path dir;

    @Test
    void c29LoggersAreToldOfEveryFileWithItsScore() {
        List<SavedCheckpoint> told = new ArrayList<>();
        Logger logger = new Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public void afterSaveCheckpoint(SavedCheckpoint c) {
                assertTrue(Files.exists(c.path()), "the file is there when loggers hear of it");
                told.add(c);
            }
        };
        Runs.saving(dir).logger(logger).maxEpochs(3).limitTrainBatches(2).callbacks(ModelCheckpoint.monitoring("m", Mode.MIN).dirpath(dir)).build()
                .fit(new Runs.Scripted("m", 3, 5, 1));
        assertEquals(List.of("epoch=0-step=2.ckpt", "epoch=2-step=6.ckpt"), told.stream().map(c -> c.path().getFileName().toString()).toList());
        assertEquals(List.of(3.0, 1.0), told.stream().map(c -> c.score().orElseThrow()).toList());
        assertEquals(List.of(2L, 6L), told.stream().map(SavedCheckpoint::step).toList());
        assertEquals("m", told.getFirst().monitor().orElseThrow());
        assertEquals(told.getLast().path(), told.getLast().best().orElseThrow());
    }

    @Test
    void c31VerbosePrintsWhatWasKeptAndWhatNot() {
        List<String> printed = new ArrayList<>();
        class Bar implements ProgressBar {
            @Override
            public void print(String line) {
                printed.add(line);
            }
        }
        Trainer t = Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).enableModelSummary(false).handleSignals(false).numSanityValSteps(0)
                .maxEpochs(2).limitTrainBatches(2).callbacks(new Bar(), ModelCheckpoint.monitoring("m", Mode.MIN).dirpath(dir).verbose(true)).build();
        t.fit(new Runs.Scripted("m", 3, 5));
        assertEquals(2, printed.size(), printed.toString());
        assertTrue(printed.get(0).contains("epoch 0, step 2: m = 3.0 (best 3.0), saved") && printed.get(0).contains("epoch=0-step=2.ckpt"), printed.get(0));
        assertTrue(printed.get(1).contains("epoch 1, step 4: m = 5.0 is not among the best 1"), printed.get(1));
    }

    @Test
    void c23WhatTheSaverRemembers() {
        ModelCheckpoint saver = ModelCheckpoint.monitoring("m", Mode.MAX).dirpath(dir).saveTopK(2).saveLast();
        Runs.saving(dir).maxEpochs(4).limitTrainBatches(1).callbacks(saver).build().fit(new Runs.Scripted("m", 3, 5, 1, 4));
        assertEquals(Map.of(dir.resolve("epoch=1-step=2.ckpt"), 5.0, dir.resolve("epoch=3-step=4.ckpt"), 4.0), saver.bestKModels());
        assertEquals(dir.resolve("epoch=1-step=2.ckpt"), saver.bestModelPath().orElseThrow());
        assertEquals(5.0, saver.bestModelScore().orElseThrow());
        assertEquals(dir.resolve("epoch=3-step=4.ckpt"), saver.kthBestModelPath().orElseThrow());
        assertEquals(4.0, saver.kthValue().orElseThrow());
        assertEquals(4.0, saver.currentScore().orElseThrow());
        assertEquals(dir.resolve("last.ckpt"), saver.lastModelPath().orElseThrow());
    }

    @Test
    void v19AFolderThatIsNotEmptyIsSaid() throws IOException {
        Files.writeString(dir.resolve("other.txt"), "x");
        List<String> said = Runs.warnings(() -> Runs.saving(dir).maxEpochs(1).limitTrainBatches(1).callbacks(new ModelCheckpoint().dirpath(dir)).build()
                .fit(new BoringModel()));
        assertEquals(1, said.stream().filter(s -> s.contains(dir.toString()) && s.contains("is not empty")).count(), said.toString());
        List<String> unsaid = Runs.warnings(() -> Runs.saving(dir).maxEpochs(1).limitTrainBatches(1).callbacks(new ModelCheckpoint().dirpath(dir.resolve("new")))
                .build().fit(new BoringModel()));
        assertFalse(unsaid.stream().anyMatch(s -> s.contains("is not empty")), unsaid.toString());
    }

    @Test
    void c44AnotherCallbacksRequestIsHonouredToo() {
        List<Integer> epochs = new ArrayList<>();
        Runs.quiet(dir).maxEpochs(5).limitTrainBatches(1).limitValBatches(0).callbacks(new EarlyStopping("m").patience(4), new LambdaCallback()
                .onAny(dev.levin.trainer.Hook.ON_TRAIN_EPOCH_END, trainer -> {
                    epochs.add(trainer.currentEpoch());
                    if (trainer.currentEpoch() == 1) {
                        trainer.requestStop("enough");
                    }
                })).build().fit((LightningModule<?>) new Runs.Scripted("m", 3, 2, 1, 0, -1));
        assertEquals(List.of(0, 1), epochs);
    }
}
