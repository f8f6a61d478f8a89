package dev.levin.trainer.profiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.nn.Linear;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilersTest {
    @TempDir
    Path dir;

    /** Of a size that no other test has, so that its plan is made here. */
    private static final class Odd extends BoringModel {
        final Linear second;

        Odd(int width) {
            second = new Linear(2, width);
        }

        @Override
        public Tensor forward(Tensor x) {
            return second.forward(super.forward(x));
        }
    }

    private TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).enableCheckpointing(false).defaultRootDir(dir).maxEpochs(1).limitTrainBatches(5)
                .limitValBatches(2).numSanityValSteps(0);
    }

    private static Map<String, List<RecordedEvent>> events(Path file) throws IOException {
        return RecordingFile.readAllEvents(file).stream().collect(Collectors.groupingBy(e -> e.getEventType().getName()));
    }

    @Test
    void theAdvancedProfilerRecordsHooksPlansLaunchesAndWaits() throws IOException {
        trainer().profiler("advanced").build().fit(new Odd(37));
        Map<String, List<RecordedEvent>> events = events(dir.resolve("fit-profile.jfr"));
        Map<String, Long> actions = events.get("levin.Action").stream().collect(Collectors.groupingBy(e -> e.getString("action"), Collectors.counting()));
        assertEquals(5, actions.get("[LightningModule]Odd.trainingStep"));
        assertEquals(2, actions.get("[LightningModule]Odd.validationStep"));
        assertEquals(1, actions.get("[LightningModule]Odd.onFitEnd"));
        assertEquals(5, events.get("levin.LoaderWait").stream().filter(e -> e.getString("action").startsWith("[TrainingEpochLoop]")).count());
        assertTrue(events.get("levin.PlanRun").size() >= 7, "plan runs " + events.get("levin.PlanRun").size());
        assertEquals(events.get("levin.PlanRun").stream().mapToInt(e -> e.getInt("launches")).sum(), events.get("levin.Launch").size());
        assertTrue(events.get("levin.Launch").stream().anyMatch(e -> e.getString("layer").equals("second") && e.getLong("bytes") > 0));
        assertTrue(events.get("levin.Compile").stream().anyMatch(e -> "train".equals(e.getString("step")) && e.getInt("instructions") > 3));
        for (RecordedEvent e : events.get("levin.Launch")) {
            assertFalse(e.getDuration().isNegative());
        }
    }

    @Test
    void everyEntryPointHasARecordingOfItsOwn() throws IOException {
        Trainer t = trainer().profiler(new AdvancedProfiler(dir.resolve("profiles"))).build();
        t.fit(new Odd(38));
        t.test();
        assertTrue(events(dir.resolve("profiles/fit-profile.jfr")).get("levin.Action").stream().anyMatch(e -> e.getString("action").endsWith("trainingStep")));
        assertTrue(events(dir.resolve("profiles/test-profile.jfr")).get("levin.Action").stream().noneMatch(e -> e.getString("action").endsWith("trainingStep")));
    }

    @Test
    void theChromeTraceIsJsonWithNestedEventsOnTheirThreads() throws IOException {
        trainer().profiler("chrome").build().fit(new Odd(39));
        JsonNode all = new ObjectMapper().readTree(dir.resolve("fit-profile.json").toFile()).get("traceEvents");
        Map<String, List<JsonNode>> byName = new HashMap<>();
        Map<Long, String> threads = new HashMap<>();
        for (JsonNode e : all) {
            if (e.get("ph").asText().equals("M")) {
                threads.put(e.get("tid").asLong(), e.at("/args/name").asText());
                continue;
            }
            assertEquals("X", e.get("ph").asText());
            assertTrue(e.get("ts").asDouble() >= 0 && e.get("dur").asDouble() >= 0, e.toString());
            byName.computeIfAbsent(e.get("name").asText(), n -> new ArrayList<>()).add(e);
        }
        List<JsonNode> steps = byName.get("[LightningModule]Odd.trainingStep");
        List<JsonNode> batches = byName.get("[TrainingEpochLoop].run_training_batch");
        assertEquals(5, steps.size());
        // A step lies within its batch, up to the rounding of the clock.
        assertTrue(steps.stream().allMatch(s -> batches.stream().anyMatch(b -> b.get("tid").equals(s.get("tid")) && start(b) <= start(s) + 1 && end(s) <= end(b) + 1)));
        assertTrue(all.findValuesAsText("cat").contains("Launch"));
        for (JsonNode e : all) {
            assertTrue(threads.containsKey(e.get("tid").asLong()), e.toString());
        }
        assertFalse(Files.exists(dir.resolve("fit-profile.jfr.tmp")));
    }

    private static double start(JsonNode e) {
        return e.get("ts").asDouble();
    }

    private static double end(JsonNode e) {
        return start(e) + e.get("dur").asDouble();
    }

    @Test
    void theSimpleTableGoesToAFileOnRequest() throws IOException {
        SimpleProfiler p = new SimpleProfiler("times");
        trainer().profiler(p).build().fit(new Odd(40));
        assertEquals("", p.report());
        assertTrue(Files.readString(dir.resolve("fit-times.txt")).contains("[LightningModule]Odd.trainingStep"));
    }

    @Test
    void profilersHaveNames() {
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> Trainer.builder().profiler("pytorch"));
        assertTrue(e.getMessage().contains("[simple, advanced, chrome]"), e.getMessage());
    }
}
