package dev.levin.loggers.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.loggers.tensorboard.proto.Event;
import dev.levin.loggers.tensorboard.proto.GraphDef;
import dev.levin.loggers.tensorboard.proto.HistogramProto;
import dev.levin.loggers.tensorboard.proto.Layout;
import dev.levin.loggers.tensorboard.proto.NodeDef;
import dev.levin.loggers.tensorboard.proto.PrCurvePluginData;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.loggers.tensorboard.proto.hparams.DataType;
import dev.levin.loggers.tensorboard.proto.hparams.HParamsPluginData;
import dev.levin.loggers.tensorboard.proto.hparams.Status;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Logs made by PyTorch's SummaryWriter, compared with what TensorBoard's own reader finds in them. */
class GoldenLogTest {

    @TestFactory
    List<DynamicTest> everyEventOfEveryFileIsReadAsTensorBoardReadsIt() throws IOException {
        JsonNode files = TestData.json("/golden/expected.json");
        assertEquals(4, files.size());
        return files.properties().stream().map(file -> DynamicTest.dynamicTest(file.getKey(), () -> {
            List<Event> events;
            try (var reader = new EventFileReader(TestData.golden(file.getKey()))) {
                events = EventFileReader.readAll(TestData.golden(file.getKey()));
                while (reader.next().isPresent()) {
                    assertFalse(reader.truncated());
                }
                assertFalse(reader.truncated());
            }
            assertEquals(file.getValue().size(), events.size());
            for (int i = 0; i < events.size(); i++) {
                checkEvent(file.getValue().get(i), events.get(i));
            }
        })).toList();
    }

    private static void checkEvent(JsonNode want, Event event) throws IOException {
        assertEquals(want.get("what").asText(), event.getWhatCase().name().toLowerCase());
        assertEquals(want.get("step").asLong(), event.getStep());
        assertEquals(want.get("wall_time").asDouble(), event.getWallTime());
        switch (event.getWhatCase()) {
            case FILE_VERSION -> assertEquals("brain.Event:2", event.getFileVersion());
            case SUMMARY -> checkValue(want, event.getSummary().getValue(0));
            case GRAPH_DEF -> checkGraph(want.get("nodes"), GraphDef.parseFrom(event.getGraphDef()));
            default -> { }
        }
    }

    private static void checkValue(JsonNode want, Summary.Value value) throws IOException {
        assertEquals(want.get("tag").asText(), value.getTag());
        assertEquals(want.get("plugin").asText(), value.getMetadata().getPluginData().getPluginName());
        switch (value.getValueCase()) {
            case SIMPLE_VALUE -> assertEquals((float) want.get("value").asDouble(), value.getSimpleValue());
            case HISTO -> {
                HistogramProto h = value.getHisto();
                assertArrayEquals(TestData.doubles(want.get("value")),
                        new double[] {h.getMin(), h.getMax(), h.getNum(), h.getSum(), h.getSumSquares()});
                assertArrayEquals(TestData.doubles(want.get("limits")), unbox(h.getBucketLimitList()));
                assertArrayEquals(TestData.doubles(want.get("buckets")), unbox(h.getBucketList()));
            }
            case IMAGE -> {
                Summary.Image image = value.getImage();
                assertArrayEquals(TestData.ints(want.get("value")),
                        new int[] {image.getWidth(), image.getHeight(), image.getColorspace()});
                assertArrayEquals(TestData.ints(want.get("pixels")), TestData.pixels(image));
            }
            case TENSOR -> {
                assertArrayEquals(TestData.ints(want.get("shape")), value.getTensor().getTensorShape().getDimList().stream()
                        .mapToInt(d -> (int) d.getSize()).toArray());
                assertArrayEquals(TestData.doubles(want.get("floats")), value.getTensor().getFloatValList().stream()
                        .mapToDouble(Float::doubleValue).toArray());
                if (want.has("strings")) {
                    assertEquals(want.get("strings").size(), value.getTensor().getStringValCount());
                    for (int i = 0; i < want.get("strings").size(); i++) {
                        assertEquals(want.get("strings").get(i).asText(), value.getTensor().getStringVal(i).toStringUtf8());
                    }
                }
            }
            default -> assertEquals("hparams", value.getMetadata().getPluginData().getPluginName());
        }
    }

