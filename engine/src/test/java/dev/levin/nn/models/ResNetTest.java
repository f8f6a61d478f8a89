package dev.levin.nn.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.levin.io.Npz;
import dev.levin.io.Torch;
import dev.levin.nn.Layer;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResNetTest {
    @TempDir
    Path dir;

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(ResNetTest.class.getResource("/torch/" + name).toURI());
    }

    private static ResNet narrow() {
        return new ResNet(new int[] {2, 2, 2, 2}, 10, 3, 4, ResNet.Stem.IMAGENET);
    }

    /** A net of four times less channels whose statistics are random; its file was written, and its logits computed in F64, by PyTorch. */
    @Test
    void aNetTrainedInPyTorchGivesTheSameLogits() throws IOException, URISyntaxException {
        Map<String, Tensor> state = Torch.stateDict(resource("resnet18_narrow.pt"));
        Map<String, Tensor> golden = Npz.load(resource("resnet18_narrow.npz"));
        ResNet net = narrow();
        net.loadStateDict(state);
        net.eval();
        Tensor logits;
        try (var _ = Grad.off()) {
            logits = net.call(golden.get("x"));
        }
        double[] want = golden.get("y").toDoubles();
        double[] got = logits.toDoubles();
        assertEquals(golden.get("y").shape(), logits.shape());
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], got[i], 1e-5 * (1 + Math.abs(want[i])), "logit " + i);
        }
        assertEquals(List.copyOf(state.keySet()), List.copyOf(net.stateDict().keySet()), "PyTorch's keys in PyTorch's order");
    }

    @Test
    void theWayBackKeepsEveryBit() throws IOException, URISyntaxException {
        Map<String, Tensor> state = Torch.stateDict(resource("resnet18_narrow.pt"));
        ResNet net = narrow();
        net.loadStateDict(state);
        Torch.save(net.stateDict(), dir.resolve("a.pt"));
        Map<String, Tensor> back = Torch.stateDict(dir.resolve("a.pt"));
        assertEquals(state.keySet(), back.keySet());
        state.forEach((key, t) -> {
            assertEquals(t.dtype(), back.get(key).dtype(), key);
            assertEquals(t.shape(), back.get(key).shape(), key);
            assertArrayEquals(t.toDoubles(), back.get(key).toDoubles(), key);
        });
    }

    @Test
    void sizesAreThoseOfThePaper() {
        assertEquals(11_689_512, ResNet.resnet18(1000).numParameters());
        assertEquals(21_797_672, ResNet.resnet34(1000).numParameters());
        assertEquals(11_173_962, ResNet.resnet18(10, ResNet.Stem.CIFAR).numParameters());
        assertThrows(IllegalArgumentException.class, () -> new ResNet(new int[] {2, 2}, 10, 3, 64, ResNet.Stem.CIFAR));
    }

    @Test
    void stemsKeepOrReduceTheImage() {
        List<String> shapes = new ArrayList<>();
        for (ResNet.Stem stem : ResNet.Stem.values()) {
            ResNet net = new ResNet(new int[] {1, 1, 1, 1}, 3, 1, 2, stem);
            ((Layer) net.namedModules().get("layer1")).registerForwardHook((_, in, _) -> {
                shapes.add(in.shape().toString());
                return null;
            });
            assertEquals("[2, 3]", net.call(Tensor.zeros(2, 1, 32, 32)).shape().toString());
        }
        assertEquals(List.of("[2, 2, 8, 8]", "[2, 2, 32, 32]"), shapes);
    }
}
