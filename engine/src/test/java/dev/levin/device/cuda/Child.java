package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A process that has ended.
 *
 * @param out what it wrote to both streams
 */
record Child(int code, String out) {
    static Child of(Map<String, String> environment, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder b = new ProcessBuilder(command).redirectErrorStream(true);
        b.environment().putAll(environment);
        Process p = b.start();
        String out = new String(p.getInputStream().readAllBytes());
        return new Child(p.waitFor(), out);
    }

    /** A Java process with the class path of this one. */
    static Child java(Map<String, String> environment, List<String> options, Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return of(environment, command);
    }

    Child good() {
        assertEquals(0, code, out);
        return this;
    }

    Child says(String... words) {
        for (String w : words) {
            assertTrue(out.contains(w), () -> "'" + w + "' is missing in:\n" + out);
        }
        return this;
    }

    Child doesNotSay(String word) {
        assertTrue(!out.contains(word), out);
        return this;
    }
}