    private static void checkGraph(JsonNode want, GraphDef graph) {
        assertEquals(want.size(), graph.getNodeCount());
        for (int i = 0; i < want.size(); i++) {
            NodeDef node = graph.getNode(i);
            assertEquals(want.get(i).get(0).asText(), node.getName());
            assertEquals(want.get(i).get(1).asText(), node.getOp());
            JsonNode inputs = want.get(i).get(2);
            assertEquals(IntStream.range(0, inputs.size()).mapToObj(k -> inputs.get(k).asText()).toList(),
                    node.getInputList());
        }
    }

    private static double[] unbox(List<Double> list) {
        return list.stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Test
    void scalarsOfARunBecomeSeries() throws IOException {
        ScalarSeries loss = ScalarSeries.ofRun(TestData.golden(".")).get("train_loss");
        assertEquals(30, loss.points().size());
        for (int i = 0; i < 30; i++) {
            assertEquals(i, loss.steps()[i]);
            assertEquals((float) Math.exp(-0.1 * i), loss.values()[i], 1e-7);
        }
        assertEquals(loss.values()[29], loss.last());
        assertEquals(loss.last(), loss.min());
        assertEquals(1, loss.max());
        assertEquals((float) Math.exp(-1), loss.at(10).getAsDouble(), 1e-7);
        assertTrue(loss.at(30).isEmpty());
    }

    @Test
    void runsAreFoundBelowAFolder() throws IOException {
        var runs = ScalarSeries.ofRuns(TestData.golden("."));
        assertEquals(List.of(".", "group_a", "group_b"), List.copyOf(runs.keySet()));
        assertArrayEquals(new double[] {0, 10, 20}, runs.get("group_a").get("group").values());
        assertArrayEquals(new double[] {0, 20, 40}, runs.get("group_b").get("group").values());
        assertEquals((float) Math.exp(-0.3), runs.get(".").get("hp_metric").last());
    }

    @Test
    void hyperParametersAreRead() throws IOException {
        var values = EventFileReader.stream(TestData.golden("events.out.tfevents.1795161546.vm.5706.3"))
                .flatMap(e -> e.getSummary().getValueList().stream()).filter(Summary.Value::hasMetadata).toList();
        assertEquals(List.of("_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"),
                values.stream().map(Summary.Value::getTag).toList());
        var experiment = hparams(values.get(0)).getExperiment();
        assertEquals(List.of("lr", "opt", "bn"), experiment.getHparamInfosList().stream().map(i -> i.getName()).toList());
        assertEquals(List.of(DataType.DATA_TYPE_FLOAT64, DataType.DATA_TYPE_STRING, DataType.DATA_TYPE_FLOAT64),
                experiment.getHparamInfosList().stream().map(i -> i.getType()).toList());
        assertEquals("hp_metric", experiment.getMetricInfos(0).getName().getTag());
        var start = hparams(values.get(1)).getSessionStartInfo().getHparamsMap();
        assertEquals(0.1, start.get("lr").getNumberValue());
        assertEquals("sgd", start.get("opt").getStringValue());
        assertEquals(Status.STATUS_SUCCESS, hparams(values.get(2)).getSessionEndInfo().getStatus());
    }

    @Test
    void pluginContentsAreRead() throws IOException {
        var values = EventFileReader.stream(TestData.golden("events.out.tfevents.1795161546.vm.5706.0"))
                .flatMap(e -> e.getSummary().getValueList().stream()).toList();
        var pr = values.stream().filter(v -> v.getTag().equals("pr")).findFirst().orElseThrow();
        assertEquals(11, PrCurvePluginData.parseFrom(pr.getMetadata().getPluginData().getContent()).getNumThresholds());
        var layout = Layout.parseFrom(values.stream().filter(v -> v.getTag().startsWith("custom_scalars"))
                .findFirst().orElseThrow().getTensor().getStringVal(0));
        assertEquals("L", layout.getCategory(0).getTitle());
        assertEquals("loss", layout.getCategory(0).getChart(0).getTitle());
        assertEquals(List.of("train_loss"), layout.getCategory(0).getChart(0).getMultiline().getTagList());
    }

    private static HParamsPluginData hparams(Summary.Value value) throws IOException {
        return HParamsPluginData.parseFrom(value.getMetadata().getPluginData().getContent());
    }
}
