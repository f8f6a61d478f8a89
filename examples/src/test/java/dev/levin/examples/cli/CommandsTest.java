package dev.levin.examples.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.levin.io.Safetensors;
import dev.levin.io.Torch;
import dev.levin.trainer.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
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
    void optionsWinOverTheEnvironmentAndThisOverConfigFiles() throws Exception {
        Path base = Files.writeString(folder.resolve("base.yaml"), "job: xor\nseed_everything: 5\ntrainer:\n  max_epochs: 2\n  precision: 64-true\n");
        Path more = Files.writeString(folder.resolve("more.json"), "{\"trainer\": {\"max_epochs\": 3, \"gradient_clip_val\": 0.5}}");
        Shell s = Shell.run(Map.of("LEVIN_TRAINER_PRECISION", "bf16-mixed", "LEVIN_TRAINER_ACCUMULATE_GRAD_BATCHES", "4", "LEVIN_TRAINER_GRADIENT_CLIP_VAL", "9"),
                "fit", "--config", base.toString(), "--config", more.toString(), "--trainer.gradient_clip_val", "0.25", "--lr", "0.1", "--print-config");
        assertEquals(0, s.code(), s.err());
        JsonNode c = new YAMLMapper().readTree(s.out());
        assertEquals("xor", c.at("/job").asText());
        assertEquals(5, c.at("/seed_everything").asInt());
        assertEquals(0.1, c.at("/model/lr").asDouble());
        assertEquals(3, c.at("/trainer/max_epochs").asInt());
        assertEquals("bf16-mixed", c.at("/trainer/precision").asText());
        assertEquals(4, c.at("/trainer/accumulate_grad_batches").asInt());
        assertEquals(0.25, c.at("/trainer/gradient_clip_val").asDouble());
        assertEquals(2, c.at("/trainer/num_sanity_val_steps").asInt());
    }

    @Test
    void aPrintedConfigGivesTheSameConfigWhenReadAgain() throws Exception {
        String first = ok("fit", "xor", "--lr", "0.2", "--epochs", "7", "--print-config").out();
        Path file = Files.writeString(folder.resolve("printed.yaml"), first);
        assertEquals(first, ok("fit", "--config", file.toString(), "--print-config").out());
    }

    @Test
    void anOptimizerAndAScheduleAreChosenByName() throws Exception {
        ok(quiet("fit", "xor", "--optimizer", "Lion", "--optimizer.lr", "0.02", "--lr_scheduler", "StepLR", "--lr_scheduler.step_size=1", "--lr_scheduler.gamma",
                "0.5", "--epochs", "3", "--trainer.log_every_n_steps", "1"));
        Path run = folder.resolve("runs/xor/version_0");
        var states = Checkpoint.read(run.resolve("checkpoints/last.ckpt")).content().get("optimizer_states").toString();
        assertTrue(states.contains("0.0025"), states); // halved after each of three epochs
        JsonNode c = new YAMLMapper().readTree(run.resolve("config.yaml").toFile());
        assertEquals("Lion", c.at("/optimizer/class").asText());
        assertEquals(1, c.at("/lr_scheduler/step_size").asInt());
        ok("fit", "--config", run.resolve("config.yaml").toString());
        assertTrue(Files.exists(folder.resolve("runs/xor/version_1/config.yaml")));
    }

    @Test
    void callbacksAndLoggersAreMadeFromTheirNamesAndArguments() throws Exception {
        Path config = Files.writeString(folder.resolve("c.yaml"), """
                job: xor
                trainer:
                  max_epochs: 40
                  callbacks:
                    - {class: EarlyStopping, monitor: val_loss, patience: 2, mode: max}
                  logger:
                    - {class: CsvLogger, save_dir: %s, name: csv}
                """.formatted(folder));
        Shell s = ok(quiet("fit", "--config", config.toString()));
        assertTrue(s.out().contains("val_loss") && !s.out().contains(" 40 steps"), s.out());
        List<String> rows = Files.readAllLines(folder.resolve("csv/version_0/metrics.csv"));
        assertTrue(rows.getFirst().contains("val_loss"), rows.getFirst());
    }

    @Test
    void trainedWeightsAreTestedPredictedInspectedAndConverted() throws Exception {
        ok(quiet("fit", "xor", "--epochs", "3"));
        assertTrue(ok(quiet("test", "xor")).out().contains("weights of"));
        ok(quiet("validate", "xor", "--ckpt", "last"));
        Path csv = folder.resolve("p.csv");
        ok(quiet("predict", "xor", "--output", csv.toString()));
        assertEquals(4, Files.readAllLines(csv).size());
        Path end = folder.resolve("runs/xor/version_0/checkpoints/final.ckpt");
        String shown = ok("inspect", end.toString()).out();
        assertTrue(shown.contains("net.0.weight") && shown.contains("[8, 2]"), shown);
        Path pt = folder.resolve("xor.pt");
        Path st = folder.resolve("xor.safetensors");
        ok("convert", end.toString(), pt.toString());
        ok("convert", pt.toString(), st.toString(), "--strip", "net.");
        var kept = Checkpoint.read(end).stateDict();
        assertEquals(kept.keySet(), Torch.arrays(pt).keySet());
        assertEquals(kept.keySet().stream().map(n -> n.substring(4)).toList(), List.copyOf(Safetensors.read(st).keySet()));
        assertEquals(kept.get("net.0.weight").toString(), Safetensors.load(st).get("0.weight").toString());
    }

    @Test
    void aClassOfTheUsersOwnIsTrained() throws Exception {
        Path source = Files.createDirectories(folder.resolve("src/com/acme")).resolve("Line.java");
        Files.writeString(source, """
                package com.acme;
                import dev.levin.data.*;
                import dev.levin.nn.*;
                import dev.levin.optim.SGD;
                import dev.levin.tensor.Tensor;
                import dev.levin.trainer.*;
                public class Line extends LightningModule<Batch> {
                    final Linear layer;
                    final double rate;
                    public Line(int width, double rate) { layer = new Linear(width, 1); this.rate = rate; }
                    @Override public Tensor trainingStep(Batch b, int i) {
                        return Losses.mse(layer.forward(b.input()), b.target());
                    }
                    @Override public Optimizers configureOptimizers() { return Optimizers.of(new SGD(parameters(), rate)); }
                    @Override public Iterable<Batch> trainDataloader() {
                        return new DataLoader<>(new TensorDataset(Tensor.randn(8, 3), Tensor.randn(8, 1)), 4);
                    }
                }
                """);
        Path classes = Files.createDirectories(folder.resolve("classes"));
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "-parameters", "-cp", System.getProperty("java.class.path"), "-d",
                classes.toString(), source.toString()));
        ok(quiet("fit", "--class-path", classes.toString(), "--model", "com.acme.Line", "--model.width", "3", "--model.rate=0.1", "--epochs", "1"));
        assertTrue(Files.exists(folder.resolve("runs/line/version_0/checkpoints/final.ckpt")));
        Shell wrong = Shell.run("fit", "--class-path", classes.toString(), "--model", "com.acme.Line", "--model.widht", "3");
        assertTrue(wrong.err().contains("'widht'; did you mean 'width'?"), wrong.err());
        assertTrue(Shell.run("fit", "--class-path", classes.toString(), "--package", "com.acme", "--model", "Lin").err().contains("did you mean Line?"));
        Path config = Files.writeString(folder.resolve("own.yaml"), "model: {class: com.acme.Line, width: x, rate: 0.1}");
        assertTrue(Shell.run("fit", "--class-path", classes.toString(), "--package", "com.acme", "--config", config.toString()).err()
                .contains("model.width=x is not possible for Line; use a whole number"));
    }

    @Test
    void crossValidationTrainsEveryFold() {
        String out = ok(quiet("crossval", "digits", "--folds", "2", "--epochs", "1", "--train-size", "64")).out();
        assertTrue(out.contains("mean ± std"), out);
        for (String run : new String[] {"fold_0", "fold_1", "summary"}) {
            assertTrue(Files.isDirectory(folder.resolve("runs/digits-kfold").resolve(run)), run);
        }
    }
}
