package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipFile;

class StateDictFilesTest {
    @TempDir
    Path dir;

    /** A computed tensor, a parameter, and the same parameter under a second name. */
    private static Map<String, Tensor> stateDict() {
        var weight = new Parameter("w", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        Map<String, Tensor> dict = new LinkedHashMap<>();
        dict.put("w", weight);
        dict.put("tied", weight);
        dict.put("computed", Tensor.of(new float[] {1.5f, 2}).mul(2));
        dict.put("count", Tensor.of(new long[] {7}).reshape());
        return dict;
    }

    private static void check(Map<String, Tensor> back) {
        assertEquals(stateDict().keySet(), back.keySet());
        assertArrayEquals(new float[] {1, 2, 3, 4}, back.get("w").toFloats());
        assertArrayEquals(new float[] {1, 2, 3, 4}, back.get("tied").toFloats());
        assertArrayEquals(new float[] {3, 4}, back.get("computed").toFloats());
        assertEquals(DType.I64, back.get("count").dtype());
        assertEquals(7, back.get("count").itemLong());
    }

    @Test
    void everyFormatKeepsAStateDict() throws IOException {
        Path file = dir.resolve("a");
        Safetensors.save(stateDict(), file);
        check(Safetensors.load(file));
        Safetensors.save(stateDict(), Map.of("k", "v"), Checksum.CRC32C, file);
        check(Safetensors.load(file));
        Torch.save(stateDict(), file);
        check(Torch.stateDict(file));
        Npz.save(stateDict(), file);
        check(Npz.load(file));
        Npy.save(stateDict().get("computed"), file);
        assertArrayEquals(new float[] {3, 4}, Npy.load(file).toFloats());
    }

    @Test
    void tiedParametersAreSavedOnceForPyTorch() throws IOException {
        Path file = dir.resolve("a.pt");
        Torch.save(stateDict(), file);
        try (var zip = new ZipFile(file.toFile())) {
            assertEquals(3, zip.stream().filter(e -> e.getName().startsWith("archive/data/")).count());
        }
    }
}
