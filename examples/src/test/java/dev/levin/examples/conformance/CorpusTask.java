package dev.levin.examples.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The corpora as a task for whoever runs it on another device. */
public final class CorpusTask {
    private CorpusTask() {
    }

    /** What differs from PyTorch in the corpora {@code ops more optim curves} below a folder: the first argument, then their names. */
    public static List<String> run(String... arguments) throws IOException {
        Path oracle = Path.of(arguments[0]);
        List<String> wrong = new ArrayList<>();
        long passed = 0;
        for (int i = 1; i < arguments.length; i++) {
            Path folder = oracle.resolve(arguments[i]);
            Report r = switch (arguments[i]) {
                case "optim" -> OptimConformance.run(folder);
                case "curves" -> CurvesConformance.run(folder, null);
                default -> OpsConformance.run(folder);
            };
            wrong.addAll(r.failures());
            passed += r.passed();
        }
        System.out.println(passed + " cases passed, " + wrong.size() + " failed");
        return wrong;
    }
}
