package dev.levin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs users write, compiled and run from their source files as a user would. */
class ProgramsTest {
    private static final Path PROGRAMS = Path.of("programs").toAbsolutePath();

    @TempDir
    Path folder;

    static Stream<String> quickPrograms() throws IOException {
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            return files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".java") && !n.equals("Digits.java")).sorted().toList().stream();
        }
    }

    private String run(String program, String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", System.getProperty("java.class.path"), PROGRAMS.resolve(program).toString()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process p = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean ended = p.waitFor(5, TimeUnit.MINUTES);
        String text = Files.readString(output);
        p.destroyForcibly();
        assertTrue(ended, program + " did not end\n" + text);
        assertEquals(0, p.exitValue(), program + " failed\n" + text);
        return text;
    }

    @ParameterizedTest
    @MethodSource("quickPrograms")
    void runs(String program) throws Exception {
        run(program);
    }

    @Test
    void tensorsPrintWhatTheirCommentsSay() throws Exception {
        assertTrue(run("Tensors.java").contains("tensor([2., 4., 6.])"));
    }

    @Test
    void theDigitsProgramIsShortClosesNothingAndLearns() throws Exception {
        List<String> code = Files.readAllLines(PROGRAMS.resolve("Digits.java")).stream().filter(l -> !l.isBlank() && !l.startsWith("import")).toList();
        assertTrue(code.size() <= 45, "the digits program has " + code.size() + " lines");
        assertFalse(code.stream().anyMatch(l -> l.contains("close()")));
        String text = run("Digits.java");
        var found = java.util.regex.Pattern.compile("test_acc\\D+([0-9.]+)").matcher(text);
        assertTrue(found.find(), text);
        assertTrue(Double.parseDouble(found.group(1)) > 0.97, text);
        assertTrue(Files.exists(folder.resolve("runs/digits/version_0")));
    }
}
