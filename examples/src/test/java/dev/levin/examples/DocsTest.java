package dev.levin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every whole program in README and docs runs as it is printed there, and every link leads somewhere. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");

    /** By page and number of the block. */
    private final Map<String, SourcePrograms.Outcome> outcomes = new LinkedHashMap<>();

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
        try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
            files.filter(f -> f.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    @BeforeAll
    void runAll(@TempDir Path folder) throws IOException, InterruptedException {
        Map<String, Path> sources = new LinkedHashMap<>();
        for (Path page : pages()) {
            Matcher m = BLOCK.matcher(Files.readString(page));
            String name = page.getFileName().toString().replace(".md", "").replace('-', '_');
            for (int n = 1; m.find(); n++) {
                if (m.group(1).contains("void main(")) {
                    sources.put(name + "_" + n, Files.writeString(folder.resolve(name + "_" + n + ".java"), m.group(1)));
                }
            }
        }
        Map<Path, SourcePrograms.Outcome> ran = SourcePrograms.run(List.copyOf(sources.values()), folder);
        sources.forEach((name, source) -> outcomes.put(name, ran.get(source)));
    }

    Stream<String> programs() {
        return outcomes.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("programs")
    void runsAsPrinted(String program) {
        assertEquals("", outcomes.get(program).failure(), program);
    }

    @Test
    void thereAreProgramsToRun() {
        assertTrue(outcomes.size() >= 11, outcomes.keySet().toString());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadSomewhere(Path page) throws IOException {
        Matcher m = LINK.matcher(Files.readString(page));
        while (m.find()) {
            assertTrue(Files.exists(page.resolveSibling(m.group(1))), page.getFileName() + " links to " + m.group(1));
        }
    }
}
