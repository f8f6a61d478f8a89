package dev.levin.examples.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.ArrayData;
import dev.levin.io.Safetensors;
import dev.levin.loggers.tensorboard.ScalarSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code levin fit digits} as a process of its own, killed at any moment, ends as if nothing had happened. */
class KilledRunsTest {
    private static final int KILLS = 20;
    private static final int STEPS = 500;

    @TempDir
    Path folder;

    private Process start(String out, boolean resume) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-XX:-UsePerfData",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", System.getProperty("java.class.path"), "dev.levin.examples.cli.Levin",
                "fit", "digits", "--train-size", "96", "--batch-size", "8", "--max-steps", Integer.toString(STEPS), "--save-every", "4",
                "--seed", "3", "--out", folder.resolve(out).toString(), "--trainer.limit_val_batches", "1", "--trainer.limit_test_batches", "1",
                "--trainer.check_val_every_n_epoch", "5", "--trainer.num_sanity_val_steps", "0", "--trainer.enable_progress_bar", "false",
                "--trainer.enable_model_summary", "false"));
        if (resume) {
            command.add("--resume");
        }
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(out + ".txt").toFile()))
                .start();
    }

    private void finish(Process p, String out) throws Exception {
        boolean ended = p.waitFor(5, TimeUnit.MINUTES);
        p.destroyForcibly();
        assertTrue(ended && p.exitValue() == 0, () -> read(folder.resolve(out + ".txt")));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Changes whenever a checkpoint is saved. */
    private String saved() throws IOException {
        if (!Files.exists(folder.resolve("killed"))) {
            return "";
        }
        try (var files = Files.walk(folder.resolve("killed"))) {
            return files.filter(f -> f.endsWith("last.ckpt")).sorted().map(f -> f + " " + f.toFile().lastModified()).toList().toString();
        } catch (java.io.UncheckedIOException e) {
            return saved(); // a file that was being replaced
        }
    }

    /** Kills the process while it starts, or some time after it has saved once more. Whether it was still running. */
    private boolean kill(Process p, Random random) throws Exception {
        if (random.nextInt(4) > 0) {
            String before = saved();
            long start = System.nanoTime();
            while (saved().equals(before) && !p.waitFor(2, TimeUnit.MILLISECONDS)) {
                assertTrue(System.nanoTime() - start < TimeUnit.MINUTES.toNanos(3), () -> "no checkpoint was saved\n" + read(folder.resolve("killed.txt")));
            }
        }
        boolean ended = p.waitFor(random.nextInt(250), TimeUnit.MILLISECONDS);
        p.destroyForcibly().waitFor();
        return !ended;
    }

    @Test
    void killedAtTwentyMomentsTheWeightsAreThoseOfARunThatWasNot() throws Exception {
        finish(start("whole", false), "whole");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int kills = 0;
        for (int i = 0; i < KILLS; i++) {
            kills += kill(start("killed", true), random) ? 1 : 0;
        }
        assertEquals(KILLS, kills, "the run ended before it was killed often enough; seed " + seed);
        finish(start("killed", true), "killed");

        Map<String, ArrayData> whole = Safetensors.read(weights("whole"));
        Map<String, ArrayData> killed = Safetensors.read(weights("killed"));
        assertEquals(whole.keySet(), killed.keySet());
        for (String name : whole.keySet()) {
            assertEquals(whole.get(name), killed.get(name), name + " differs after kills with seed " + seed);
        }
        curvesAgree();
    }

    /** What TensorBoard shows of the killed run: nothing twice, nothing that was not so, and nothing missing. */
    private void curvesAgree() throws IOException {
        ScalarSeries whole = ScalarSeries.ofRun(weights("whole").getParent().getParent()).get("train_loss");
        ScalarSeries killed = ScalarSeries.ofRun(weights("killed").getParent().getParent()).get("train_loss");
        assertTrue(killed.points().size() > 5, killed.toString());
        long before = -1;
        for (ScalarSeries.Point p : killed.points()) {
            assertTrue(p.step() > before, killed.toString());
            assertEquals(whole.at(p.step()).orElseThrow(), p.value(), "at step " + p.step());
            before = p.step();
        }
        assertArrayEquals(whole.steps(), killed.steps());
    }

    /** Runs killed before their first checkpoint leave folders of their own; the last one holds the end. */
    private Path weights(String out) throws IOException {
        try (var files = Files.walk(folder.resolve(out))) {
            List<Path> found = files.filter(f -> f.endsWith("final.ckpt")).toList();
            assertEquals(1, found.size(), () -> found + read(folder.resolve(out + ".txt")));
            return found.getFirst();
        }
    }
}
