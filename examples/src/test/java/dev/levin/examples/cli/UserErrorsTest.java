package dev.levin.examples.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the user got wrong is one line that names it and what would be right; never a stack trace. */
class UserErrorsTest {
    @TempDir
    Path folder;

    private static void assertOneLine(Shell result, String... parts) {
        assertNotEquals(0, result.code(), result.out());
        assertEquals(1, result.errors().size(), result.err());
        String line = result.errors().getFirst();
        assertTrue(line.startsWith("levin: "), line);
        for (String p : parts) {
            assertTrue(line.contains(p), () -> "'" + p + "' is missing in: " + line);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | which command | crossval",
        "fitt digits | unknown command fitt | fit",
        "fit | what should be trained | --model",
        "fit digts | digts | digits",
        "fit digits more | more | too many",
        "fit digits --epoch 3 | --epoch | --epochs",
        "fit digits --trainer.max_epoch 3 | --trainer.max_epoch | --trainer.max_epochs",
        "fit digits --trainer.max_epochs ten | max_epochs=ten | a whole number",
        "fit digits --trainer.max_epochs -2 | max_epochs=-2 | -1 for no limit",
        "fit digits --trainer.limit_train_batches 1.5 | limit_train_batches=1.5 | from 0.0 to 1.0",
        "fit digits --trainer.limit_val_batches some | limit_val_batches=some | fraction",
        "fit digits --trainer.enable_progress_bar maybe | enable_progress_bar=maybe | true or false",
        "fit digits --trainer.max_time 12h | 12h | DD:HH:MM:SS",
        "fit digits --trainer.gradient_clip_algorithm middle | middle | norm",
        "fit digits --precision bf16-mixd | bf16-mixd | did you mean 'bf16-mixed'",
        "fit digits --trainer.enable_progress_bar flase | flase | did you mean 'false'",
        "fit digits --trainer.gradient_clip_algorithm nrom | nrom | did you mean 'norm'",
        "fit digits --profiler advnced | advnced | did you mean 'advanced'",
        "fit digits --precision 8 | unknown precision | bf16-mixed",
        "fit digits --accelerator tpu | tpu | cuda",
        "fit digits --trainer.accelerator=cpu --trainer.devices=none | none | devices",
        "fit digits --lr fast | model.lr=fast | number",
        "fit digits --model.depth 3 | model.depth | lr",
        "fit digits --batch-size 0 | batch_size=0 | >= 1",
        "fit digits --seed -1 | seed_everything=-1 | 4294967295",
        "fit digits --save-every often | often | --save-every",
        "fit digits --model.lr | --model.lr | value",
        "fit iris --data no/such.csv | no/such.csv | iris.csv",
        "fit mnist --data no/such/folder/../here --trainer.max_epochs x | max_epochs=x | whole",
        "fit mnist --data pom.xml | pom.xml | folder",
        "fit --model DigitClasifier | DigitClasifier | DigitClassifier",
        "fit --model com.acme.Net --data com.acme.Data | com.acme.Net | --package",
        "fit --model BoringData | BoringData | LightningModule",
        "fit --model BoringModel --model.width 3 | width | BoringModel",
        "fit digits --model BoringModel | not both | digits",
        "fit --class-path no/classes --model BoringModel | no/classes | class-path",
        "fit digits --trainer.callbacks EarlyStoping | EarlyStoping | EarlyStopping",
        "fit digits --trainer.callbacks EarlyStopping | EarlyStopping | monitor",
        "fit digits --trainer.logger CvsLogger | CvsLogger | CsvLogger",
        "fit xor --optimizer AdmW | AdmW | AdamW",
        "fit xor --optimizer AdamW --optimizer.lr fast | optimizer.lr=fast | a number",
        "fit xor --optimizer AdamW --optimizer.lr 1 --optimizer.weight_dcay 1 | weight_dcay | weightDecay",
        "fit xor --optimizer Adam --optimizer.lr 1 --lr_scheduler StpLR | StpLR | StepLR",
        "fit xor --lr_scheduler StepLR | lr_scheduler | optimizer",
        "fit xor --profiler fast | fast | simple",
        "fit digits --config no.yaml | no.yaml | no such file",
        "fit digits --resume no.ckpt --epochs 1 | no.ckpt | no checkpoint",
        "test xor --ckpt no.ckpt | no.ckpt | no checkpoint",
        "predict digits --out no/runs | no checkpoint of digits | levin fit digits",
        "crossval xor | xor | folds",
        "inspect no.ckpt | no.ckpt | no checkpoint",
        "inspect | FILE | Missing",
        "convert no.ckpt b.pt | no.ckpt | no such file",
        "conformance ops no/folder | no/folder | no such"})
    void oneLineNamesWhatIsWrongAndWhatWouldBeRight(String arguments, String wrong, String right) {
        String where = arguments.startsWith("fit") && !arguments.contains("--out") ? arguments + " --out " + folder : arguments;
        assertOneLine(Shell.line(arguments.equals("fit digits --model.lr") ? arguments : where.strip()), wrong.strip(), right.strip());
        assertFalse(Files.exists(Path.of("no")), "a folder was made for nothing");
    }

