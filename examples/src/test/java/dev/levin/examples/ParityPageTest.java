package dev.levin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/lightning-parity.md answers for every row and every numbered case of Lightning's behaviour, and names tests that exist
 * and, where the build has reports of them, ran.
 */
class ParityPageTest {
    private static final Pattern ROW = Pattern.compile("^\\| ([A-Z]-\\d+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]*) \\| ([^|]*) \\|$");
    private static final Pattern CASE = Pattern.compile("^\\| (case \\d+) \\| ([^|]+) \\|$");
    private static final Pattern COUNT = Pattern.compile("^\\| (built|changed on purpose|not on the JVM|with strategies|all) \\| (\\d+) \\|$");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final List<String> STATES = List.of("built", "changed on purpose", "not on the JVM", "with strategies");

    private record Row(String id, String state, List<String> tests, String remark) {}

    private static List<String> page() throws IOException {
        return Files.readAllLines(Path.of("../docs/lightning-parity.md"));
    }

    private static List<String> tests(String cell) {
        return NAMED.matcher(cell).results().map(m -> m.group(1) + "#" + m.group(2)).toList();
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : page()) {
            Matcher m = ROW.matcher(line);
            if (m.matches()) {
                rows.add(new Row(m.group(1), m.group(3).trim(), tests(m.group(4)), m.group(5).trim()));
            }
            Matcher c = CASE.matcher(line);
            if (c.matches()) {
                rows.add(new Row(c.group(1), "built", tests(c.group(2)), ""));
            }
        }
        return rows;
    }

    @Test
    void everyRowAndEveryCaseIsThereOnce() throws IOException {
        List<String> wanted;
        try (InputStream in = ParityPageTest.class.getResourceAsStream("/lightning-rows.txt")) {
            wanted = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().sorted().toList();
        }
        assertTrue(wanted.size() > 380, wanted.size() + " ids");
        assertEquals(wanted, rows().stream().map(Row::id).sorted().toList());
    }

    @Test
    void everyStateHasItsProofOrItsReasonAndTheCountsAreRight() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (Row r : rows()) {
            assertTrue(STATES.contains(r.state), r.id + ": " + r.state);
            assertTrue(!r.state.equals("built") || !r.tests.isEmpty(), r.id + " is built, and no test says so");
            assertTrue(!r.state.equals("changed on purpose") && !r.state.equals("not on the JVM") || !r.remark.isEmpty(), r.id + " needs a reason");
            if (!r.id.startsWith("case")) {
                counts.merge(r.state, 1, Integer::sum);
                counts.merge("all", 1, Integer::sum);
            }
        }
        Map<String, Integer> written = new TreeMap<>();
        for (String line : page()) {
            Matcher m = COUNT.matcher(line);
            if (m.matches()) {
                written.put(m.group(1), Integer.parseInt(m.group(2)));
            }
        }
        assertEquals(counts, written);
    }

    @Test
    void casesAreNamedAfterTheirNumber() throws IOException {
        for (Row r : rows()) {
            if (r.id.startsWith("case")) {
                String number = r.id.substring(5);
                assertTrue(r.tests.stream().anyMatch(t -> Pattern.compile("[cC]ase" + number + "(?!\\d)").matcher(t).find()), r.id + ": " + r.tests);
            }
        }
    }

    // ---- the tests themselves -----------------------------------------------------------------------------------------------

    /** Sources of test classes by simple name. */
    private static Map<String, Path> sources() throws IOException {
        Map<String, Path> found = new HashMap<>();
        for (String module : List.of("engine", "precision", "strategies", "trainer", "callbacks", "loggers", "examples")) {
            Path root = Path.of("..", module, "src/test/java");
            if (Files.isDirectory(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    files.filter(f -> f.toString().endsWith("Test.java")).forEach(f -> found.put(f.getFileName().toString().replace(".java", ""), f));
                }
            }
        }
        return found;
    }

    @Test
    void everyNamedTestExistsAndIsNotSwitchedOff() throws IOException {
        Map<String, Path> sources = sources();
        Map<String, String> texts = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        for (Row r : rows()) {
            for (String test : r.tests) {
                String[] name = test.split("#");
                Path source = sources.get(name[0]);
                if (source == null) {
                    wrong.add(r.id + ": there is no " + name[0]);
                    continue;
                }
                String text = texts.computeIfAbsent(name[0], n -> read(source));
                Matcher m = Pattern.compile("(?s)\\n\\n(?:(?!\\n\\n).)*@(Test|ParameterizedTest)\\b(?:(?!\\n\\n).)*?\\n    void " + name[1] + "\\(").matcher(text);
                if (!m.find()) {
                    wrong.add(r.id + ": " + name[0] + " has no test " + name[1]);
                } else if (m.group().contains("@Disabled") || text.substring(0, text.indexOf("class " + name[0])).contains("@Disabled")) {
                    wrong.add(r.id + ": " + test + " is switched off");
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    private static String read(Path p) {
        try {
            return Files.readString(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of the tests that a report says passed; empty if there is no report of the class as it is compiled now. */
    private static Optional<List<String>> ran(Path source) {
        Path module = source;
        while (!module.getFileName().toString().equals("src")) {
            module = module.getParent();
        }
        module = module.getParent();
        String name = module.resolve("src/test/java").relativize(source).toString().replace(".java", "").replace('/', '.').replace('\\', '.');
        Path report = module.resolve("target/surefire-reports/TEST-" + name + ".xml");
        Path compiled = module.resolve("target/test-classes").resolve(name.replace('.', '/') + ".class");
        try {
            if (!Files.exists(report) || !Files.exists(compiled) || Files.getLastModifiedTime(report).compareTo(Files.getLastModifiedTime(compiled)) < 0) {
                return Optional.empty();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Set<String> reported = new HashSet<>();
        List<String> passed = new ArrayList<>();
        String xml = read(report);
        Matcher m = Pattern.compile("<testcase name=\"(\\w+)[^\"]*\"[^>]*?(/>|>(?s:(.*?))</testcase>)").matcher(xml);
        while (m.find()) {
            String body = m.group(3) == null ? "" : m.group(3);
            reported.add(m.group(1));
            if (!body.contains("<skipped") && !body.contains("<failure") && !body.contains("<error")) {
                passed.add(m.group(1));
            }
        }
        int declared = Pattern.compile("@(?:Test|ParameterizedTest)\\b").matcher(read(source)).results().mapToInt(r -> 1).sum();
        // A report of a few tests, asked for by name, says nothing about the others.
        return reported.size() < declared ? Optional.empty() : Optional.of(passed);
    }

    @Test
    void whereTheBuildHasReportsEveryNamedTestPassed() throws IOException {
        Map<String, Path> sources = sources();
        Map<String, Optional<List<String>>> reports = new LinkedHashMap<>();
        List<String> wrong = new ArrayList<>();
        for (Row r : rows()) {
            for (String test : r.tests) {
                String[] name = test.split("#");
                Optional<List<String>> passed = reports.computeIfAbsent(name[0], n -> ran(sources.get(n)));
                if (passed.isPresent() && !passed.get().contains(name[1])) {
                    wrong.add(r.id + ": " + test + " did not run");
                }
            }
        }
        assertEquals(List.of(), wrong);
        if ("true".equals(System.getenv("CI"))) {
            List<String> unreported = reports.entrySet().stream().filter(e -> e.getValue().isEmpty()).map(Map.Entry::getKey)
                    .filter(c -> !sources.get(c).startsWith(Path.of("..", "examples"))).toList();
            assertEquals(List.of(), unreported, "test classes without a complete report; run the whole build");
        }
    }
}
