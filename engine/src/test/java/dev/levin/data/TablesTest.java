package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TablesTest {
    private static CsvTable csv(String text) throws IOException {
        return CsvTable.read(new StringReader(text), "table");
    }

    @Test
    void quotedCellsMayHoldCommasQuotesAndLines() throws IOException {
        CsvTable t = csv("a,b\r\n\"x, \"\"y\"\"\",1\n\"two\nlines\",?\n");
        assertEquals(List.of("x, \"y\"", "two\nlines"), t.column("a"));
        assertTrue(Double.isNaN(t.numbers("b")[1]));
        assertEquals(1, t.dropMissing().size());
    }

    @Test
    void mistakesNameLineAndColumn() throws IOException {
        assertTrue(assertThrows(IOException.class, () -> csv("a,b\n1,2\n3\n")).getMessage().contains("line 3"));
        CsvTable t = csv("a,b\n1,x\n");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> t.numbers("b")).getMessage().contains("'x' is not a number"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> t.column("c")).getMessage().contains("[a, b]"));
    }

    @Test
    void featuresLearnFromTheTrainingTableOnly() throws IOException {
        CsvTable train = csv("w,year,origin\n1,70,us\n3,75,eu\n");
        CsvTable test = csv("w,year,origin\n5,80,jp\n,75,us\n");
        FeatureColumns f = new FeatureColumns().numeric("w").bucketized("year", 73, 78).oneHot("origin").embedding("origin").fit(train);
        assertEquals(6, f.width());
        assertArrayEquals(new float[] {-1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0}, f.transform(train).toFloats());
        assertArrayEquals(new float[] {3, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1}, f.transform(test).toFloats());
        assertArrayEquals(new long[] {0, 2}, f.indices("origin", test).toLongs());
        assertEquals(3, f.embeddings("origin"));
        assertEquals(List.of("w", "year<73.0", "year>=73.0", "year>=78.0", "origin=eu", "origin=us"), f.names());
    }

    @Test
    void otherSeparatorsAndTablesWithoutAHeader(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("t.tsv"), "1\t\"a\tb\"\n2\tc,d\n");
        CsvTable t = CsvTable.read(file, '\t', List.of("n", "s"));
        assertArrayEquals(new double[] {1, 2}, t.numbers("n"));
        assertEquals(List.of("a\tb", "c,d"), t.column("s"));
        assertTrue(assertThrows(IOException.class, () -> CsvTable.read(file, '\t', List.of("n"))).getMessage().contains("line 1"));
    }

    @Test
    void missingValuesAreSeenAndFilled() throws IOException {
        CsvTable train = csv("x,c\n2,a\n,b\n6,?\n");
        FeatureColumns f = new FeatureColumns().numeric("x").minMax("x").unscaled("x").missing("x").oneHot("c").embedding("c").fit(train);
        // Mean 4, deviation 2, span 2 to 6; the missing x is the mean, the missing c no category.
        assertArrayEquals(new float[] {-1, 0, 2, 0, 1, 0, 0, 0.5f, 4, 1, 0, 1, 1, 1, 6, 0, 0, 0}, f.transform(train).toFloats(), 1e-6f);
        assertArrayEquals(new long[] {1, 2, 0}, f.indices("c", train).toLongs());
        assertEquals(List.of("x", "x", "x", "x is missing", "c=a", "c=b"), f.names());
    }

    @Test
    void categoriesMayBeGivenOrHashed() throws IOException {
        CsvTable t = csv("c\nmid\nlow\nother\n");
        FeatureColumns f = new FeatureColumns().oneHot("c", "low", "mid", "high").hashed("c", 10).embedding("c", "mid", "low").fit(t);
        assertEquals(13, f.width());
        float[] x = f.transform(t).toFloats();
        assertArrayEquals(new float[] {0, 1, 0}, java.util.Arrays.copyOfRange(x, 0, 3));
        assertArrayEquals(new float[] {1, 0, 0}, java.util.Arrays.copyOfRange(x, 13, 16));
        assertArrayEquals(new float[] {0, 0, 0}, java.util.Arrays.copyOfRange(x, 26, 29));
        // FNV-1a by its definition, in 64 bits.
        for (String cell : List.of("mid", "low", "other")) {
            long h = 0x811c9dc5L;
            for (char c : cell.toCharArray()) {
                h = ((h ^ c) * 0x01000193L) & 0xffffffffL;
            }
            assertEquals(h % 10, FeatureColumn.Hashed.bucket(cell, 10), cell);
        }
        assertArrayEquals(new long[] {1, 2, 0}, f.indices(t).toLongs());
        assertEquals("[3, 1]", f.indices(t).shape().toString());
        assertEquals(3, f.embeddings("c"));
    }

    @Test
    void whatWasLearnedIsSaved(@TempDir Path folder) throws IOException {
        CsvTable train = csv("w,year,origin\n1,70,us\n3,75,eu\n");
        CsvTable test = csv("w,year,origin\n5,80,jp\n,75,us\n");
        FeatureColumns f = columns().fit(train);
        Path file = folder.resolve("columns.json");
        f.save(file);
        FeatureColumns g = columns().load(file);
        assertArrayEquals(f.transform(test).toFloats(), g.transform(test).toFloats());
        assertArrayEquals(f.indices("origin", test).toLongs(), g.indices("origin", test).toLongs());
        String message = assertThrows(IllegalArgumentException.class, () -> new FeatureColumns().numeric("w").load(file)).getMessage();
        assertTrue(message.contains("Bucketized year") && message.contains("same order"), message);
        Files.writeString(file, "{}");
        assertThrows(IOException.class, () -> columns().load(file));
        assertThrows(IllegalStateException.class, () -> columns().transform(test));
    }

    private static FeatureColumns columns() {
        return new FeatureColumns().numeric("w").bucketized("year", 73, 78).oneHot("origin").embedding("origin");
    }
}