    @Test
    void aFlagInTheEnvironmentIsCheckedToo() {
        assertOneLine(Shell.run(Map.of("LEVIN_TRAINER_MAX_EPOCH", "3"), "fit", "xor", "--print-config"), "trainer.max_epoch", "'trainer.max_epochs'");
        assertOneLine(Shell.run(Map.of("LEVIN_TRAINER_MAX_EPOCHS", "many"), "fit", "xor", "--print-config"), "max_epochs=many", "whole number");
        assertOneLine(Shell.run(Map.of("LEVIN_TRAINR_MAX_EPOCHS", "3"), "fit", "xor", "--print-config"), "LEVIN_TRAINR_MAX_EPOCHS", "'trainer'");
    }

    @Test
    void aMistypedPathNamesTheOneBeside() throws IOException {
        Path base = Files.writeString(Files.createDirectories(folder.resolve("settings")).resolve("base.yaml"), "job: xor\n");
        assertOneLine(Shell.run("fit", "--config", folder.resolve("settings/bsae.yaml").toString()), "no such file", "bsae.yaml", "did you mean '" + base + "'?");
        assertOneLine(Shell.run("fit", "--config", folder.resolve("setings/base.yaml").toString()), "did you mean '" + base + "'?");
        Files.writeString(folder.resolve("irises.csv"), "x");
        assertOneLine(Shell.run("fit", "iris", "--data", folder.resolve("irisses.csv").toString()), "irisses.csv", "did you mean '" + folder.resolve("irises.csv"));
        Files.writeString(folder.resolve("last.ckpt"), "x");
        for (String[] command : new String[][] {{"fit", "xor", "--resume"}, {"test", "xor", "--ckpt"}, {"inspect"}}) {
            String[] all = java.util.Arrays.copyOf(command, command.length + 1);
            all[command.length] = folder.resolve("lats.ckpt").toString();
            assertOneLine(Shell.run(all), "lats.ckpt", "did you mean '" + folder.resolve("last.ckpt") + "'?");
        }
    }

    @Test
    void aConfigFileIsCheckedBeforeAnythingRuns() throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), "trainer:\n  max_epochs: [1\n");
        assertOneLine(Shell.run("fit", "xor", "--config", file.toString()), "a.yaml", "line");
        Files.writeString(file, "trainers:\n  max_epochs: 1\n");
        assertOneLine(Shell.run("fit", "xor", "--config", file.toString()), "'trainers'", "'trainer'", "a.yaml");
        Files.writeString(file, "just a word");
        assertOneLine(Shell.run("fit", "xor", "--config", file.toString()), "just a word", "a.yaml");
        Files.writeString(file, "model: {class: com.acme.Net}");
        assertOneLine(Shell.run("fit", "--config", file.toString()), "com.acme", "not allowed", "--package");
    }

    @Test
    void aTruncatedCheckpointIsNamedAndTheGoodOneBesideIt() throws IOException {
        Path runs = folder.resolve("runs");
        assertEquals(0, Shell.run("fit", "xor", "--epochs", "2", "--save-every", "1", "--out", runs.toString(), "--trainer.enable_progress_bar", "false").code());
        Path last = runs.resolve("xor/version_0/checkpoints/last.ckpt");
        byte[] bytes = Files.readAllBytes(last);
        Files.write(last, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertOneLine(Shell.run("fit", "xor", "--resume", last.toString(), "--out", runs.toString()), "last.ckpt", "good checkpoint");
        assertOneLine(Shell.run("inspect", last.toString()), "last.ckpt");
        assertOneLine(Shell.run("convert", last.toString(), folder.resolve("x.pt").toString()), "last.ckpt");
    }

    @Test
    void aLossThatIsNotANumberEndsWithAdvice() {
        assertOneLine(Shell.run("fit", "xor", "--epochs", "40", "--lr", "3e38", "--out", folder.toString(), "--trainer.enable_progress_bar", "false"),
                "NaN", "--lr", "detect_anomaly");
    }

    @Test
    void aCheckpointOfAnotherModelSaysSo() {
        Path runs = folder.resolve("runs");
        assertEquals(0, Shell.run("fit", "xor", "--epochs", "1", "--out", runs.toString(), "--trainer.enable_progress_bar", "false").code());
        assertOneLine(Shell.run("test", "digits", "--ckpt", runs.resolve("xor/version_0/checkpoints/final.ckpt").toString()), "final.ckpt", "does not fit");
    }
}
