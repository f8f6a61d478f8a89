package dev.levin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs users write, compiled and run from their source files as a user would. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProgramsTest {
    private static final Path PROGRAMS = Path.of("programs").toAbsolutePath();

    private final Map<String, SourcePrograms.Outcome> outcomes = new LinkedHashMap<>();

    private Path folder;

    @BeforeAll
    void runAll(@TempDir Path work) throws IOException, InterruptedException {
        folder = work;
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            SourcePrograms.run(files.filter(f -> f.toString().endsWith(".java")).sorted().toList(), work)
                    .forEach((f, o) -> outcomes.put(f.getFileName().toString(), o));
        }
    }

    Stream<String> programs() {
        return outcomes.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("programs")
    void runs(String program) {
        assertEquals("", outcomes.get(program).failure(), program);
    }

    @Test
    void tensorsPrintWhatTheirCommentsSay() {
        assertTrue(outcomes.get("Tensors.java").output().contains("tensor([2., 4., 6.])"));
    }

    @Test
    void theDigitsProgramIsShortClosesNothingAndLearns() throws IOException {
        List<String> code = Files.readAllLines(PROGRAMS.resolve("Digits.java")).stream().filter(l -> !l.isBlank() && !l.startsWith("import")).toList();
        assertTrue(code.size() <= 45, "the digits program has " + code.size() + " lines");
        assertFalse(code.stream().anyMatch(l -> l.contains("close()")));
        String text = outcomes.get("Digits.java").output();
        var found = java.util.regex.Pattern.compile("test_acc\\D+([0-9.]+)").matcher(text);
        assertTrue(found.find(), text);
        assertTrue(Double.parseDouble(found.group(1)) > 0.97, text);
        assertTrue(Files.exists(folder.resolve("runs/digits/version_0")));
    }
}
