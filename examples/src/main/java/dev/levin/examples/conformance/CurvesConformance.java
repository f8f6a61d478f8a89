package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.EvaluationResult;
import dev.levin.trainer.Trainer;
import dev.levin.type.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains the models of a folder of curves from their given weights, by a {@code LightningModule} and a {@code Trainer},
 * and compares the loss of every step, gradient norms, the weights at the end and the test results with PyTorch's: once
 * in F32 within the curve's tolerance, once in F64 more closely.
 */
public final class CurvesConformance {
    private static final double F64_TOLERANCE = 1e-8;

    private final Map<String, JsonNode> curves;
    private final Path data;

    private CurvesConformance(Map<String, JsonNode> curves, Path data) {
        this.curves = curves;
        this.data = data;
    }

    /**
     * @param dir the folder of NAME.json and NAME.init.json
     * @param data the folder with {@code iris.csv} and {@code mnist/}; null looks beside {@code dir}
     * @throws IOException if a curve can't be read
     */
    public static Report run(Path dir, Path data) throws IOException {
        Map<String, JsonNode> all = new LinkedHashMap<>();
        Map<String, JsonNode> weights = new LinkedHashMap<>();
        for (Path p : CorpusFiles.paths(dir)) {
            JsonNode json = CorpusFiles.read(p).getFirst();
            String file = p.getFileName().toString();
            if (file.contains(".init.json")) {
                weights.put(file.substring(0, file.indexOf(".init.json")), json);
            } else if (json.has("what")) {
                all.put(json.path("name").asText(file), json);
            }
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(dir + " holds no curves (NAME.json with NAME.init.json)");
        }
        var run = new CurvesConformance(all, data == null ? beside(dir) : data);
        List<Verdict> verdicts = new ArrayList<>();
        for (String name : all.keySet()) {
            for (String precision : List.of("32-true", "64-true")) {
                verdicts.add(run.judge(name, weights.get(name), precision));
            }
        }
        return new Report(verdicts);
    }

    private static Path beside(Path dir) {
        Path at = dir.toAbsolutePath().normalize();
        for (int i = 0; i < 3 && at.getParent() != null; i++) {
            at = at.getParent();
            if (Files.isDirectory(at.resolve("data"))) {
                return at.resolve("data");
            }
        }
        return dir.resolveSibling("data");
    }

    private Verdict judge(String name, JsonNode weights, String precision) {
        String id = name + " " + precision;
        try {
            if (weights == null) {
                throw new IllegalArgumentException(name + ".init.json is missing");
            }
            String d = difference(name, weights, precision);
            return new Verdict(id, name, d == null ? Verdict.Outcome.PASSED : Verdict.Outcome.FAILED, d == null ? "" : d, List.of());
        } catch (UnsupportedOperationException e) {
            return new Verdict(id, name, Verdict.Outcome.NOT_SUPPORTED, name + ": " + e.getMessage(), List.of());
        } catch (IOException | RuntimeException e) {
            return new Verdict(id, name, Verdict.Outcome.FAILED, e.toString(), List.of());
        }
    }

    private String difference(String name, JsonNode weights, String precision) throws IOException {
        JsonNode curve = curves.get(name);
        CurveWords words = CurveWords.of(curve, curves);
        CurveNet net = new CurveNet(curve.path("model").asText(), curve.path("forward").asText());
        Map<String, Tensor> state = new LinkedHashMap<>();
        weights.properties().forEach(e -> state.put(e.getKey(), CorpusTensors.read(e.getValue())));
        net.loadStateDict(state);
        CurveModule module = new CurveModule(net, words);
        TensorDataset rows = CurveData.train(words, data);
        int steps = curve.path("steps").intValue();
        Path scratch = Files.createTempDirectory("levin-curves");
        try {
            Trainer trainer = Trainer.builder().accelerator("cpu").precision(precision).maxSteps(steps).maxEpochs(steps).logger(false)
                    .enableCheckpointing(false).enableProgressBar(false).enableModelSummary(false).handleSignals(false)
                    .gradientClipVal(words.clip()).defaultRootDir(scratch).build();
            trainer.fit(module, new DataLoader<>(rows, words.batch() == 0 ? rows.size() : words.batch()));
            boolean single = precision.startsWith("32");
            double tolerance = single ? curve.path("suggested_tolerance_float32").asDouble(1e-5) : F64_TOLERANCE;
            String d = compare("loss of step ", module.losses(), curve.get("loss_float64"), tolerance);
            d = d != null ? d : compare("gradient norm of step ", module.gradientNorms(), curve.get("grad_norm_before_clip_float64"),
                    10 * tolerance);
            d = d != null ? d : weights(net, curve.path("end_state_float64"), 10 * tolerance);
            return d != null ? d : test(trainer, module, curve.path("after_training_eval").path(single ? "float32" : "float64"), 10 * tolerance);
        } finally {
            delete(scratch);
        }
    }

    private static String compare(String what, double[] actual, JsonNode expected, double tolerance) {
        if (expected == null) {
            return null;
        }
        if (actual.length != expected.size()) {
            return actual.length + " steps, expected " + expected.size();
        }
        for (int i = 0; i < actual.length; i++) {
            double want = expected.get(i).doubleValue();
            if (!CorpusTensors.close(actual[i], want, tolerance, tolerance)) {
                return what + i + " = " + actual[i] + ", expected " + want;
            }
        }
        return null;
    }

    private static String weights(CurveNet net, JsonNode expected, double tolerance) {
        Map<String, Parameter> parameters = net.namedParameters();
        for (var e : expected.properties()) {
            Tensor p = parameters.get(e.getKey()).detach().to(DType.F64);
            Map<String, Tensor> now = Map.of("sum", p.sum(), "norm", p.norm());
            for (var n : now.entrySet()) {
                double value = n.getValue().item();
                double want = e.getValue().get(n.getKey()).doubleValue();
                if (!CorpusTensors.close(value, want, tolerance, tolerance)) {
                    return n.getKey() + " of " + e.getKey() + " at the end = " + value + ", expected " + want;
                }
            }
        }
        return null;
    }

    /** Loss and accuracy on the first rows of the test set, if the curve has them. */
    private String test(Trainer trainer, CurveModule module, JsonNode expected, double tolerance) throws IOException {
        if (expected.isMissingNode() || expected.isNull()) {
            return null;
        }
        EvaluationResult r = null;
        for (var e : expected.properties()) {
            String[] words = e.getKey().split("_");
            if (words.length != 4 || !words[0].equals("test") || !words[1].equals("first")) {
                throw new UnsupportedOperationException("no evaluation named " + e.getKey());
            }
            if (r == null) {
                int rows = Integer.parseInt(words[2]);
                r = trainer.test(module, new DataLoader<>(CurveData.mnist(data.resolve("mnist"), "t10k", rows), rows));
            }
            double value = r.metric(words[3]);
            if (!CorpusTensors.close(value, e.getValue().doubleValue(), tolerance, tolerance)) {
                return e.getKey() + " = " + value + ", expected " + e.getValue();
            }
        }
        return null;
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path p : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
