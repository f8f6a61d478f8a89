package dev.levin.loggers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.Logger;
import dev.levin.trainer.LoggerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvLoggerTest {
    @TempDir
    Path dir;

    private CsvLogger logger() {
        return new CsvLogger(dir.toString()).version("a");
    }

    @Test
    void rowsHaveSortedColumnsAndSpecialValuesAsPandasSpellsThem() throws IOException {
        var logger = logger();
        var metrics = new LinkedHashMap<String, Double>();
        metrics.put("val/loss", 0.1);
        metrics.put("epoch", 2.0);
        metrics.put("a", Double.NaN);
        metrics.put("z", Double.NEGATIVE_INFINITY);
        metrics.put("b", 1e-7);
        logger.logMetrics(metrics, 49);
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertEquals("a,b,epoch,step,val/loss,z\nnan,1.0E-7,2,49,0.1,-inf\n", Files.readString(logger.file()));
    }

    @Test
    void case91ANewMetricAddsAColumnAndKeepsTheRowsBefore() throws IOException {
        var logger = logger().flushEvery(1);
        logger.logMetrics(Map.of("train_loss", 1.5), 0);
        logger.save();
        assertEquals("step,train_loss\n0,1.5\n", Files.readString(logger.file()));
        logger.logMetrics(Map.of("acc", 0.5), 1);
        logger.save();
        logger.logMetrics(Map.of("train_loss", 0.25, "zeta", 3.0), 2);
        logger.logMetrics(Map.of("say \"hi\", all", 1.0), 3);
        logger.save();
        assertEquals("""
                acc,"say ""hi"", all",step,train_loss,zeta
                ,,0,1.5,
                0.5,,1,,
                ,,2,0.25,3
                ,1,3,,
                """, Files.readString(logger.file()));
        assertTrue(Files.notExists(logger.file().resolveSibling("metrics.csv.tmp")));
    }

    @Test
    void saveWaitsUntilEnoughRowsAreThereAndFlushDoesNot() throws IOException {
        var logger = logger().flushEvery(3);
        for (int i = 0; i < 2; i++) {
            logger.logMetrics(Map.of("x", 1.0), i);
            logger.save();
        }
        assertTrue(Files.notExists(logger.file()));
        logger.logMetrics(Map.of("x", 1.0), 2);
        logger.save();
        assertEquals(4, Files.readAllLines(logger.file()).size());
        logger.logMetrics(Map.of("x", 1.0), 3);
        logger.flush();
        assertEquals(5, Files.readAllLines(logger.file()).size());
    }

    @Test
    void aFileThatIsAlreadyThereIsReplaced() throws IOException {
        var logger = logger().prefix("p");
        Files.createDirectories(logger.logDir().orElseThrow());
        Files.writeString(logger.logDir().orElseThrow().resolve("metrics.csv"), "old,step\n1,1\n");
        logger.logHyperparams(Map.of("lr", 0.1));
        logger.logMetrics(Map.of("x", 1.0), 5);
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertEquals("p-x,step\n1,5\n", Files.readString(logger.file()));
        assertEquals("lr: 0.1\n", Files.readString(logger.file().resolveSibling("hparams.yaml")));
    }

    @Test
    void aFolderThatCanNotBeMadeDoesNotStopTheCaller() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "not a folder");
        var logger = new CsvLogger(file.toString());
        logger.logMetrics(Map.of("x", 1.0), 0);
        logger.save();
        assertTrue(assertThrows(LoggerException.class, logger::flush).getMessage().contains(file.toString()));
        logger.finalizeRun(Logger.Status.FAILED);
    }

    @Test
    void aResumedRunKeepsTheRowsBeforeItsCheckpoint() throws IOException {
        var killed = logger().flushEvery(1);
        killed.logMetrics(Map.of("loss", 4.0, "say \"hi\", all", 1.0), 0);
        killed.logMetrics(Map.of("loss", 3.0), 1);
        killed.logMetrics(Map.of("loss", 2.0), 2);
        killed.save();
        Files.writeString(killed.file(), "9,", java.nio.file.StandardOpenOption.APPEND);
        var resumed = logger();
        resumed.resumesAt(2);
        resumed.logMetrics(Map.of("loss", 2.5, "acc", 0.5), 2);
        resumed.finalizeRun(Logger.Status.SUCCESS);
        assertEquals("""
                acc,loss,"say ""hi"", all",step
                ,4,1,0
                ,3,,1
                0.5,2.5,,2
                """, Files.readString(resumed.file()));
    }
}
