package dev.levin.trainer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.MisconfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    @TempDir
    Path dir;

    private Settings yaml(String text) throws IOException {
        return new Settings().file(Files.writeString(dir.resolve("a.yaml"), text));
    }

    @Test
    void laterFilesWinNameByNameAndTheEnvironmentOverThemAndOptionsOverAll() throws IOException {
        Path base = Files.writeString(dir.resolve("base.yaml"), "trainer:\n  max_epochs: 10\n  gradient_clip_val: 0.5\n  precision: 64-true\nmodel:\n  width: 8\n");
        Path more = Files.writeString(dir.resolve("more.json"), "{\"trainer\": {\n\t\"maxEpochs\": 4, \"precision\": \"32-true\"}}");
        Settings s = new Settings().file(base).file(more)
                .environment(Map.of("LEVIN_TRAINER_PRECISION", "bf16-mixed", "LEVIN_TRAINER_MIN_STEPS", "2", "LEVIN_MODEL_NET__DEPTH", "3", "PATH", "x"))
                .text("trainer.min_steps", "5");
        assertEquals(Map.of("max_epochs", 4, "gradient_clip_val", 0.5, "precision", "bf16-mixed", "min_steps", 5), s.section("trainer"));
        assertEquals(Map.of("width", 8, "net", Map.of("depth", 3)), s.section("model"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"3 | java.lang.Integer", "0.1 | java.lang.Double", "1e-3 | java.lang.Double", "true | java.lang.Boolean",
        "00:12:00:00 | java.lang.String", "bf16-mixed | java.lang.String", "[1, 2] | java.util.ArrayList", "{a: 1} | java.util.LinkedHashMap", "0,2 | java.lang.String"})
    void textsHaveTheTypesOfYaml(String text, String type) {
        assertEquals(type, Settings.scalar(text).getClass().getName());
    }

    @Test
    void oneValueServesInSeveralPlaces() throws IOException {
        Settings s = yaml("data: {batch_size: 16, folder: d}\nmodel:\n  batch: ${data.batch_size}\n  deep: ['${data.folder}']\n");
        assertEquals(16, s.get("model.batch"));
        assertEquals(List.of("d"), s.section("model").get("deep"));
        s.text("data.batch_size", "32");
        assertEquals(32, s.get("model.batch"));
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> yaml("data: {batch_size: 1}\nmodel:\n  batch: ${data.bach_size}\n").tree());
        assertTrue(e.getMessage().contains("did you mean 'data.batch_size'"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> yaml("data:\n  a: ${data.b}\n  b: ${data.a}\n").get("data.a"));
        assertTrue(e.getMessage().contains("refers to itself"), e.getMessage());
    }

    @Test
    void anotherClassDoesNotInheritTheArgumentsOfTheOneBefore() throws IOException {
        Settings s = yaml("optimizer: {class: SGD, lr: 0.1, momentum: 0.9}\n");
        Path more = Files.writeString(dir.resolve("b.yaml"), "optimizer: {class: AdamW, lr: 0.01}\n");
        assertEquals(Map.of("class", "AdamW", "lr", 0.01), s.file(more).section("optimizer"));
        s.set("optimizer.class", "Adam");
        assertEquals(Map.of("class", "Adam"), s.section("optimizer"));
        assertEquals(Map.of("class", "SGD", "lr", 1), new Settings().set("optimizer", "SGD").text("optimizer.lr", "1").section("optimizer"));
    }

    @Test
    void whatAFileHoldsIsReadBackTheSame() throws IOException {
        String text = Settings.yaml(yaml("trainer: {max_time: '00:01:00:00', precision: 64-true, max_epochs: null}\nmodel: {a: [1, 2.5, x]}\n").tree());
        assertEquals(text, Settings.yaml(new Settings().file(Files.writeString(dir.resolve("b.yaml"), text)).tree()));
    }

    @Test
    void mistakesNameTheFileAndTheLineOrTheNearestName() throws IOException {
        for (String[] c : new String[][] {
            {"trainer:\n  max_epochs: [1\n", "line", "a.yaml"},
            {"trainers:\n  max_epochs: 1\n", "'trainers'", "did you mean 'trainer'"},
            {"just a word", "just a word", "a.yaml"},
            {"trainer: 3\n", "holds 3", "max_epochs"},
            {"seed_everything: 1\nseed_everything: 2\n", "seed_everything", "a.yaml"}}) {
            MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> yaml(c[0]).section("trainer"), c[0]);
            assertTrue(e.getMessage().contains(c[1]) && e.getMessage().contains(c[2]), e.getMessage());
        }
        assertThrows(UncheckedIOException.class, () -> new Settings().file(dir.resolve("none.yaml")));
        for (String name : new String[] {"LEVIN_TRAINR_MAX_EPOCHS", "LEVIN_DTA_PATH", "LEVIN_SEED_EVERYTING"}) {
            MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> new Settings().environment(Map.of(name, "3")), name);
            assertTrue(e.getMessage().contains(name) && e.getMessage().contains("did you mean"), e.getMessage());
        }
        // Variables of the launcher and of other parts are none of the run's.
        assertNull(new Settings().environment(Map.of("LEVIN_JAVA_HOME", "x", "LEVIN_JAVA_OPTS", "y", "LEVIN_GLOBAL_SEED", "1")).get("job"));
    }
}
