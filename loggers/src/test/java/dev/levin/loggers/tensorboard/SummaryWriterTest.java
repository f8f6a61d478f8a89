package dev.levin.loggers.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.loggers.tensorboard.proto.DataType;
import dev.levin.loggers.tensorboard.proto.GraphDef;
import dev.levin.loggers.tensorboard.proto.HistogramProto;
import dev.levin.loggers.tensorboard.proto.Layout;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.loggers.tensorboard.proto.hparams.HParamsPluginData;
import dev.levin.loggers.tensorboard.proto.hparams.Status;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.GraphDescription;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is written equals what PyTorch's writer makes of the same input, or what was put in. */
class SummaryWriterTest {
    @TempDir
    Path dir;

    /** Writes with {@code use} into a folder of its own and returns the only value written. */
    private Summary.Value written(String name, Consumer<SummaryWriter> use) throws IOException {
        Path run = dir.resolve(name);
        try (var writer = new SummaryWriter(run)) {
            use.accept(writer);
        }
        return TestData.onlyValue(run);
    }

    @Test
    void scalarsKeepNanAndInfinityAndOrder() throws IOException {
        var values = new LinkedHashMap<String, Double>();
        values.put("b", Double.NaN);
        values.put("a/inf", Double.POSITIVE_INFINITY);
        values.put("c", 0.1);
        try (var writer = new SummaryWriter(dir)) {
            writer.addScalars(values, 7);
        }
        var event = EventFileReader.readAll(dir).get(1);
        assertEquals(7, event.getStep());
        assertEquals(List.of("b", "a/inf", "c"), event.getSummary().getValueList().stream().map(Summary.Value::getTag).toList());
        assertTrue(Float.isNaN(event.getSummary().getValue(0).getSimpleValue()));
        assertEquals(Float.POSITIVE_INFINITY, event.getSummary().getValue(1).getSimpleValue());
        assertEquals(0.1f, event.getSummary().getValue(2).getSimpleValue());
        assertEquals(System.currentTimeMillis() / 1e3, event.getWallTime(), 60);
    }

    @Test
    void linesOfOneChartAreRunsOfTheirOwn() throws IOException {
        try (var writer = new SummaryWriter(dir)) {
            writer.addScalars("loss/all", Map.of("train", 1.0, "val", 2.0), 3);
        }
        var runs = ScalarSeries.ofRuns(dir);
        assertEquals(List.of("loss_all_train", "loss_all_val"), List.copyOf(runs.keySet()));
        assertEquals(2, runs.get("loss_all_val").get("loss/all").at(3).getAsDouble());
    }

    @TestFactory
    List<DynamicTest> histogramsHaveTheBinsAndCountsOfPyTorch() throws IOException {
        JsonNode cases = TestData.json("/torch_summaries.json").get("histograms");
        assertEquals(6, cases.size());
        return cases.properties().stream().map(c -> DynamicTest.dynamicTest(c.getKey(), () -> {
            JsonNode want = c.getValue();
            var values = TestData.array(TestData.doubles(want.get("values")));
            HistogramProto h = written(c.getKey(), w -> w.addHistogram("h", values, 0)).getHisto();
            assertEquals(want.get("min").asDouble(), h.getMin() + 0.0);
            assertEquals(want.get("max").asDouble(), h.getMax() + 0.0);
            assertEquals(want.get("num").asDouble(), h.getNum());
            assertEquals(want.get("sum").asDouble(), h.getSum(), 1e-12 * h.getNum() * Math.max(h.getMax(), -h.getMin()));
            assertEquals(want.get("sum_squares").asDouble(), h.getSumSquares(), 1e-12 * h.getSumSquares());
            assertArrayEquals(TestData.doubles(want.get("limits")), unbox(h.getBucketLimitList()));
            assertArrayEquals(TestData.doubles(want.get("buckets")), unbox(h.getBucketList()));
        })).toList();
    }

