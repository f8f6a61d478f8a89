package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckpointNamingTest {
    private static final CheckpointNaming N = CheckpointNaming.DEFAULT;

    private static String name(String template, Map<String, Double> metrics) {
        return N.format(template, metrics, 3, 2, true, "");
    }

    @Test
    void case48FormatCheckpointName() {
        assertEquals("epoch=3-step=2", name("", Map.of()));
        assertEquals("epoch=3-step=2", name(null, Map.of()));
        assertEquals("test-epoch=3-step=2", N.format("", Map.of(), 3, 2, true, "test"));
        assertEquals("ckpt", name("ckpt", Map.of()));
        assertEquals("test-ckpt", N.format("ckpt", Map.of(), 3, 2, true, "test"));
        assertEquals("epoch=003-acc=0.03", name("{epoch:03d}-{acc}", Map.of("acc", 0.03)));
        assertEquals("epoch=003-epoch_test=003", name("{epoch:03d}-{epoch_test:03d}", Map.of("epoch_test", 3.0)));
        assertEquals("test@epoch=3,acc=0.03000", N.withJoin("@").format("{epoch},{acc:.5f}", Map.of("acc", 0.03), 3, 2, true, "test"));
        assertEquals("epoch:003-acc:0.03", N.withEquals(":").format("{epoch:03d}-{acc}", Map.of("acc", 0.03), 3, 2, true, ""));
        assertEquals("name-v3.ckpt", N.file("name", 3));
        assertEquals("name.ckpt", N.file("name", 0));
        assertEquals("epoch=4_val/loss=0.03000.ckpt", N.file(N.format("{epoch}_{val/loss:.5f}", Map.of("val/loss", 0.03), 4, 0, true, ""), 0));
        assertEquals("epoch=003-val_acc=0.03", N.format("epoch={epoch:03d}-val_acc={val/acc}", Map.of("val/acc", 0.03), 3, 2, false, ""));
        assertEquals("mAP@0.50=0.2000", N.format("mAP@0.50={val/mAP@0.50:.4f}", Map.of("val/mAP@0.50", 0.2), 3, 2, false, ""));
        assertEquals("missing=0", name("{missing:d}", Map.of()));
        assertEquals("missing=0", name("{missing}", Map.of()));
    }

    @Test
    void c15LoggedCountersReplaceTheTrainers() {
        assertEquals("epoch=10-step=7", name("{epoch}-{step}", Map.of("epoch", 10.9, "step", 7.0)));
    }

    @Test
    void singlePrecisionValuesAreWrittenShort() {
        assertEquals("acc=0.03", name("{acc}", Map.of("acc", (double) 0.03f)));
    }

    @Test
    void aFormatThatIsNoneIsNamed() {
        var e = assertThrows(IllegalArgumentException.class, () -> name("{acc:abc}", Map.of("acc", 1.0)));
        assertTrue(e.getMessage().contains("{acc:abc}"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> N.withExtension("ckpt"));
        assertThrows(IllegalArgumentException.class, () -> N.withLast(" "));
    }

    @Test
    void lastFilesAreTold() {
        assertTrue(N.isLast("last.ckpt"));
        assertTrue(N.isLast("last-v12.ckpt"));
        assertFalse(N.isLast("last"));
        assertFalse(N.isLast("outlast.ckpt"));
        assertFalse(N.isLast("last-epoch=1.ckpt"));
        assertTrue(N.withLast("last-{epoch}").isLast("last-epoch=1.ckpt"));
        assertTrue(N.withLast("last-{epoch}").isLast("last-epoch=1-v1.ckpt"));
    }
}
