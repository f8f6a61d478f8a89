package dev.levin.callbacks.resume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.Resume;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is on the disk when a process is killed, or the disk is full. */
class KilledProcessTest {
    @TempDir
    Path dir;

    @Test
    void runsOfAKilledProcessResumeBitForBit() throws Exception {
        Process p = KilledProcess.start(List.of(), "kill", dir.toString());
        StringBuilder said = new StringBuilder();
        Set<String> ready = new HashSet<>();
        try (BufferedReader out = p.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while (ready.size() < KilledProcess.CASES.size() && (line = out.readLine()) != null) {
                said.append(line).append('\n');
                if (line.startsWith("ready ")) {
                    ready.add(line.substring(6));
                } else if (line.startsWith("ended ")) {
                    break;
                }
            }
            p.destroyForcibly().waitFor();
        }
        assertEquals(KilledProcess.CASES.size(), ready.size(), said::toString);
        for (ResumeCase c : KilledProcess.CASES) {
            ResumeRun.Outcome whole = ResumeRun.of(c, dir.resolve("whole-" + c), Resume.NO, KilledProcess.saver(c));
            ResumeRun.Outcome resumed = ResumeRun.of(c, dir.resolve(c.name()), Resume.LAST, KilledProcess.saver(c));
            ResumeParityTest.assertSame(whole.state(), resumed.state(), c.toString());
            try (var left = Files.list(dir.resolve(c.name()).resolve("checkpoints"))) {
                assertEquals(List.of(), left.filter(f -> f.getFileName().toString().endsWith(".tmp")).toList());
            }
        }
    }

    /** The limit on the size of files stands for a disk without room: writing fails in the middle of the file. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskEndsTheRunAndTakesNothing() throws Exception {
        ResumeRun.of(ResumeCase.ADAMW, dir, Resume.NO, new HaltAfter(4), KilledProcess.saver(ResumeCase.ADAMW));
        Path last = dir.resolve("checkpoints").resolve("last.ckpt");
        byte[] before = Files.readAllBytes(last);
        Set<Path> files = list(last.getParent());
        Process p = KilledProcess.start(List.of("bash", "-c", "ulimit -f 2; exec \"$@\"", "bash"), "full", dir.toString());
        String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(p.waitFor(1, TimeUnit.MINUTES));
        assertTrue(said.contains("refused: the checkpoint ") && said.contains("can't be written") && said.contains("What was saved before is untouched"), said);
        assertArrayEquals(before, Files.readAllBytes(last));
        assertEquals(files, list(last.getParent()));
        assertEquals(4, Checkpoint.read(last).globalStep());
        assertFalse(said.contains("ended"), said);
    }

    private static Set<Path> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return new HashSet<>(files.toList());
        }
    }
}
