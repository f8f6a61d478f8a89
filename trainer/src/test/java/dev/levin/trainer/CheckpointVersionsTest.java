package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.Checksum;
import dev.levin.io.SafetensorsFile;
import dev.levin.io.SafetensorsWriter;
import dev.levin.nn.Linear;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that earlier versions of the format wrote are read, and training goes on from them. */
class CheckpointVersionsTest {
    /** y = w x + b with momentum and a schedule; every number follows from the initial weights given here. */
    static final class Line extends LightningModule<Tensor> {
        final Linear line = new Linear(2, 1);

        Line() {
            line.loadStateDict(Map.of("weight", Tensor.of(new float[] {0.5f, -0.25f}, 1, 2), "bias", Tensor.of(new float[] {0.125f})));
        }

        @Override
        public Tensor trainingStep(Tensor x, int i) {
            Tensor loss = line.forward(x).square().mean();
            log("loss", loss, Log.onStep(), Log.onEpoch());
            return loss;
        }

        @Override
        public Optimizers configureOptimizers() {
            SGD o = new SGD(parameters(), 0.1, 0.9);
            return Optimizers.of(o, new StepLR(o, 1, 0.5));
        }
    }

    static List<Tensor> data() {
        return List.of(Tensor.of(new float[] {1, 2}, 1, 2), Tensor.of(new float[] {-1, 0.5f}, 1, 2), Tensor.of(new float[] {2, -1}, 1, 2),
                Tensor.of(new float[] {0.25f, 1}, 1, 2));
    }

    @TempDir
    Path dir;

    private static Trainer trainer(Callback... callbacks) {
        return Trainer.builder().accelerator("cpu").logger(false).enableCheckpointing(false).maxEpochs(2).callbacks(callbacks).build();
    }

    private static Path version1() throws URISyntaxException {
        return Path.of(CheckpointVersionsTest.class.getResource("version1.ckpt").toURI());
    }

    /** The file was written after the sixth of eight batches, in the hook of the batch's end. The values are PyTorch's. */
    @Test
    void trainingGoesOnFromAFileOfVersionOne() throws Exception {
        Trainer t = trainer();
        Line resumed = new Line();
        t.fit(resumed, data(), Resume.from(version1()));
        assertEquals(8, t.globalStep());
        assertArrayEquals(new float[] {-0.07426084578037262f, 0.2048879861831665f}, resumed.stateDict().get("line.weight").toFloats(), 1e-6f);
        assertArrayEquals(new float[] {0.09660018235445023f}, resumed.stateDict().get("line.bias").toFloats(), 1e-6f);
        assertEquals(0.03717885538935661, t.callbackMetrics().get("loss_step"), 1e-7);
        // the mean over the epoch holds what the killed run had gathered
        assertEquals((0.24386011064052582 + 1.0453904867172241 + 7.5457611083984375 + 0.03717885538935661) / 4, t.callbackMetrics().get("loss_epoch"), 1e-6);
    }

    @Test
    void whatIsReadFromAnOldFileIsWrittenInTheNewVersion() throws Exception {
        Path copy = dir.resolve("copy.ckpt");
        CheckpointStore.write(copy, CheckpointStore.read(version1()));
        try (SafetensorsFile f = SafetensorsFile.open(copy)) {
            assertEquals(Integer.toString(Checkpoint.VERSION), f.header().metadata().get("levin.format"));
        }
        assertEquals(6, Checkpoint.read(copy).globalStep());
    }

    @Test
    void aVersionThatIsNotKnownYetIsRefusedByName() throws Exception {
        Path newer = dir.resolve("newer.ckpt");
        new SafetensorsWriter().checksum(Checksum.CRC32C).metadata("levin.format", "99").metadata("levin.checkpoint", "{}").write(newer);
        CheckpointException e = assertThrows(CheckpointException.class, () -> Checkpoint.read(newer));
        assertTrue(e.getMessage().contains("format version 99") && e.getMessage().contains("reads up to " + Checkpoint.VERSION), e.getMessage());
        Path none = dir.resolve("none.ckpt");
        new SafetensorsWriter().checksum(Checksum.CRC32C).metadata("levin.checkpoint", "{}").write(none);
        assertTrue(assertThrows(CheckpointException.class, () -> Checkpoint.read(none)).getMessage().contains("no format version"));
    }
}
