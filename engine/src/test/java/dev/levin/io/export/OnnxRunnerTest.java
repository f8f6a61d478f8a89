package dev.levin.io.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.io.onnx.ModelProto;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The judge is judged first: it runs models that PyTorch exported and gets what PyTorch got. */
class OnnxRunnerTest {
    private static InputStream resource(String name) {
        return OnnxRunnerTest.class.getResourceAsStream("/interop/" + name);
    }

    private static Map<String, Arr> arrays(JsonNode named) {
        Map<String, Arr> found = new LinkedHashMap<>();
        named.properties().forEach(e -> found.put(e.getKey(), new Arr(
                StreamSupport.stream(e.getValue().get("shape").spliterator(), false).mapToInt(JsonNode::asInt).toArray(),
                StreamSupport.stream(e.getValue().get("data").spliterator(), false).mapToDouble(JsonNode::asDouble).toArray())));
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "cnn", "lstm"})
    void runsWhatPyTorchExported(String name) throws IOException {
        try (InputStream file = resource(name + ".onnx"); InputStream json = resource(name + ".json")) {
            JsonNode expected = new ObjectMapper().readTree(json);
            Map<String, Arr> results = OnnxRunner.run(ModelProto.parseFrom(file), arrays(expected.get("inputs")));
            Map<String, Arr> wanted = arrays(expected.get("outputs"));
            assertEquals(wanted.size(), results.size());
            Arr got = results.values().iterator().next();
            Arr want = wanted.values().iterator().next();
            assertTrue(Arrays.equals(want.shape(), got.shape()));
            for (int i = 0; i < want.data().length; i++) {
                assertEquals(want.data()[i], got.data()[i], 1e-5 * (1 + Math.abs(want.data()[i])), name + " " + i);
            }
        }
    }
}
