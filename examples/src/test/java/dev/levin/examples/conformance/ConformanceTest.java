package dev.levin.examples.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConformanceTest {
    /** Cases computed by PyTorch, packed. */
    private static final Path ORACLE = Path.of("../engine/src/test/resources/oracle");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp;

    @Test
    void everyOperatorLayerAndLossComputesWhatPyTorchComputes() throws IOException {
        Report r = OpsConformance.run(ORACLE.resolve("ops"));
        assertEquals(List.of(), r.failures());
        assertEquals(0, r.notSupported());
        assertEquals(871, r.passed());
    }

    /** Cases made with PyTorch 2.13: other options, special values, empty tensors, functions the given corpus lacks. */
    @Test
    void otherOptionsAndSpecialValuesToo() throws IOException {
        Report r = OpsConformance.run(ORACLE.resolve("more"));
        assertEquals(List.of(), r.failures());
        assertEquals(0, r.notSupported());
        assertTrue(r.passed() > 800, r.passed() + " cases");
    }

    @Test
    void everyOptimizerAndScheduleFollowsPyTorch() throws IOException {
        Report r = OptimConformance.run(ORACLE.resolve("optim"));
        assertEquals(List.of(), r.failures());
        assertEquals(121, r.passed());
    }

    /** Made with PyTorch 2.13: other options, groups, shapes and missing gradients. */
    @Test
    void otherOptionsOfOptimizersAndSchedulesToo() throws IOException {
        Report r = OptimConformance.run(ORACLE.resolve("more-optim"));
        assertEquals(List.of(), r.failures());
        assertTrue(r.passed() > 100, r.passed() + " cases");
    }

    @Test
    void aModelTrainedByTheTrainerFollowsPyTorchsLosses() throws IOException {
        Report r = CurvesConformance.run(ORACLE.resolve("curves"), null);
        assertEquals(List.of(), r.failures());
        assertEquals(2, r.passed());
    }

    private Report withCase(String file, String id, java.util.function.Consumer<ObjectNode> change) throws IOException {
        ObjectNode out = JSON.createObjectNode();
        ArrayNode cases = out.putArray("cases");
        for (JsonNode c : CorpusFiles.read(ORACLE.resolve(file)).getFirst().get("cases")) {
            if (c.get("id").asText().equals(id)) {
                change.accept((ObjectNode) c);
                cases.add(c);
            }
        }
        assertEquals(1, cases.size(), id);
        Path changed = temp.resolve("changed.json");
        JSON.writeValue(changed.toFile(), out);
        return file.startsWith("ops") ? OpsConformance.run(changed) : OptimConformance.run(changed);
    }

    private static void bump(JsonNode array, int index) {
        ((ArrayNode) array).set(index, array.get(index).doubleValue() + 0.01);
    }

    @Test
    void aWrongOutputIsNamedWithItsPlace() throws IOException {
        Report r = withCase("ops/unary.json.gz", "torch.exp/p0", c -> bump(c.at("/outputs/0/data"), 5));
        assertEquals(1, r.failed());
        assertEquals(1, r.exitCode());
        assertTrue(r.failures().getFirst().startsWith("torch.exp/p0: output 0: [1, 1] = "), r.failures().getFirst());
    }

    @Test
    void aWrongGradientOfAParameterIsFound() throws IOException {
        Report r = withCase("ops/norm.json.gz", "nn.BatchNorm1d.train/p0", c -> bump(c.at("/grads/params.weight/data"), 0));
        assertTrue(r.failures().getFirst().contains("gradient by params.weight: [0] = "), r.failures().toString());
    }

    @Test
    void aWrongBufferIsFound() throws IOException {
        Report r = withCase("ops/norm.json.gz", "nn.BatchNorm1d.train/p0", c -> bump(c.at("/buffers_after/running_mean/data"), 0));
        assertTrue(r.failures().getFirst().contains("buffer running_mean: [0] = "), r.failures().toString());
    }

    @Test
    void aWrongDtypeAndAWrongShapeAreFound() throws IOException {
        Report dtype = withCase("ops/unary.json.gz", "torch.exp/p0", c -> ((ObjectNode) c.at("/outputs/0")).put("dtype", "float64"));
        assertTrue(dtype.failures().getFirst().contains("F32[3, 4], expected F64[3, 4]"), dtype.failures().toString());
        Report shape = withCase("ops/unary.json.gz", "torch.exp/p0", c -> ((ObjectNode) c.at("/outputs/0")).putArray("shape").add(12));
        assertTrue(shape.failures().getFirst().contains("F32[3, 4], expected F32[12]"), shape.failures().toString());
    }

    @Test
    void aWrongSecondDerivativeAndAWrongSampleOfALargeCaseAreFound() throws IOException {
        Report second = withCase("ops/second_order.json.gz", "gradgrad:torch.tanh/p0", c -> bump(c.at("/grads/input/data"), 1));
        assertEquals(1, second.failed());
        Report large = withCase("ops/big.json.gz", "big:torch.sort/p1", c -> bump(c.at("/outputs/0/val"), 3));
        assertTrue(large.failures().getFirst().contains("output 0: element "), large.failures().toString());
    }

    @Test
    void anUnknownNameIsNotSupportedAndATaggedCaseIsListed() throws IOException {
        Report r = withCase("ops/unary.json.gz", "torch.exp/p0", c -> c.put("op", "torch.fft.fft"));
        assertEquals(1, r.notSupported());
        Report tagged = withCase("ops/reduction.json.gz", "torch.argmax/p3", c -> ((ArrayNode) c.at("/outputs/0/data")).set(0, 3));
        assertEquals(0, tagged.failed());
        StringWriter text = new StringWriter();
        tagged.print(new PrintWriter(text));
        assertTrue(text.toString().contains("tagged tie: torch.argmax/p3 passed (differs as its tag allows"), text.toString());
    }

    @Test
    void aWrongStepOfAnOptimizerAndAWrongRateAreFound() throws IOException {
        Report o = withCase("optim/optimizers.json.gz", "Adam/p0", c -> bump(c.at("/trajectory/19/1"), 3));
        assertTrue(o.failures().getFirst().startsWith("Adam/p0: step 20, parameter 1[3] = "), o.failures().toString());
        Report s = withCase("optim/schedulers.json.gz", "StepLR/p0", c -> bump(c.at("/lr/50"), 1));
        assertTrue(s.failures().getFirst().startsWith("StepLR/p0: step 50: lr[1] = "), s.failures().toString());
    }

    @Test
    void aWrongLossOfACurveIsFound() throws IOException {
        for (Path p : CorpusFiles.paths(ORACLE.resolve("curves"))) {
            JsonNode j = CorpusFiles.read(p).getFirst();
            if (j.has("loss_float64")) {
                bump(j.get("loss_float64"), 199);
            }
            JSON.writeValue(temp.resolve(p.getFileName().toString().replace(".gz", "")).toFile(), j);
        }
        Report r = CurvesConformance.run(temp, null);
        assertEquals(2, r.failed());
        assertTrue(r.failures().getFirst().contains("loss of step 199 = "), r.failures().toString());
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        assertThrows(NoSuchFileException.class, () -> OpsConformance.run(temp.resolve("nothing")));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> {
            Files.writeString(temp.resolve("x.json"), "[]");
            OpsConformance.run(temp);
        });
        assertTrue(e.getMessage().contains("cases"), e.getMessage());
    }

    @Test
    void formulasOfSchedulesAreReadAsPythonReadsThem() {
        assertEquals(Math.pow(0.95, 7), Formula.of("0.95 ** epoch").applyAsDouble(7));
        assertEquals(-4, Formula.of("-2**2").applyAsDouble(0));
        assertEquals(2, Formula.of("lambda epoch: 7 // 3").applyAsDouble(0));
        assertEquals(0.5, Formula.of("max(1 - epoch / 10, 0.5)").applyAsDouble(8));
        assertEquals(512, Formula.of("2**3**2").applyAsDouble(0));
        assertEquals(2, Formula.of("-1 % 3").applyAsDouble(0));
        assertThrows(IllegalArgumentException.class, () -> Formula.of("import os"));
    }
}
