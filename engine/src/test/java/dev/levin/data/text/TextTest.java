package dev.levin.data.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.data.Collate;
import dev.levin.data.DataLoader;
import dev.levin.data.StreamLoader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
    @TempDir
    Path folder;

    @Test
    void charactersAreNumberedByCodePoint() {
        CharTokenizer t = CharTokenizer.of("hello\n\uD83D\uDE00");
        assertEquals(List.of("\n", "e", "h", "l", "o", "\uD83D\uDE00"), t.vocabulary().tokens());
        assertArrayEquals(new int[] {2, 1, 3, 3, 4, 5}, t.encode("hello\uD83D\uDE00"));
        assertEquals("ole\n", t.decode(4, 3, 1, 0));
        String message = assertThrows(IllegalArgumentException.class, () -> t.encode("help")).getMessage();
        assertTrue(message.contains("'p'") && message.contains("<unk>"), message);
        CharTokenizer knows = CharTokenizer.of("ab", List.of(Vocabulary.UNKNOWN));
        assertArrayEquals(new int[] {1, 2, 0}, knows.encode("ab?"));
    }

    @Test
    void wordsAreCountedAndRareOnesUnknown() {
        WordTokenizer t = WordTokenizer.of(List.of("the cat  saw\tthe dog", "the dog ran\n", "a cat"), 2, 100);
        // the 3; cat, dog 2; others once.
        assertEquals(List.of("<pad>", "<unk>", "the", "cat", "dog"), t.vocabulary().tokens());
        assertArrayEquals(new int[] {2, 4, 1, 3}, t.encode(" the dog bit  cat "));
        assertEquals("the dog <unk> cat", t.decode(2, 4, 1, 3));
        assertEquals(4, WordTokenizer.of(List.of("a b c d"), 1, 4).vocabulary().size());
        assertArrayEquals(new long[] {2, 4}, t.tensor("the dog").toLongs());
    }

    @Test
    void vocabulariesAreSavedAndLoaded() throws Exception {
        Path file = folder.resolve("v.json");
        Vocabulary v = new Vocabulary(List.of("<unk>", "\n", "\"", "\u00e9", " "), "<unk>");
        v.save(file);
        assertEquals(v, Vocabulary.load(file));
        assertEquals(0, Vocabulary.load(file).number("z"));
        Files.writeString(file, "{\"tokens\": [\"a\", \"a\"]}");
        assertTrue(assertThrows(IOException.class, () -> Vocabulary.load(file)).getMessage().contains("twice"));
        Files.writeString(file, "[1");
        assertThrows(IOException.class, () -> Vocabulary.load(file));
        assertThrows(IllegalArgumentException.class, () -> new Vocabulary(List.of("a"), "<unk>"));
    }

    @Test
    void windowsPredictTheNextToken() {
        TokenWindows w = new TokenWindows(Tokens.of(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), 3);
        assertEquals(3, w.size());
        assertArrayEquals(new long[] {3, 4, 5}, w.get(1).input().toLongs());
        assertArrayEquals(new long[] {4, 5, 6}, w.get(1).target().toLongs());
        Batch b = new DataLoader<>(w, 3).iterator().next();
        assertEquals("[3, 3]", b.input().shape().toString());
        assertArrayEquals(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, b.target().toLongs());
        // Every beginning from 0 to 6.
        assertEquals(7, new TokenWindows(Tokens.of(new int[10]), 3, 1).size());
        assertArrayEquals(new long[] {6, 7, 8}, w.between(0.5, 1).get(0).target().toLongs());
        assertEquals(1, w.between(0.5, 1).size());
        assertThrows(IllegalArgumentException.class, () -> new TokenWindows(Tokens.of(new int[3]), 3));
        assertThrows(IllegalArgumentException.class, () -> w.between(0.5, 0.5));
    }

    @Test
    void tokensMayStayInAFile() throws Exception {
        Path text = Files.writeString(folder.resolve("t.txt"), "abcab\ncabba\nbca");
        CharTokenizer t = CharTokenizer.of("abc");
        Path file = folder.resolve("t.npy");
        assertEquals(13, Tokens.write(file, t, TextLines.readAll(text).iterator()));
        TokenWindows w = new TokenWindows(Tokens.npy(file), 4);
        assertArrayEquals(t.encode("abca"), ints(w.get(0).input().toLongs()));
        assertArrayEquals(t.encode("babc"), ints(w.get(2).input().toLongs()));
        assertArrayEquals(t.encode("abca"), ints(w.get(2).target().toLongs()));
        Files.write(file, new byte[] {1, 0, (byte) 0xff, (byte) 0xff, 2, 1, 3, 0});
        assertArrayEquals(new long[] {65535, 258, 3}, new TokenWindows(Tokens.uint16(file), 3).get(0).target().toLongs());
    }

    private static int[] ints(long[] l) {
        return java.util.Arrays.stream(l).mapToInt(v -> (int) v).toArray();
    }

    private List<Path> files() throws IOException {
        Path a = Files.writeString(folder.resolve("a.txt"), "one\r\ntwo\n\nfour\u00e9\n");
        Path empty = Files.writeString(folder.resolve("e.txt"), "");
        Path z = folder.resolve("z.txt.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(z))) {
            out.write("five\nsix\nseven".getBytes(StandardCharsets.UTF_8));
        }
        return List.of(a, empty, z);
    }

    private static List<String> rest(Iterator<List<String>> it) {
        List<String> all = new ArrayList<>();
        it.forEachRemaining(all::addAll);
        return all;
    }

    private static StreamLoader<List<String>> loader(TextLines lines, int batch) {
        return StreamLoader.of(lines, batch, Collate.list());
    }

    private static final List<String> LINES = List.of("one", "two", "", "four\u00e9", "five", "six", "seven");

    @Test
    void linesAreStreamedFromSeveralFiles() throws Exception {
        assertEquals(LINES, rest(loader(TextLines.of(files()), 2).iterator()));
        assertEquals(LINES.stream().sorted().toList(), rest(loader(TextLines.of(files()), 2).workers(3).iterator()).stream().sorted().toList());
        String message = assertThrows(IOException.class, () -> TextLines.of(folder.resolve("none"))).getMessage();
        assertTrue(message.contains("none"), message);
    }

    @ParameterizedTest
    @CsvSource({"1,0,0", "1,0,2", "2,2,0", "3,1,3"})
    void everyPositionGoesOnAtItsOffset(int parts, int before, int after) throws Exception {
        TextLines lines = TextLines.of(files());
        List<List<String>> whole = new ArrayList<>();
        loader(lines, 1).parts(parts).iterator().forEachRemaining(whole::add);
        for (int at = 0; at <= whole.size(); at++) {
            StreamLoader<List<String>> a = loader(lines, 1).parts(parts).workers(before);
            Iterator<List<String>> it = a.iterator();
            for (int i = 0; i < at; i++) {
                assertEquals(whole.get(i), it.next());
            }
            if (at % 2 == 0) {
                it.hasNext();
            }
            StreamLoader<List<String>> b = loader(lines, 1).workers(after);
            b.loadStateDict(a.stateDict());
            if (at < whole.size()) {
                List<List<String>> rest = new ArrayList<>();
                b.iterator().forEachRemaining(rest::add);
                assertEquals(whole.subList(at, whole.size()), rest, "after " + at);
            }
        }
    }
}
