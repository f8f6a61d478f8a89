package dev.levin.examples;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;

/**
 * Runs source files as {@code java FILE} would, one after the other in one virtual machine with a working folder of its own: a
 * start a program would cost more than the programs do.
 */
final class SourcePrograms {
    private static final String MARK = "<<<program>>> ";

    private SourcePrograms() {
    }

    /**
     * What became of one.
     *
     * @param failure stack trace or compiler messages; empty if all went well
     */
    record Outcome(String output, String failure) {}

    /** Runs the programs in {@code folder}; by path, in the order given. A program that kills the machine takes the later ones with it. */
    static Map<Path, Outcome> run(List<Path> sources, Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", System.getProperty("java.class.path"), SourcePrograms.class.getName()));
        sources.forEach(s -> command.add(s.toString()));
        Path output = folder.resolve("output");
        Process p = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean ended = p.waitFor(10, TimeUnit.MINUTES);
        p.destroyForcibly();
        String[] parts = Files.readString(output).split(MARK);
        Map<Path, Outcome> outcomes = new LinkedHashMap<>();
        for (int i = 0; i < sources.size(); i++) {
            if (i + 1 >= parts.length) {
                outcomes.put(sources.get(i), new Outcome("", "was not run: " + parts[parts.length - 1]));
                continue;
            }
            String text = parts[i + 1];
            boolean good = text.stripTrailing().endsWith("done");
            outcomes.put(sources.get(i), new Outcome(text, good ? "" : (ended ? "failed\n" : "did not end\n") + text));
        }
        return outcomes;
    }

    static void main(String[] files) throws IOException {
        for (String file : files) {
            IO.println(MARK + file);
            try {
                one(Path.of(file));
                IO.println("\ndone");
            } catch (ReflectiveOperationException | IOException | RuntimeException | Error e) {
                (e instanceof InvocationTargetException i ? i.getCause() : e).printStackTrace(System.out);
            }
        }
    }

    private static void one(Path source) throws IOException, ReflectiveOperationException {
        Path classes = Files.createTempDirectory(Path.of("").toAbsolutePath(), "classes");
        int code = ToolProvider.getSystemJavaCompiler().run(null, System.out, System.out, "-proc:none", "-cp", System.getProperty("java.class.path"),
                "-d", classes.toString(), source.toString());
        if (code != 0) {
            throw new IllegalStateException("does not compile");
        }
        String name = source.getFileName().toString().replace(".java", "");
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, SourcePrograms.class.getClassLoader())) {
            Class<?> c = loader.loadClass(name);
            Method main = c.getDeclaredMethod("main");
            main.setAccessible(true);
            var constructor = c.getDeclaredConstructor();
            constructor.setAccessible(true);
            main.invoke(constructor.newInstance());
        }
    }
}
