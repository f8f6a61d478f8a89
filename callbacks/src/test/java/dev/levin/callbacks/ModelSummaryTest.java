package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.Dropout;
import dev.levin.nn.Flatten;
import dev.levin.nn.Init;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.precision.Precision;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSummaryTest {
    @TempDir
    Path dir;

    /** 8 x 8 pictures, two convolutions, 10 classes, and a parameter of its own. */
    static class Net extends LightningModule<Tensor> {
        final Layer features = new Sequential(new Conv2d(1, 4, 3), new BatchNorm2d(4), new ReLU(), new Flatten(), new Dropout(0.5));
        final Linear head = new Linear(4 * 36, 10);
        final Parameter scale = parameter(Init.constant(1), 1);

        @Override
        public Tensor forward(Tensor x) {
            return head.forward(features.forward(x)).mul(scale);
        }

        @Override
        public Tensor exampleInput() {
            return Tensor.ones(2, 1, 8, 8);
        }
    }

    private static SummaryTable table(LightningModule<?> m, int depth) {
        return new SummaryTable(m, depth, Precision.of("32-true"));
    }

    @Test
    void c54RowsHoldNameTypeParametersShapesAndFlops() {
        SummaryTable t = table(new Net(), 1);
        // conv: 4*1*9+4 = 40, batch norm 8; head: 144*10+10 = 1450; scale 1.
        // conv: 2 * (2*4*6*6) * 9 = 5184 operations; head: 2 * 2 * 144 * 10 = 5760.
        assertEquals(List.of(new SummaryTable.Row("features", "Sequential", 48, true, 5184, "[2, 1, 8, 8]", "[2, 144]"),
                new SummaryTable.Row("head", "Linear", 1450, true, 5760, "[2, 144]", "[2, 10]"),
                new SummaryTable.Row("other params", "n/a", 1, true, 0, null, null)), t.rows());
        assertEquals(1499, t.parameters());
        assertEquals(10944, t.flops());
    }

    @Test
    void c54DepthOpensLevels() {
        assertEquals(List.of("features", "features.0", "features.1", "features.2", "features.3", "features.4", "head", "other params"),
                table(new Net(), -1).rows().stream().map(SummaryTable.Row::name).toList());
        assertEquals(table(new Net(), -1).rows(), table(new Net(), 2).rows());
        assertEquals(List.of(), table(new Net(), 0).rows());
        SummaryTable.Row conv = table(new Net(), 2).rows().get(1);
        assertEquals(new SummaryTable.Row("features.0", "Conv2d", 40, true, 5184, "[2, 1, 8, 8]", "[2, 4, 6, 6]"), conv);
        assertThrows(IllegalArgumentException.class, () -> new ModelSummary(-2));
    }

    @Test
    void printedTable() {
        Net net = new Net();
        net.head.freeze();
        net.head.eval();
        assertEquals("""
                  | Name         | Type       | Params | Mode  | FLOPs | In sizes     | Out sizes
                ---------------------------------------------------------------------------------
                0 | features     | Sequential | 48     | train | 5.2 K | [2, 1, 8, 8] | [2, 144]
                1 | head         | Linear     | 1.5 K  | eval  | 5.8 K | [2, 144]     | [2, 10]
                2 | other params | n/a        | 1      | train | 0     | ?            | ?
                ---------------------------------------------------------------------------------
                49        Trainable params
                1.5 K     Non-trainable params
                1.5 K     Total params
                0.006     Total estimated model params size (MB)
                6         Modules in train mode
                1         Modules in eval mode
                10.9 K    Total FLOPs""", ModelSummary.of(net, 1));
    }

    @Test
    void lookingAtAModelChangesNothing() {
        Net net = new Net();
        net.head.eval();
        var before = Runs.weights(net);
        long[] random = Generator.global().state();
        ModelSummary.of(net, -1);
        assertArrayEquals(random, Generator.global().state());
        assertTrue(net.features.isTraining() && net.isTraining());
        assertFalse(net.head.isTraining());
        Runs.weights(net).forEach((k, v) -> assertArrayEquals(before.get(k), v, k));
    }

    @Test
    void anExampleThatDoesNotFitIsReportedAndTrainingGoesOn() {
        var model = new BoringModel() {
            @Override
            public Tensor exampleInput() {
                return Tensor.ones(1, 7);
            }
        };
        List<String> warnings = Runs.warnings(() -> Runs.quiet(dir).callbacks(new ModelSummary()).maxSteps(1).build().fit(model));
        assertEquals(1, warnings.stream().filter(w -> w.contains("can't take its exampleInput() of shape [1, 7]")).count(), warnings.toString());
    }

    @Test
    void t22FitPrintsTheTableAndTheFlagTurnsItOff() {
        var bytes = new ByteArrayOutputStream();
        PlainProgressBar bar = new PlainProgressBar(new PrintStream(bytes), Duration.ZERO);
        Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).enableCheckpointing(false).callbacks(bar).maxSteps(1).build().fit(new BoringModel());
        assertTrue(bytes.toString().contains("0 | layer | Linear | 66     | train"), bytes.toString());
        bytes.reset();
        Trainer.builder().accelerator("cpu").defaultRootDir(dir).logger(false).enableCheckpointing(false).callbacks(bar).enableModelSummary(false).maxSteps(1)
                .build().fit(new BoringModel());
        assertFalse(bytes.toString().contains("Linear"), bytes.toString());
    }
}