    @Test
    void histogramsTakeOtherBins() throws IOException {
        JsonNode want = TestData.json("/torch_summaries.json").get("custom");
        double[] values = Arrays.stream(TestData.lcg(500, 7)).map(v -> v * 10).toArray();
        var h = written("bins", w -> w.addHistogram("h", TestData.array(values), TestData.doubles(want.get("edges")), 0)).getHisto();
        assertArrayEquals(TestData.doubles(want.get("limits")), unbox(h.getBucketLimitList()));
        assertArrayEquals(TestData.doubles(want.get("buckets")), unbox(h.getBucketList()));
    }

    @Test
    void histogramsLeaveOutWhatIsNotFiniteAndKeepWhatIsHuge() throws IOException {
        var h = written("nan", w -> {
            w.addHistogram("none", TestData.array(new float[] {Float.NaN}), 0);
            w.addHistogram("h", TestData.array(new double[] {Double.NaN, 1e30, -1e30, Double.NEGATIVE_INFINITY}), 0);
        }).getHisto();
        assertEquals(2, h.getNum());
        assertEquals(2, h.getBucketList().stream().mapToDouble(d -> d).sum());
        assertEquals(1e30, h.getMax());
    }

    @Test
    void laterChangesOfTheCallersArrayDoNotReachTheFile() throws IOException {
        float[] values = {1, 2, 3};
        var h = written("copy", w -> {
            w.addHistogram("h", TestData.array(values), 0);
            values[0] = 100;
        }).getHisto();
        assertEquals(6, h.getSum());
    }

    @Test
    void picturesHaveThePixelsOfPyTorch() throws IOException {
        JsonNode want = TestData.json("/torch_summaries.json").get("images");
        float[] all = new float[2 * 4 * 5 * 7];
        float[] u = TestData.toFloats(TestData.lcg(all.length, 21));
        for (int i = 0; i < all.length; i++) {
            all[i] = u[i] * 1.2f - 0.1f;
        }
        float[] rgb = Arrays.copyOf(all, 3 * 35);
        float[] rgba = Arrays.copyOf(all, 4 * 35);
        float[] grey = Arrays.copyOf(all, 35);
        checkImage(want.get("rgb"), 3, written("rgb", w -> w.addImage("i", TestData.array(rgb, 3, 5, 7), 0)));
        checkImage(want.get("rgba"), 4, written("rgba", w -> w.addImage("i", TestData.array(rgba, 4, 5, 7), 0)));
        JsonNode bytes = want.get("uint8_in");
        byte[] u8 = new byte[bytes.size()];
        for (int i = 0; i < u8.length; i++) {
            u8[i] = (byte) bytes.get(i).asInt();
        }
        checkImage(want.get("uint8"), 3, written("u8", w -> w.addImage("i", TestData.array(u8, 3, 5, 7), 0)));
        checkImage(want.get("grid"), 3, written("grid", w -> w.addImages("i",
                TestData.array(TestData.toFloats(TestData.lcg(10 * 60, 31)), 10, 3, 4, 5), 0)));
        // PyTorch repeats a grey channel three times; here it stays one.
        int[] repeated = TestData.ints(want.get("grey").get("pixels"));
        int[] once = IntStream.range(0, 35).map(i -> repeated[3 * i]).toArray();
        var image = written("grey", w -> w.addImage("i", TestData.array(grey, 5, 7), 0)).getImage();
        assertEquals(1, image.getColorspace());
        assertArrayEquals(once, TestData.pixels(image));
    }

    private static void checkImage(JsonNode want, int channels, Summary.Value value) throws IOException {
        assertEquals(want.get("size").get(0).asInt(), value.getImage().getWidth());
        assertEquals(want.get("size").get(1).asInt(), value.getImage().getHeight());
        assertEquals(channels, value.getImage().getColorspace());
        assertArrayEquals(TestData.ints(want.get("pixels")), TestData.pixels(value.getImage()));
    }

