package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
