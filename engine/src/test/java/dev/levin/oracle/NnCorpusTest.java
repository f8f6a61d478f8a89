package dev.levin.oracle;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Layers and losses against results of PyTorch: outputs, gradients by inputs and parameters, running statistics. */
class NnCorpusTest {
    @TestFactory
    Stream<DynamicTest> everyCaseAgreesWithPyTorch() {
        return Stream.of("activation", "conv", "pool", "norm", "recurrent", "attention", "embedding", "loss", "interpolate")
                .flatMap(group -> OracleCases.group(group).stream())
                .map(c -> DynamicTest.dynamicTest(c.get("id").textValue(), () -> assertNull(OracleCases.run(c), () -> c.get("kwargs").toString())));
    }
}
