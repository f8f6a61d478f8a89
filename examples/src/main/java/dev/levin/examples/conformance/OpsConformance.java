package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs cases of operators, layers and losses through the public API and compares outputs, gradients, gradients of
 * gradients and changed buffers with what PyTorch computed.
 */
public final class OpsConformance {
    private OpsConformance() {
    }

    /**
     * @param source a file of cases, or a folder of such files ({@code .json}, {@code .json.gz})
     * @throws IOException if it can't be read
     */
    public static Report run(Path source) throws IOException {
        List<Verdict> verdicts = new ArrayList<>();
        for (JsonNode file : CorpusFiles.read(source)) {
            verdicts.addAll(run(file));
        }
        return new Report(verdicts);
    }

    /** The cases of one file. */
    static List<Verdict> run(JsonNode file) {
        if (!file.path("cases").isArray()) {
            throw new IllegalArgumentException("a file of operator cases holds {\"cases\": [...]}; this one does not");
        }
        OpTable table = new OpTable();
        List<Verdict> verdicts = new ArrayList<>();
        for (JsonNode json : file.get("cases")) {
            verdicts.add(OpCase.judge(json, table));
        }
        return verdicts;
    }
}
