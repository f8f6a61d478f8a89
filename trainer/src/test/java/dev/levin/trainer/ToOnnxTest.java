package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.OnnxTensors;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToOnnxTest {
    @TempDir
    Path dir;

    @Test
    void aTrainedModelIsExportedInOneLine() throws IOException {
        BoringModel model = new BoringModel() {
            @Override
            public Tensor exampleInput() {
                return Tensor.zeros(1, 32);
            }
        };
        Trainer.builder().maxSteps(2).defaultRootDir(dir).build().fit(model);
        model.toOnnx(dir.resolve("a.onnx"));
        var weights = OnnxTensors.read(dir.resolve("a.onnx"));
        assertEquals(Set.of("layer.weight", "layer.bias"), weights.keySet());
        assertArrayEquals(model.stateDict().get("layer.bias").toFloats(), (float[]) weights.get("layer.bias").data().array());
    }

    @Test
    void aModelWithoutExampleAsksForOne() {
        var e = assertThrows(MisconfigurationException.class, () -> new BoringModel().toOnnx(dir.resolve("a.onnx")));
        assertTrue(e.getMessage().contains("exampleInput()"), e.getMessage());
    }
}
