package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

class PickleReaderTest {
    private static final Path FILE = Path.of("test.pkl");

    private static Object read(byte[] pickle, boolean placeholders) throws IOException {
        var budget = new Budget(FILE, pickle.length);
        var globals = new TorchGlobals(FILE, placeholders, (id, dtype) -> id, budget);
        var in = new PickleInput(FILE, new ByteArrayInputStream(pickle), pickle.length);
        return new TorchResolver(budget).resolve(new PickleReader(in, globals).read());
    }

    private static Object read(String latin1) throws IOException {
        return read(latin1.getBytes(StandardCharsets.ISO_8859_1), false);
    }

    /** The same value written by Python 3.13 in each protocol. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void everyProtocolGivesWhatPythonWrote(int protocol) throws IOException {
        var map = (Map<?, ?>) read(pythons(protocol), false);
        BigInteger two70 = BigInteger.TWO.pow(70);
        assertEquals(List.of(0L, 1L, 255L, 256L, 65535L, 65536L, -1L, -(1L << 31), 1L << 31, 1L << 40, Long.MIN_VALUE,
                BigInteger.TWO.pow(63), two70, two70.negate()), map.get("ints"));
        assertEquals(List.of(0.1, -0.0, 1e300, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE),
                map.get("floats"));
        assertEquals(Arrays.asList(true, false, null), map.get("bools"));
        assertEquals(List.of("", "é\n'\"\\", "x".repeat(300), "€😀"), map.get("text"));
        var bytes = (List<?>) map.get("bytes");
        assertArrayEquals(new byte[0], (byte[]) bytes.get(0));
        assertArrayEquals(new byte[] {0, -1, '\n', '\''}, (byte[]) bytes.get(1));
        assertArrayEquals(new byte[] {'a', 'b'}, (byte[]) bytes.get(2));
        assertEquals(List.of(Tuple.of(), Tuple.of(1L), Tuple.of(1L, 2L), Tuple.of(1L, 2L, 3L), Tuple.of(1L, 2L, 3L, 4L)),
                map.get("tuples"));
        assertEquals(Map.of(1L, 2L, "k", Tuple.of(1L, "x")), map.get("dict"));
        assertEquals(Set.of(7L), map.get("set"));
        assertEquals(List.of("b", "a"), List.copyOf(((Map<?, ?>) map.get("odict")).keySet()));
        assertEquals(Map.of("q", List.of(1L)), map.get("dd"));
        assertEquals(Map.of("a", 2L, "b", 1L), map.get("counter"));
        assertSame(map.get("ints"), map.get("again"), "shared lists stay shared");
    }

    private static byte[] pythons(int protocol) throws IOException {
        var json = Fixtures.JSON.readTree(PickleReaderTest.class.getResource("/torch/pickles.json"));
        return Base64.getDecoder().decode(json.get(Integer.toString(protocol)).textValue());
    }

    @Test
    void whatTheWriterWritesIsRead() throws IOException {
        Map<Object, Object> value = new LinkedHashMap<>();
        value.put("n", Arrays.asList(null, true, false, 0L, -1L, 255L, 256L, 1L << 40, BigInteger.TWO.pow(70), 1.5, "é"));
        value.put(3L, Tuple.of(Tuple.of(), Set.of("x"), Map.of("k", List.of())));
        for (int i = 0; i < 300; i++) {
            value.put("key" + i, "key" + i);
        }
        assertEquals(value, read(new PickleWriter().write(value), false));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "cos~system~(S'true'~tR.;os.system", // the classic
        "(S'true'~ios~system~.;os.system", "(cos~system~S'true'~o.;os.system",
        "cbuiltins~eval~(S'1'~tR.;builtins.eval", "c__builtin__~getattr~.;__builtin__.getattr",
        "ctorch.storage~_load_from_bytes~.;_load_from_bytes", "cnumpy~load~.;numpy.load",
        "ccollections~namedtuple~.;namedtuple", "ctorch._utils~_rebuild_qtensor~.;_rebuild_qtensor"})
    void anyOtherNameIsRefusedByName(String pickle, String name) {
        var e = assertThrows(FormatException.class, () -> read(pickle.replace('~', '\n')));
        assertTrue(e.reason().contains(name) && e.reason().contains("nothing was run"), e.getMessage());
    }

    @Test
    void aPlaceholderKeepsTheNameAndRunsNothing() throws IOException {
        var o = (Opaque) read("cos\nsystem\n(S'true'\ntR(S'a'\nI1\nu."
                .getBytes(StandardCharsets.ISO_8859_1), true);
        assertEquals("os.system", o.name());
        assertEquals(List.of("true"), o.arguments());
        assertEquals(Map.of("a", 1L), o.entries());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {".;the stack is empty", "I1~;truncated", "K;truncated", "t.;no mark", "g5~.;never stored",
        "Zx.;unknown opcode", "(I1~d.;without a value", "I1~I2~a.;not a list", "}]I1~s.;neither a string", "I1x~.;not a number",
        "F1e~.;not a number", "S'a~.;quotes", "V\\u12~.;not a character", "I1~I2~R.;arguments of a call",
        "I1~)R.;not a function", "cbuiltins~list~I1~b.;state"})
    void aMalformedPickleIsRefusedWithTheReason(String pickle, String reason) {
        var e = assertThrows(FormatException.class, () -> read(pickle.replace('~', '\n')));
        assertTrue(e.reason().contains(reason), e.getMessage());
    }

    @Test
    void lengthsBeyondTheEndAreNotBelieved() {
        // BINBYTES8 of 2^40 bytes, BINUNICODE of 2 GB, LONG4 of 2 GB
        for (String pickle : List.of("\u008e\0\0\0\0\0\1\0\0.", "X\u00ff\u00ff\u00ff\u007f.", "\u008b\u00ff\u00ff\u00ff\u007f.")) {
            assertThrows(FormatException.class, () -> read(pickle));
        }
    }

    @Test
    void nestedSharingCostsNothing() throws IOException {
        // t = (); t = (t, t) repeated 60 times: 2^60 leaves, if anyone followed them
        Object t = read(")" + "2\u0086".repeat(60) + ".");
        assertEquals(2, ((Tuple) t).size());
        // The same as a dictionary key would be hashed leaf by leaf.
        assertThrows(FormatException.class, () -> read("})" + "2\u0086".repeat(60) + "I1\ns."));
    }

    @Test
    void aListThatContainsItselfIsRead() throws IOException {
        var list = (List<?>) read("]q\0h\0a.");
        assertSame(list, list.getFirst());
    }

    @Test
    void copiesAreChargedToTheFile() {
        // A list of 2,000 elements, copied 20,000 times through builtins.list(...).
        String copies = "h\0h\1\u0085R".repeat(20_000);
        assertThrows(FormatException.class,
                () -> read("cbuiltins\nlist\nq\0" + "](" + "N".repeat(2000) + "eq\1(" + copies + "l."));
    }

    @Test
    void aFrameIsWithinTheFile() throws IOException {
        assertEquals(7L, read("\u0080\4\u0095\3\0\0\0\0\0\0\0K\7."));
        for (String length : List.of("\4\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\u0080", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f")) {
            var e = assertThrows(FormatException.class, () -> read("\u0080\4\u0095" + length + "K\7."));
            assertTrue(e.reason().contains("a frame claims"), e.getMessage());
        }
    }

    @Test
    void bytesDoNotBecomeAHundredTimesAsManyObjects() throws IOException {
        for (String op : List.of("}", "]", "\u008f", "(")) {
            var e = assertThrows(FormatException.class, () -> read(")q\0" + op.repeat(300_000) + "."));
            assertTrue(e.reason().contains("more than"), e.getMessage());
        }
        // A list of as many lists as a pickle can have, each remembered as writers do.
        assertEquals(50_000, ((List<?>) read("](" + "]\u0094".repeat(50_000) + "e.")).size());
    }

    @Test
    void memosMayHaveAnyNumber() throws IOException {
        assertEquals(new Tuple(List.of(1L, 2L)), read("K\1q\5" + "0" + "K\2r\u00ff\0\0\0" + "0" + "h\5j\u00ff\0\0\0\u0086."));
        assertEquals(2L, read("K\1q\0" + "0" + "K\2q\0" + "0" + "h\0."));
    }

    @Property(tries = 3000)
    void mutatedPicklesAreReadOrRefused(@ForAll long seed) throws IOException {
        var random = new java.util.Random(seed);
        byte[] pickle = pythons(random.nextInt(6));
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            pickle[random.nextInt(pickle.length)] = (byte) random.nextInt(256);
        }
        try {
            read(pickle, random.nextBoolean());
        } catch (FormatException refused) {
            assertTrue(refused.reason().length() > 10);
        }
    }
}
