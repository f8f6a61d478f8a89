package dev.levin.device.cuda.libraries;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.levin.type.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlgorithmCacheTest {
    @TempDir
    private Path folder;

    private static MatmulSpec spec(long n) {
        return new MatmulSpec(DType.BF16, 1, n, n, n, n, 1, 0, n, 1, 0, 64, 64, true, false);
    }

    @Test
    void theNextProcessFindsWhatWasChosenLast() throws IOException {
        Path file = folder.resolve("deeper/algorithms");
        var first = new AlgorithmCache(file);
        assertNull(first.get(spec(8)));
        first.put(spec(8), new byte[] {1, -2, 3});
        first.put(spec(16), new byte[64]);
        first.put(spec(8), new byte[] {4, 5, 6});
        assertArrayEquals(new byte[] {4, 5, 6}, new AlgorithmCache(file).get(spec(8)));
        // a process that died while it wrote, and something that is no choice at all
        Files.writeString(file, "half a line\nMatmul\t012", StandardOpenOption.APPEND);
        var later = new AlgorithmCache(file);
        assertArrayEquals(new byte[64], later.get(spec(16)));
        assertNull(later.get("Matmul"));
        assertNull(later.get(spec(9)));
    }

    @Test
    void withoutAFileOrWhereNothingCanBeWrittenChoicesLastAsLongAsTheProcess() throws IOException {
        var cache = new AlgorithmCache(null);
        cache.put(spec(8), new byte[] {1});
        assertArrayEquals(new byte[] {1}, cache.get(spec(8)));
        Path blocked = Files.writeString(folder.resolve("file"), "x").resolve("below");
        var other = new AlgorithmCache(blocked);
        other.put(spec(8), new byte[] {2});
        assertArrayEquals(new byte[] {2}, other.get(spec(8)));
    }
}
