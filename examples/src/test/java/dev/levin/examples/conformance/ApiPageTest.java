package dev.levin.examples.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/api.md says what there is: everything the conformance table knows, and nothing that does not exist. */
class ApiPageTest {
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\| `([^`]+)` \\|$", Pattern.MULTILINE);
    private static final List<String> PACKAGES = List.of("dev.levin.tensor.", "dev.levin.nn.", "dev.levin.optim.", "dev.levin.metrics.",
            "dev.levin.io.", "dev.levin.nn.models.");

    private static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        Matcher m = ROW.matcher(Files.readString(Path.of("../docs/api.md")));
        while (m.find()) {
            rows.put(m.group(1), m.group(2));
        }
        assertTrue(rows.size() > 300, rows.size() + " rows");
        return rows;
    }

    @Test
    void thePageHasEveryOperationOptimizerAndScheduler() throws IOException {
        TreeSet<String> missing = new TreeSet<>(new OpTable().names());
        OptimTable.OPTIMIZERS.keySet().forEach(n -> missing.add(n.equals("Lion") ? "optim.Lion (paper)" : "optim." + n));
        OptimTable.SCHEDULERS.keySet().forEach(n -> missing.add("optim.lr_scheduler." + n));
        missing.removeAll(rows().keySet());
        assertEquals(new TreeSet<>(), missing);
    }

    @Test
    void everyNameOnThePageExists() throws IOException {
        List<String> wrong = new ArrayList<>();
        rows().forEach((torch, levin) -> {
            if (!exists(levin)) {
                wrong.add(torch + " -> " + levin);
            }
        });
        assertEquals(List.of(), wrong);
    }

    private static boolean exists(String name) {
        String[] parts = name.split("\\.");
        boolean inPackage = parts[0].equals("nn") || parts[0].equals("optim") || parts[0].equals("metrics");
        Class<?> type = type(inPackage ? parts[1] : parts[0]);
        return type != null && Modifier.isPublic(type.getModifiers()) && (inPackage || parts.length == 1
                || Arrays.stream(type.getMethods()).anyMatch(m -> m.getName().equals(parts[1])));
    }

    private static Class<?> type(String simpleName) {
        for (String p : PACKAGES) {
            try {
                return Class.forName(p + simpleName);
            } catch (ClassNotFoundException e) {
                continue;
            }
        }
        return null;
    }
}