    @Test
    void tensorsAreTakenAsTheyAre() throws IOException {
        var histogram = written("tensor", w -> w.addHistogram("h", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).mul(2), 0)).getHisto();
        assertEquals(20, histogram.getSum());
        var image = written("image", w -> w.addImage("i", Tensor.of(new float[] {0, 1, 0.5f, 0}, 1, 2, 2), 0)).getImage();
        assertArrayEquals(new int[] {0, 255, 127, 0}, TestData.pixels(image));
        var half = written("half", w -> w.addHistogram("h", Tensor.of(new float[] {1.5f, -1}).to(DType.BF16), 0)).getHisto();
        assertEquals(0.5, half.getSum());
    }

    @Test
    void plotsOfAnyImageTypeAreWritten() throws IOException {
        for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_BYTE_GRAY}) {
            var plot = new BufferedImage(3, 2, type);
            plot.setRGB(2, 1, Color.WHITE.getRGB());
            plot.setRGB(0, 0, Color.BLACK.getRGB());
            var decoded = TestData.decode(written("plot" + type, w -> {
                w.addFigure("plot", plot, 0);
                plot.setRGB(2, 1, Color.BLACK.getRGB());
            }).getImage());
            assertEquals(3, decoded.getWidth());
            assertEquals(2, decoded.getHeight());
            assertEquals(Color.WHITE.getRGB(), decoded.getRGB(2, 1));
            assertEquals(Color.BLACK.getRGB(), decoded.getRGB(0, 0));
        }
    }

    @Test
    void aWrongImageShapeIsRefusedAtTheCall() {
        try (var writer = new SummaryWriter(dir)) {
            var e = assertThrows(IllegalArgumentException.class,
                    () -> writer.addImage("sample", TestData.array(new float[2 * 3 * 3], 2, 3, 3), 0));
            assertTrue(e.getMessage().contains("sample") && e.getMessage().contains("[2, 3, 3]"), e.getMessage());
            assertThrows(IllegalArgumentException.class,
                    () -> writer.addImages("samples", TestData.array(new float[9], 1, 3, 3), 0));
        }
        assertFalse(Files.exists(dir.resolve("events")));
    }

    @Test
    void textHasTheFormOfPyTorch() throws IOException {
        var golden = EventFileReader.stream(TestData.golden("events.out.tfevents.1795161546.vm.5706.0"))
                .flatMap(e -> e.getSummary().getValueList().stream())
                .filter(v -> v.getTag().equals("note/text_summary")).findFirst().orElseThrow();
        assertEquals(golden, written("text", w -> w.addText("note", "step **0**", 0)));
    }

    @Test
    void prCurvesHaveTheTableOfPyTorch() throws IOException {
        JsonNode cases = TestData.json("/torch_summaries.json").get("pr");
        var predictions = TestData.array(TestData.toFloats(TestData.lcg(200, 11)));
        double[] draws = TestData.lcg(200, 12);
        float[] labels = new float[200];
        for (int i = 0; i < 200; i++) {
            labels[i] = draws[i] < 0.4 ? 1 : 0;
        }
        assertEquals(4, cases.size());
        for (var c : cases.properties()) {
            int thresholds = c.getValue().get("thresholds").asInt();
            double[] weights = c.getKey().startsWith("weighted") ? TestData.lcg(200, 13) : null;
            var tensor = written(c.getKey(),
                    w -> w.addPrCurve("pr", TestData.array(labels), predictions, weights, thresholds, 0)).getTensor();
            assertEquals(List.of(6L, (long) thresholds), tensor.getTensorShape().getDimList().stream().map(d -> d.getSize()).toList());
            float[] want = TestData.floats(c.getValue().get("table"));
            for (int i = 0; i < want.length; i++) {
                assertEquals(want[i], tensor.getFloatVal(i), 2e-7f * Math.max(1, want[i]), c.getKey() + " " + i);
            }
        }
    }

    @Test
    void prCurvesRefuseLogitsAndClassIndices() {
        try (var writer = new SummaryWriter(dir)) {
            var p = TestData.array(new float[] {0.5f, 1.5f});
            var e = assertThrows(IllegalArgumentException.class, () -> writer.addPrCurve("pr", TestData.array(new float[2]), p, 0));
            assertTrue(e.getMessage().contains("1.5"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> writer.addPrCurve("pr", TestData.array(new float[] {0, 2}),
                    TestData.array(new float[2]), 0));
            assertThrows(IllegalArgumentException.class, () -> writer.addPrCurve("pr", TestData.array(new float[3]),
                    TestData.array(new float[2]), 0));
        }
    }

    @Test
    void customScalarsHaveTheFormOfPyTorch() throws IOException {
        var golden = EventFileReader.stream(TestData.golden("events.out.tfevents.1795161546.vm.5706.0"))
                .flatMap(e -> e.getSummary().getValueList().stream())
                .filter(v -> v.getTag().startsWith("custom_scalars")).findFirst().orElseThrow();
        assertEquals(golden, written("layout", w -> w.addCustomScalars(CustomScalarLayout.of(
                CustomScalarLayout.category("L", CustomScalarLayout.lines("loss", "train_loss"))))));
        var band = Layout.parseFrom(written("band", w -> w.addCustomScalars(CustomScalarLayout.of(
                CustomScalarLayout.category("L", CustomScalarLayout.band("acc", "mean", "low", "high")))))
                .getTensor().getStringVal(0)).getCategory(0).getChart(0).getMargin().getSeries(0);
        assertEquals(List.of("mean", "low", "high"), List.of(band.getValue(), band.getLower(), band.getUpper()));
    }

    @Test
    void embeddingsAreFilesAndOneConfiguration() throws IOException {
        float[] vectors = {1, 2.5f, -3, 0.1f, 1e-9f, 7};
        float[] pictures = new float[3 * 2 * 2];
        Arrays.fill(pictures, 8, 12, 1);
        for (int round = 0; round < 2; round++) {
            try (var writer = new SummaryWriter(dir)) {
                writer.addEmbedding("emb/a", TestData.array(vectors, 3, 2), EmbeddingLabels.of(List.of("x", "y\ttab", "z")),
                        TestData.array(pictures, 3, 1, 2, 2), round);
            }
        }
        Path one = dir.resolve("00000/emb%2fa");
        assertEquals("1.0\t2.5\n-3.0\t0.1\n1.0E-9\t7.0\n", Files.readString(one.resolve("tensors.tsv")));
        assertEquals("x\ny tab\nz\n", Files.readString(one.resolve("metadata.tsv")));
        BufferedImage sprite = ImageIO.read(one.resolve("sprite.png").toFile());
        assertEquals(List.of(4, 4), List.of(sprite.getWidth(), sprite.getHeight()));
        assertEquals(Color.WHITE.getRGB(), sprite.getRGB(0, 2));
        assertEquals(Color.BLACK.getRGB(), sprite.getRGB(2, 0));
        assertEquals(Color.BLACK.getRGB(), sprite.getRGB(2, 2));
        assertEquals("""
                embeddings {
                  tensor_name: "emb/a:00000"
                  metadata_path: "00000/emb%2fa/metadata.tsv"
                  sprite {
                    image_path: "00000/emb%2fa/sprite.png"
                    single_image_dim: 2
                    single_image_dim: 2
                  }
                  tensor_path: "00000/emb%2fa/tensors.tsv"
                }
                embeddings {
                  tensor_name: "emb/a:00001"
                  metadata_path: "00001/emb%2fa/metadata.tsv"
                  sprite {
                    image_path: "00001/emb%2fa/sprite.png"
                    single_image_dim: 2
                    single_image_dim: 2
                  }
                  tensor_path: "00001/emb%2fa/tensors.tsv"
                }
                """, Files.readString(dir.resolve("projector_config.pbtxt")));
    }

    @Test
    void theGraphKeepsNamesWiringShapesAndAttributes() throws IOException {
        var graph = new GraphDescription(List.of(
                new GraphDescription.Node("input", "input", List.of(), Shape.of(8, 4)),
                new GraphDescription.Node("Net/fc/weight", "parameter", List.of(), Optional.of(Shape.of(2, 4)),
                        Optional.of(DType.BF16), Map.of()),
                new GraphDescription.Node("Net/fc/linear", "linear", List.of("input", "Net/fc/weight"),
                        Optional.of(Shape.of(8, 2)), Optional.empty(), Map.of("bias", "false"))));
        try (var writer = new SummaryWriter(dir)) {
            writer.addGraph(graph);
        }
        GraphDef def = GraphDef.parseFrom(EventFileReader.readAll(dir).get(1).getGraphDef());
        assertEquals(List.of("input", "Net/fc/weight", "Net/fc/linear"), def.getNodeList().stream().map(n -> n.getName()).toList());
        var linear = def.getNode(2);
        assertEquals(List.of("input", "Net/fc/weight"), linear.getInputList());
        assertEquals(List.of(8L, 2L), linear.getAttrOrThrow("_output_shapes").getList().getShape(0).getDimList().stream()
                .map(d -> d.getSize()).toList());
        assertEquals("false", linear.getAttrOrThrow("bias").getS().toStringUtf8());
        assertEquals(DataType.DT_BFLOAT16, def.getNode(1).getAttrOrThrow("dtype").getType());
    }

    @Test
    void hyperParametersAreOneSession() throws IOException {
        var params = new LinkedHashMap<String, Object>();
        params.put("lr", 0.1);
        params.put("layers", 3);
        params.put("opt", "sgd");
        params.put("bn", true);
        params.put("none", null);
        try (var writer = new SummaryWriter(dir)) {
            writer.addHparams(params, Map.of("acc", 0.9), 4);
        }
        var events = EventFileReader.readAll(dir);
        var experiment = hparams(events.get(1).getSummary().getValue(0)).getExperiment();
        assertEquals(List.of("lr", "layers", "opt", "bn"), experiment.getHparamInfosList().stream().map(i -> i.getName()).toList());
        assertEquals("acc", experiment.getMetricInfos(0).getName().getTag());
        var start = hparams(events.get(2).getSummary().getValue(0)).getSessionStartInfo().getHparamsMap();
        assertEquals(0.1, start.get("lr").getNumberValue());
        assertEquals(3, start.get("layers").getNumberValue());
        assertEquals("sgd", start.get("opt").getStringValue());
        assertTrue(start.get("bn").getBoolValue());
        assertFalse(start.containsKey("none"));
        assertEquals(0.9f, events.get(3).getSummary().getValue(0).getSimpleValue());
        assertEquals(Status.STATUS_SUCCESS, hparams(events.get(4).getSummary().getValue(0)).getSessionEndInfo().getStatus());
    }

    @Test
    void soundIsAWavFile() throws Exception {
        var audio = written("sound", w -> w.addAudio("beep", TestData.array(new float[] {0, 0.5f, -1, 2}), 8000, 0)).getAudio();
        assertEquals(4, audio.getLengthFrames());
        try (var in = AudioSystem.getAudioInputStream(new ByteArrayInputStream(audio.getEncodedAudioString().toByteArray()))) {
            assertEquals(8000, in.getFormat().getSampleRate());
            assertEquals(16, in.getFormat().getSampleSizeInBits());
            byte[] b = in.readAllBytes();
            int[] samples = IntStream.range(0, 4).map(i -> (b[2 * i] & 0xff) | b[2 * i + 1] << 8).toArray();
            assertArrayEquals(new int[] {0, 16383, -32767, 32767}, samples);
        }
    }

    private static HParamsPluginData hparams(Summary.Value value) throws IOException {
        assertEquals("hparams", value.getMetadata().getPluginData().getPluginName());
        return HParamsPluginData.parseFrom(value.getMetadata().getPluginData().getContent());
    }

    private static double[] unbox(List<Double> list) {
        return list.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
