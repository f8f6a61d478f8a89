package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

class NpyTest {
    @TempDir
    Path dir;

    private static final ArrayData A = Fixtures.array(Fixtures.json("npy.json").get("a"));

    @ParameterizedTest
    @ValueSource(strings = {"c_order.npy", "big_endian.npy"})
    void everyByteOrderReadsAsNumPyWroteIt(String name) throws IOException {
        assertEquals(A, Npy.read(Fixtures.file(name)));
    }

    @Test
    void fortranOrderReadsRowMajor() throws IOException {
        // Written from a.astype(float64), in column-major order.
        ArrayData f = Npy.read(Fixtures.file("fortran.npy"));
        assertEquals(DType.F64, f.dtype());
        assertEquals(A.shape(), f.shape());
        for (int i = 0; i < 12; i++) {
            assertEquals(A.data().getDouble(i), (float) f.data().getDouble(i));
        }
    }

    @Test
    void archivesReadAsNumPyWroteThem() throws IOException {
        assertEquals(Map.of("a", A, "b", ints(DType.I64, new int[] {5}, 0, 1, 2, 3, 4),
                "c", new ArrayData(Shape.scalar(), HostArray.wrap(DType.F64, new double[] {2.5})),
                "d", ints(DType.BOOL, new int[] {2}, 1, 0)), Npz.read(Fixtures.file("plain.npz")));
        assertEquals(Map.of("a", A, "i8", ints(DType.I8, new int[] {6}, -3, -2, -1, 0, 1, 2)),
                Npz.read(Fixtures.file("deflated.npz")));
    }

    private static ArrayData ints(DType dtype, int[] dims, long... values) {
        HostArray data = HostArray.allocate(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            data.setLong(i, values[i]);
        }
        return new ArrayData(Shape.of(dims), data);
    }

    @Test
    void headersOfAllThreeVersionsRead() throws IOException {
        ArrayData want = ints(DType.U8, new int[] {1, 2}, 7, 9);
        for (int version = 1; version <= 3; version++) {
            assertEquals(want, Npy.read(write(version, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }\n",
                    7, 9)), "version " + version);
        }
        assertEquals(want, Npy.read(write(1, "{\"shape\":(1L,2L),\"fortran_order\":False,'descr':'u1'}", 7, 9)));
    }

    private Path write(int version, String header, int... data) throws IOException {
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        out.write(text.length & 0xff);
        out.write(text.length >> 8);
        if (version > 1) {
            out.write(0);
            out.write(0);
        }
        out.writeBytes(text);
        Arrays.stream(data).forEach(out::write);
        Path file = dir.resolve("a.npy");
        return Files.write(file, out.toByteArray());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{'descr': '=O', 'fortran_order': False, 'shape': (1,)}|never read",
        "{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}|unsupported type '<U4'",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}|unsupported type '<c8'",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}|unsupported kind",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}|not a number",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000, 100000000000)}|64 bits",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}|needs 8 bytes, 4 follow",
        "{'descr': '<f4', 'fortran_order': False}|needs a header",
        "{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (1,)}|unsupported kind",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} or 1|goes on",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}|twice"})
    void aBrokenHeaderIsRefusedWithTheReason(String header, String reason) throws IOException {
        Path file = write(1, header, 0, 0, 0, 0);
        var e = assertThrows(FormatException.class, () -> Npy.read(file));
        assertTrue(e.reason().contains(reason), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"object.npy,never read", "truncated.npy,truncated"})
    void aBrokenFileIsRefusedWithTheReason(String name, String reason) {
        var e = assertThrows(FormatException.class, () -> Npy.read(Fixtures.file("must_fail/" + name)));
        assertTrue(e.reason().contains(reason), e.getMessage());
    }

    @Test
    void bf16IsNotWritten() {
        var e = assertThrows(IllegalArgumentException.class,
                () -> Npy.write(ints(DType.BF16, new int[] {1}, 1), dir.resolve("a.npy")));
        assertTrue(e.getMessage().contains("float32"), e.getMessage());
    }

    @Test
    void bytesOnDiskAreThoseOfNumPy() throws IOException {
        Npy.write(A, dir.resolve("a.npy"));
        assertEquals(-1, Files.mismatch(Fixtures.file("c_order.npy"), dir.resolve("a.npy")));
    }

    @Test
    void anEntryThatClaimsTooMuchIsRefused() throws IOException {
        // A deflated entry of a few bytes whose directory says 2 GB.
        Path file = dir.resolve("bomb.npz");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("a.npy"));
            zip.write(new byte[300]);
            zip.closeEntry();
        }
        byte[] b = Files.readAllBytes(file);
        for (int i = 0; i < b.length - 28; i++) {
            if (b[i] == 'P' && b[i + 1] == 'K' && b[i + 2] == 1 && b[i + 3] == 2) {
                b[i + 24] = 0;
                b[i + 25] = 0;
                b[i + 26] = 0;
                b[i + 27] = 0x70;
            }
        }
        Files.write(file, b);
        var e = assertThrows(FormatException.class, () -> Npz.read(file));
        assertTrue(e.reason().contains("claims to become"), e.getMessage());
    }

    @Test
    void aDamagedEntryIsFound() throws IOException {
        byte[] b = Files.readAllBytes(Fixtures.file("plain.npz"));
        int data = new String(b, StandardCharsets.ISO_8859_1).indexOf("\n") + 1;
        b[data] ^= 1;
        Path file = Files.write(dir.resolve("a.npz"), b);
        var e = assertThrows(FormatException.class, () -> Npz.read(file));
        assertTrue(e.reason().contains("CRC-32"), e.getMessage());
    }

    @Property(tries = 150)
    void whateverIsWrittenIsRead(@ForAll @Size(max = 4) List<DType> types,
            @ForAll @Size(max = 3) List<@IntRange(max = 4) Integer> dims, @ForAll long seed, @ForAll boolean compressed)
            throws IOException {
        var random = new Random(seed);
        Map<String, ArrayData> arrays = new LinkedHashMap<>();
        for (DType t : types) {
            if (t != DType.BF16) {
                arrays.put("arr/" + arrays.size(),
                        Fixtures.random(t, random, dims.stream().mapToInt(Integer::intValue).toArray()));
            }
        }
        Path file = Files.createTempFile("levin", ".npz");
        try {
            if (compressed) {
                Npz.writeCompressed(arrays, file);
            } else {
                Npz.write(arrays, file);
            }
            assertEquals(arrays, Npz.read(file));
            for (ArrayData a : arrays.values()) {
                Npy.write(a, file);
                assertEquals(a, Npy.read(file));
            }
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 1000)
    void mutatedFilesAreReadOrRefusedCheaply(@ForAll long seed) throws IOException {
        Path file = Files.createTempFile("levin", ".npz");
        try {
            Mutations.check(Fixtures.bytes(Fixtures.file("plain.npz")), seed, file, Npz::read);
            Mutations.check(Fixtures.bytes(Fixtures.file("deflated.npz")), seed, file, Npz::read);
            Mutations.check(Fixtures.bytes(Fixtures.file("fortran.npy")), seed, file, Npy::read);
        } finally {
            Files.delete(file);
        }
    }
}
