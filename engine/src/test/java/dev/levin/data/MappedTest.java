package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.ArrayData;
import dev.levin.io.FormatException;
import dev.levin.io.MappedArray;
import dev.levin.io.Npy;
import dev.levin.io.NpyAppender;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedTest {
    @TempDir
    Path folder;

    /** What numpy.save writes for numpy.arange(6, dtype='>i2').reshape(3, 2). */
    private static final String BIG_ENDIAN = "934e554d5059010076007b276465736372273a20273e6932272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a"
            + "2028332c2032292c207d" + "20".repeat(60) + "0a" + "000000010002000300040005";

    @Test
    void bothByteOrdersAreMapped() throws Exception {
        Path file = folder.resolve("a.npy");
        byte[] bytes = HexFormat.of().parseHex(BIG_ENDIAN);
        bytes[8] = (byte) (bytes.length - 12 - 10);
        Files.write(file, bytes);
        MappedArray a = MappedArray.npy(file);
        assertEquals(3, a.rows());
        assertEquals(DType.I16, a.dtype());
        HostArray row = HostArray.allocate(DType.I16, 2);
        a.row(2, row, 0);
        assertArrayEquals(new short[] {4, 5}, (short[]) row.array());
        assertThrows(IndexOutOfBoundsException.class, () -> a.row(3, row, 0));
        assertThrows(IllegalArgumentException.class, () -> a.row(0, HostArray.allocate(DType.I32, 2), 0));
    }

    @Test
    void rowsComeOutAsTheyWentIn() throws Exception {
        Path x = folder.resolve("x.npy");
        Path y = folder.resolve("y.npy");
        try (NpyAppender out = new NpyAppender(x, DType.F32, Shape.of(2, 3))) {
            for (int i = 0; i < 50; i++) {
                float[] row = new float[12];
                for (int j = 0; j < 12; j++) {
                    row[j] = i * 12 + j;
                }
                out.append(HostArray.wrap(DType.F32, row));
            }
            assertThrows(IllegalArgumentException.class, () -> out.append(HostArray.allocate(DType.F32, 5)));
        }
        long[] labels = new long[100];
        Arrays.setAll(labels, i -> i);
        Npy.write(new ArrayData(Shape.of(100), HostArray.wrap(DType.I64, labels)), y);
        // The appended file is an ordinary one.
        assertEquals("[100, 2, 3]", Npy.read(x).shape().toString());
        MappedDataset data = MappedDataset.npy(x, y);
        assertEquals(100, data.size());
        Batch sample = data.get(41);
        assertEquals("[2, 3]", sample.input().shape().toString());
        assertArrayEquals(new float[] {246, 247, 248, 249, 250, 251}, sample.input().toFloats());
        assertEquals(41, sample.target().itemLong());
        for (Batch b : new DataLoader<>(data, 16).shuffle(1).workers(2)) {
            float[] in = b.input().toFloats();
            long[] target = b.target().toLongs();
            for (int i = 0; i < target.length; i++) {
                assertEquals(target[i] * 6, in[i * 6]);
            }
        }
    }

    /** Three gigabytes, of which the file system stores next to nothing. */
    @Test
    void filesLargerThanAnArrayAreMapped() throws Exception {
        Path file = folder.resolve("huge.bin");
        long rows = 750_000_000L;
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(rows * 4);
            f.seek((rows - 2) * 4);
            f.write(new byte[] {1, 0, 0, 0, 2, 1, 0, 0});
        }
        MappedArray a = MappedArray.raw(file, DType.I32, Shape.scalar());
        assertEquals(rows, a.rows());
        HostArray last = HostArray.allocate(DType.I32, 3);
        a.rows(rows - 3, 3, last, 0);
        assertArrayEquals(new int[] {0, 1, 258}, (int[]) last.array());
    }

    @Test
    void brokenFilesAreRefused() throws Exception {
        Path file = folder.resolve("x.npy");
        try (NpyAppender out = new NpyAppender(file, DType.F32, Shape.of(4))) {
            out.append(HostArray.allocate(DType.F32, 40));
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertTrue(assertThrows(FormatException.class, () -> MappedArray.npy(file)).getMessage().contains("truncated"));
        Files.writeString(file, "hello, this is no array");
        assertThrows(FormatException.class, () -> MappedArray.npy(file));
        assertThrows(FormatException.class, () -> MappedArray.raw(file, DType.I32, Shape.of(7)));
    }

    // ---- records ------------------------------------------------------------------------------------------------------

    private Path records(int n) throws Exception {
        Path file = folder.resolve("r.rec");
        try (RecordFile.Writer out = new RecordFile.Writer(file)) {
            for (int i = 0; i < n; i++) {
                out.append("x".repeat(i % 5).concat(Integer.toString(i)).getBytes(StandardCharsets.UTF_8));
            }
        }
        return file;
    }

    @Test
    void recordsAreFoundByNumber() throws Exception {
        RecordFile f = RecordFile.open(records(1000));
        assertEquals(1000, f.size());
        assertEquals("0", new String(f.get(0), StandardCharsets.UTF_8));
        assertEquals("xxxx999", new String(f.get(999), StandardCharsets.UTF_8));
        assertEquals("xx572", f.map(b -> new String(b, StandardCharsets.UTF_8)).get(572));
        assertThrows(IndexOutOfBoundsException.class, () -> f.get(1000));
        assertEquals(0, RecordFile.open(records(0)).size());
    }

    @Test
    void damagedRecordsAreNoticed() throws Exception {
        Path file = records(20);
        byte[] bytes = Files.readAllBytes(file);
        bytes[9] ^= 1;
        Files.write(file, bytes);
        RecordFile f = RecordFile.open(file);
        SampleException e = assertThrows(SampleException.class, () -> DataLoader.of(f, 1, Collate.list()).forEach(b -> { }));
        assertTrue(e.getMessage().contains("record " + e.index() + " is damaged"), e.getMessage());
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
        assertTrue(assertThrows(FormatException.class, () -> RecordFile.open(file)).getMessage().contains("truncated"));
        Files.writeString(file, "something else entirely, not records");
        assertTrue(assertThrows(FormatException.class, () -> RecordFile.open(file)).getMessage().contains("LEVNREC1"));
    }
}
