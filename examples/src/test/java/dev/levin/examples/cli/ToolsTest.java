package dev.levin.examples.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.ArrayData;
import dev.levin.io.Npz;
import dev.levin.io.OnnxTensors;
import dev.levin.io.Torch;
import dev.levin.trainer.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands beside training: tune, explain, export, convert, inspect, fuzz, completion, cross-validation that goes on. */
class ToolsTest {
    @TempDir
    Path folder;

    private Shell ok(String... args) {
        Shell s = Shell.run(args);
        assertEquals(0, s.code(), s.err());
        return s;
    }

    private String[] quiet(String... args) {
        return java.util.stream.Stream.concat(java.util.Arrays.stream(args), java.util.stream.Stream.of("--out", folder.resolve("runs").toString(),
                "--trainer.enable_progress_bar", "false", "--trainer.enable_model_summary", "false")).toArray(String[]::new);
    }

    @Test
    void tuneSuggestsARateDrawsTheCurveAndFindsABatchSize() throws Exception {
        String out = ok("tune", "autoencoder", "--train-size", "64", "--batch-size", "8", "--search", "both", "--num-training", "40", "--min-lr", "1e-6", "--max-lr",
                "10", "--out", folder.resolve("runs").toString()).out();
        // A loader of single samples has 64 batches: no batch is larger than that.
        assertTrue(out.contains("batch size     64"), out);
        Matcher rate = Pattern.compile("learning rate {2}([0-9.e-]+)").matcher(out);
        assertTrue(rate.find(), out);
        double lr = Double.parseDouble(rate.group(1));
        assertTrue(lr > 1e-6 && lr < 10, "suggested " + lr);
        assertTrue(out.contains("levin fit autoencoder --batch-size 64 --lr "), out);
        assertTrue(Files.readString(folder.resolve("runs/autoencoder/lr-find.svg")).contains("<svg"));
        Path png = folder.resolve("curve.png");
        ok("tune", "xor", "--num-training", "30", "--max-lr", "100", "--plot", png.toString(), "--out", folder.toString());
        assertEquals("PNG", new String(Files.readAllBytes(png), 1, 3, StandardCharsets.US_ASCII));
    }

    @Test
    void explainShowsTheLaunchesOfEachStep() {
        String out = ok("explain", "xor").out();
        assertTrue(out.contains("step 'train': ") && out.contains(" launches, ") && out.contains("MFLOP") && out.contains("memory by layer"), out);
        assertTrue(out.contains("net.0"), out);
        assertTrue(ok("explain", "xor", "--batch-size", "2", "--times").out().contains("shortest time of each launch"));
    }

    @Test
    void aTrainedModelIsExportedAsOnnx() throws Exception {
        ok(quiet("fit", "xor", "--epochs", "2"));
        Path file = folder.resolve("xor.onnx");
        ok(quiet("export", "xor", "--output", file.toString()));
        Map<String, ArrayData> weights = OnnxTensors.read(file);
        var kept = Checkpoint.read(folder.resolve("runs/xor/version_0/checkpoints/final.ckpt")).stateDict();
        long exported = weights.values().stream().mapToLong(w -> w.shape().numel()).sum();
        assertTrue(exported >= kept.values().stream().mapToLong(t -> t.numel()).sum(), weights.toString());
    }

    @Test
    void weightsGoThroughEveryFormatUnchanged() throws Exception {
        ok(quiet("fit", "xor", "--epochs", "2"));
        Path first = folder.resolve("runs/xor/version_0/checkpoints/final.ckpt");
        Path[] road = {first, folder.resolve("a.pt"), folder.resolve("b.npz"), folder.resolve("c.safetensors"), folder.resolve("d.pth"), folder.resolve("e.ckpt")};
        for (int i = 1; i < road.length; i++) {
            ok("convert", road[i - 1].toString(), road[i].toString());
        }
        assertEquals(WeightFiles.read(first), WeightFiles.read(road[5]));
        assertEquals(Torch.arrays(road[1]), Npz.read(road[2]));
        String tested = ok(quiet("test", "xor", "--ckpt", first.toString())).out().replace(first.toString(), "");
        assertEquals(tested, ok(quiet("test", "xor", "--ckpt", road[5].toString())).out().replace(road[5].toString(), ""));
        for (Path p : road) {
            String shown = ok("inspect", p.toString()).out();
            assertTrue(shown.contains("net.0.weight") && shown.contains("[8, 2]") && shown.contains("33 elements in 4 tensors"), shown);
        }
    }

