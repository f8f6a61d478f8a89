package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Case 70: SIGTERM ends the run at a safe point; the process lives. */
class SignalTest {
    @TempDir
    Path dir;

    @Test
    void case70SigtermStopsAfterTheBatchAndSaves() throws Exception {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object term = signal.getConstructor(String.class).newInstance("TERM");
        List<String> calls = new ArrayList<>();
        CountDownLatch seen = new CountDownLatch(1);
        var model = new BoringModel() {
            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                calls.add("batch " + i);
                if (i == 2) {
                    try {
                        signal.getMethod("raise", signal).invoke(null, term);
                        // The JVM delivers signals on a thread of its own.
                        for (int k = 0; k < 500 && trainer().interruptRequest().isEmpty(); k++) {
                            seen.await(10, TimeUnit.MILLISECONDS);
                        }
                    } catch (ReflectiveOperationException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            }

            @Override
            public void teardown(Stage stage) {
                calls.add("teardown");
            }
        };
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(10).limitValBatches(0).defaultRootDir(dir).build();
        FitResult r = t.fit(model);
        assertEquals(List.of("batch 0", "batch 1", "batch 2", "teardown"), calls);
        assertEquals(Status.INTERRUPTED, r.status());
        assertEquals("SIGTERM", r.reason());
        assertEquals(3, r.step());
        assertTrue(Files.exists(r.checkpoint().orElseThrow()));
        assertEquals(3, Checkpoint.read(r.checkpoint().orElseThrow()).globalStep());
    }
}
