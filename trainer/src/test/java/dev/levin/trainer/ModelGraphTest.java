package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.Dropout;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What loggers get as the graph of a model. */
class ModelGraphTest {
    private static class Net extends BoringModel {
        final Layer net = new Sequential(new Linear(32, 8), new ReLU(), new Dropout(0.5), new Linear(8, 2));

        @Override
        public Tensor forward(Tensor x) {
            return net.call(x);
        }

        @Override
        public Tensor exampleInput() {
            return Tensor.zeros(3, 32);
        }
    }

    private static final class Drawing implements Logger {
        final List<GraphDescription> graphs = new ArrayList<>();
        boolean wants = true;

        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
        }

        @Override
        public void logGraph(GraphDescription graph) {
            graphs.add(graph);
        }

        @Override
        public boolean wantsGraph() {
            return wants;
        }
    }

    private static void fit(BoringModel m, Logger... loggers) {
        Trainer.builder().accelerator("cpu").logger(loggers).maxEpochs(1).limitTrainBatches(1).limitValBatches(0).build().fit(m);
    }

    @Test
    void g01NodesStandUnderTheirLayersAndAreWiredFromInputToOutput() {
        Drawing logger = new Drawing();
        Net m = new Net();
        Trainer.seedEverything(3);
        fit(m, logger, (values, step) -> { });
        assertEquals(1, logger.graphs.size());
        Map<String, GraphDescription.Node> nodes = new HashMap<>();
        logger.graphs.getFirst().nodes().forEach(n -> nodes.put(n.name(), n));
        assertEquals("Parameter", nodes.get("Net/net/0/weight").op());
        assertEquals("[8, 32]", nodes.get("Net/net/0/weight").shape().map(Object::toString).orElse(""));
        assertEquals("Input", nodes.get("input").op());
        assertEquals("[3, 2]", nodes.get("output").shape().map(Object::toString).orElse(""));
        assertTrue(nodes.keySet().stream().anyMatch(n -> n.matches("Net/net/3/matmul(_\\d+)?")), nodes.keySet().toString());
        assertFalse(nodes.values().stream().anyMatch(n -> n.op().contains("rand")), "the graph is that of evaluation: no dropout");
        nodes.values().forEach(n -> n.inputs().forEach(i -> assertTrue(nodes.containsKey(i), i)));
        // Every parameter that forward uses, and the input, lead to the output.
        List<String> reached = new ArrayList<>(List.of("output"));
        for (int i = 0; i < reached.size(); i++) {
            nodes.get(reached.get(i)).inputs().stream().filter(x -> !reached.contains(x)).forEach(reached::add);
        }
        assertTrue(reached.containsAll(List.of("input", "Net/net/0/weight", "Net/net/0/bias", "Net/net/3/weight", "Net/net/3/bias")), reached.toString());
        assertEquals(nodes.size(), reached.size(), "what the example was made of is not part of the model");
        assertTrue(m.isTraining());
    }

    @Test
    void theGraphIsMadeOnlyForLoggersThatDrawIt() {
        int[] asked = new int[1];
        Net m = new Net() {
            @Override
            public Tensor exampleInput() {
                asked[0]++;
                return super.exampleInput();
            }
        };
        Drawing off = new Drawing();
        off.wants = false;
        fit(m, off, (values, step) -> { });
        assertEquals(0, asked[0]);
    }

    @Test
    void modelsWithoutAnExampleOrWithAWrongOneAreSaid() {
        Drawing logger = new Drawing();
        try (LogCapture log = new LogCapture()) {
            fit(new BoringModel(), logger);
            fit(new Net() {
                @Override
                public Tensor exampleInput() {
                    return Tensor.zeros(3, 31);
                }
            }, logger);
            assertEquals(List.of(), logger.graphs);
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("override exampleInput()")).count());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("[3, 31]")).count());
        }
        assertEquals(Optional.empty(), ModelGraph.of(new BoringModel(), dev.levin.precision.Precision.of("32-true")));
    }
}
