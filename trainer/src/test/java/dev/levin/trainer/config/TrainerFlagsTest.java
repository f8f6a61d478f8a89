package dev.levin.trainer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerFlagsTest {
    @TempDir
    Path dir;

    @Test
    void case93TheEnvironmentGivesDefaultsAndFlagsWin() {
        TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(false);
        TrainerFlags.fromEnvironment(b, Map.of("LEVIN_TRAINER_MAX_EPOCHS", "1", "LEVIN_TRAINER_LOG_EVERY_N_STEPS", "7", "PATH", "x"));
        assertEquals(1, b.build().maxEpochs());
        assertEquals(7, b.build().logEveryNSteps());
        assertEquals(3, b.maxEpochs(3).build().maxEpochs());
    }

    @Test
    void filesMergeAndLaterOnesWin() throws IOException {
        Path base = dir.resolve("base.yaml");
        Path more = dir.resolve("more.json");
        Files.writeString(base, "trainer:\n  max_epochs: 10\n  gradient_clip_val: 0.5\nmodel:\n  width: 8\n");
        Files.writeString(more, "{\"trainer\": {\"maxEpochs\": 4, \"max_epochs\": 5}}");
        ConfigFiles.Config c = ConfigFiles.read(base).with(ConfigFiles.read(more));
        TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(false);
        TrainerFlags.set(b, c.trainer());
        Trainer t = b.build();
        assertEquals(4, t.maxEpochs());
        assertEquals(0.5, t.gradientClipVal());
        assertEquals(Map.of("width", 8), c.section("model"));
        Path out = dir.resolve("out.yaml");
        ConfigFiles.write(c, out);
        assertEquals(c, ConfigFiles.read(out));
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> ConfigFiles.read(dir.resolve("none.yaml")));
        assertTrue(e.getMessage().contains("none.yaml"), e.getMessage());
    }

    @Test
    void mistakesNameTheNearestFlagOrTheValues() {
        TrainerBuilder b = Trainer.builder();
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> TrainerFlags.set(b, "max_epoch", 3));
        assertTrue(e.getMessage().contains("'max_epochs'"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> TrainerFlags.set(b, "max_epochs", "many"));
        assertTrue(e.getMessage().contains("many") && e.getMessage().contains("whole number"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> TrainerFlags.set(b, "enable_progress_bar", "perhaps"));
        assertTrue(e.getMessage().contains("true|false"), e.getMessage());
    }

    @Test
    void everyFlagOfTheBuilderWithATextFormIsInTheTable() {
        Set<String> objects = Set.of("build", "copy", "callbacks", "withoutCallbacks", "handleSignals", "nanoTime");
        Set<String> methods = Arrays.stream(TrainerBuilder.class.getDeclaredMethods()).filter(m -> java.lang.reflect.Modifier.isPublic(m.getModifiers()))
                .map(Method::getName).filter(n -> !objects.contains(n)).collect(Collectors.toCollection(TreeSet::new));
        Set<String> flags = TrainerFlags.all().stream().map(f -> camel(f.name())).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(methods, flags);
    }

    private static String camel(String snake) {
        StringBuilder s = new StringBuilder();
        for (String part : snake.split("_")) {
            s.append(s.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
        }
        return s.toString();
    }
}
