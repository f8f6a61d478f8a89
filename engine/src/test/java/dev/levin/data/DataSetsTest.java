package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetsTest {
    @TempDir
    Path folder;

    @Test
    void drawnDigitsAreAFunctionOfTheSeed() {
        TensorDataset a = DrawnDigits.dataset(30, 1);
        assertArrayEquals(a.inputs().toFloats(), DrawnDigits.dataset(30, 1).inputs().toFloats());
        assertTrue(!Arrays.equals(a.inputs().toFloats(), DrawnDigits.dataset(30, 2).inputs().toFloats()));
        assertEquals("[30, 1, 28, 28]", a.inputs().shape().toString());
        assertEquals(7, a.get(17).target().itemLong());
        for (int i = 0; i < 30; i++) {
            double ink = a.get(i).input().sum().item();
            assertTrue(ink > 15 && ink < 250, "digit " + i + " has " + ink + " of ink");
        }
    }

    private Path idx(String name, int[] dims, byte[] data) throws IOException {
        Path file = folder.resolve(name);
        try (DataOutputStream out = new DataOutputStream(name.endsWith(".gz")
                ? new GZIPOutputStream(Files.newOutputStream(file)) : Files.newOutputStream(file))) {
            out.writeInt(0x0800 | dims.length);
            for (int d : dims) {
                out.writeInt(d);
            }
            out.write(data);
        }
        return file;
    }

    @Test
    void idxFilesAreReadPlainAndZipped() throws IOException {
        assertArrayEquals(new long[] {1, 2, 255, 4, 5, 6}, Idx.read(idx("a", new int[] {2, 3}, new byte[] {1, 2, -1, 4, 5, 6})).toLongs());
        assertEquals("[2]", Idx.read(idx("b.gz", new int[] {2}, new byte[] {7, 8})).shape().toString());
    }

    @Test
    void brokenIdxFilesAreNamed() throws IOException {
        Path truncated = idx("t", new int[] {2, 3}, new byte[] {1});
        assertTrue(assertThrows(IOException.class, () -> Idx.read(truncated)).getMessage().contains("1 of 6"));
        Path huge = idx("h", new int[] {1 << 30, 1 << 30}, new byte[0]);
        assertTrue(assertThrows(IOException.class, () -> Idx.read(huge)).getMessage().contains("impossible"));
        Path text = Files.writeString(folder.resolve("x"), "hello, world");
        assertTrue(assertThrows(IOException.class, () -> Idx.read(text)).getMessage().contains("not an IDX file"));
    }

    @Test
    void mnistIsReadFromAFolderAndNormalised() throws IOException {
        idx("train-images-idx3-ubyte.gz", new int[] {2, 2, 2}, new byte[] {0, -1, 0, 0, 0, 0, 0, 0});
        idx("train-labels-idx1-ubyte", new int[] {2}, new byte[] {3, 9});
        TensorDataset d = Mnist.train(folder);
        assertEquals(2, d.size());
        assertEquals((1 - 0.1307) / 0.3081, d.get(0).input().get(0, 0, 1).item(), 1e-5);
        assertEquals(9, d.get(1).target().itemLong());
    }

    @Test
    void aDownloadThatFailsSaysHowToDoWithoutIt() {
        IOException e = assertThrows(IOException.class, () -> Downloads.fetch(folder, "a.gz", "00", List.of(URI.create("http://127.0.0.1:1/a.gz"))));
        assertTrue(e.getMessage().contains("put the file") && e.getMessage().contains("drawn digits"), e.getMessage());
    }

    @Test
    void foldsCoverEverySampleOnce() {
        for (List<KFold.Fold> folds : List.of(KFold.of(11, 3, false, 0), KFold.of(11, 3, true, 5),
                KFold.stratified(new int[] {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0}, 3, 1))) {
            int[] all = folds.stream().flatMapToInt(f -> Arrays.stream(f.validation())).sorted().toArray();
            assertArrayEquals(Samplers.identity(11), all);
            folds.forEach(f -> assertEquals(11, f.train().length + f.validation().length));
        }
    }

    @Test
    void stratifiedFoldsKeepTheShares() {
        int[] labels = new int[100];
        Arrays.fill(labels, 0, 20, 1);
        KFold.stratified(labels, 5, 3).forEach(f -> assertEquals(4, Arrays.stream(f.validation()).filter(i -> labels[i] == 1).count()));
    }

    @Test
    void groupsStayTogether() {
        int[] groups = {0, 0, 1, 1, 2, 2, 3, 3, 4, 5};
        KFold.grouped(groups, 3, 1).forEach(f -> {
            for (int i : f.validation()) {
                assertTrue(Arrays.stream(f.train()).noneMatch(j -> groups[i] == groups[j]));
            }
        });
    }
}
