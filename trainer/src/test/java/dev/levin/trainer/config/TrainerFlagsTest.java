package dev.levin.trainer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TrainerFlagsTest {
    @Test
    void case93TheEnvironmentGivesDefaultsAndFlagsWin() {
        TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(false);
        TrainerFlags.fromEnvironment(b, Map.of("LEVIN_TRAINER_MAX_EPOCHS", "1", "LEVIN_TRAINER_LOG_EVERY_N_STEPS", "7", "PATH", "x"));
        assertEquals(1, b.build().maxEpochs());
        assertEquals(7, b.build().logEveryNSteps());
        assertEquals(3, b.maxEpochs(3).build().maxEpochs());
    }

    @Test
    void mistakesNameTheNearestFlagOrTheValues() {
        TrainerBuilder b = Trainer.builder();
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> TrainerFlags.set(b, "max_epoch", 3));
        assertTrue(e.getMessage().contains("'trainer.max_epochs'"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> TrainerFlags.set(b, "max_epochs", "many"));
        assertTrue(e.getMessage().contains("many") && e.getMessage().contains("whole number"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> TrainerFlags.set(b, "enable_progress_bar", "perhaps"));
        assertTrue(e.getMessage().contains("true or false"), e.getMessage());
    }

    @Test
    void everyFlagOfTheBuilderWithATextFormIsInTheTable() {
        Set<String> objects = Set.of("build", "copy", "callbacks", "withoutCallbacks", "handleSignals", "nanoTime", "optimizers");
        Set<String> methods = Arrays.stream(TrainerBuilder.class.getDeclaredMethods()).filter(m -> java.lang.reflect.Modifier.isPublic(m.getModifiers()))
                .map(Method::getName).filter(n -> !objects.contains(n)).collect(Collectors.toCollection(TreeSet::new));
        Set<String> flags = TrainerFlags.all().stream().map(f -> camel(f.name())).filter(n -> !objects.contains(n)).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(methods, flags);
    }

    @Test
    void theUsualValuesOfTheTableAreTheTrainers() {
        TrainerBuilder b = Trainer.builder().accelerator("cpu");
        TrainerFlags.all().stream().filter(f -> !f.name().equals("logger") && !f.name().equals("accelerator"))
                .forEach(f -> TrainerFlags.set(b, f.name(), f.usual()));
        Trainer set = b.logger(false).build();
        Trainer plain = Trainer.builder().accelerator("cpu").logger(false).build();
        assertEquals(plain.maxEpochs(), set.maxEpochs());
        assertEquals(plain.precision().name(), set.precision().name());
        assertEquals(plain.logEveryNSteps(), set.logEveryNSteps());
        assertEquals(plain.fastDevRun(), set.fastDevRun());
    }

    private static String camel(String snake) {
        StringBuilder s = new StringBuilder();
        for (String part : snake.split("_")) {
            s.append(s.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
        }
        return s.toString();
    }
}