    @Test
    void fuzzCountsItsSeeds() {
        String out = ok("fuzz", "--minutes", "0.03", "--seed", "500").out();
        for (String passes : List.of("cpu, unfused: ", "cpu, fused: ", "cpu, fused and poisoned: ")) {
            assertTrue(out.contains(passes + "seeds 500 to "), out);
        }
        assertTrue(out.contains(" 0 failures"), out);
        assertTrue(ok("fuzz", "--seed", "3", "--only", "--passes", "fused").out().contains("cpu, fused: agrees with the reference"));
    }

    @Test
    void crossValidationGoesOnWithTheFoldsThatAreMissing() throws Exception {
        String[] command = quiet("crossval", "digits", "--folds", "3", "--epochs", "1", "--train-size", "48", "--batch-size", "16");
        String table = ok(command).out();
        Path folds = folder.resolve("runs/digits-kfold/folds");
        Files.delete(folds.resolve("fold_1.json"));
        FileTime kept = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(folds.resolve("fold_0.json"), kept);
        String[] again = java.util.stream.Stream.concat(java.util.Arrays.stream(command), java.util.stream.Stream.of("--resume")).toArray(String[]::new);
        assertEquals(table, ok(again).out());
        assertEquals(kept, Files.getLastModifiedTime(folds.resolve("fold_0.json")));
        assertTrue(Files.exists(folds.resolve("fold_1.json")));
        Shell other = Shell.run(java.util.stream.Stream.concat(java.util.Arrays.stream(again), java.util.stream.Stream.of("--lr", "0.5")).toArray(String[]::new));
        assertNotEquals(0, other.code());
        assertTrue(other.err().contains("of other settings"), other.err());
        ok(command);
        assertNotEquals(kept, Files.getLastModifiedTime(folds.resolve("fold_0.json")));
    }

    @Test
    void bashCompletesCommandsOptionsAndJobs() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here");
        Path script = Files.writeString(folder.resolve("levin.sh"), ok("completion", "bash").out());
        assertEquals(List.of("explain", "export"), complete(script, "levin", "exp"));
        assertEquals(List.of("--trainer.max_epochs"), complete(script, "levin", "fit", "--trainer.max_ep"));
        assertTrue(complete(script, "levin", "fit", "").contains("fashion-mnist"));
        assertEquals(List.of("bf16-mixed", "bf16-true"), complete(script, "levin", "fit", "--trainer.precision", "bf"));
        assertTrue(complete(script, "levin", "fit", "--optimizer", "Ad").containsAll(List.of("Adam", "AdamW", "Adagrad")));
        assertTrue(ok("completion", "zsh").out().startsWith("autoload -U +X compinit"));
    }

    /** What bash offers for the last word. */
    private static List<String> complete(Path script, String... words) throws Exception {
        String program = "source " + script + "\nCOMP_WORDS=(" + String.join(" ", java.util.Arrays.stream(words).map(w -> "'" + w + "'").toList())
                + ")\nCOMP_CWORD=" + (words.length - 1) + "\n_complete_levin levin '" + words[words.length - 1] + "' '" + words[words.length - 2]
                + "' 2> /dev/null\nprintf '%s\\n' \"${COMPREPLY[@]}\" | sort";
        Process p = new ProcessBuilder("/bin/bash", "-c", program).redirectErrorStream(true).start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), out);
        return out.lines().map(String::strip).toList();
    }
}
