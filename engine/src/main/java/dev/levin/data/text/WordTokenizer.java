package dev.levin.data.text;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** One token a word: what stands between white space. */
public final class WordTokenizer implements Tokenizer {
    private final Vocabulary vocabulary;

    public WordTokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The words of some texts that occur at least {@code minCount} times; 0 is {@link Vocabulary#PAD}, 1 {@link Vocabulary#UNKNOWN}. */
    public static WordTokenizer of(Iterable<String> texts, int minCount, int maxSize) {
        List<String> words = new ArrayList<>();
        for (String t : texts) {
            words.addAll(split(t));
        }
        return new WordTokenizer(Vocabulary.of(words, minCount, maxSize, List.of(Vocabulary.PAD, Vocabulary.UNKNOWN)));
    }

    /** The words of a text. */
    public static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        int i = 0;
        int n = text.length();
        while (i < n) {
            while (i < n && Character.isWhitespace(text.charAt(i))) {
                i++;
            }
            int from = i;
            while (i < n && !Character.isWhitespace(text.charAt(i))) {
                i++;
            }
            if (i > from) {
                words.add(text.substring(from, i));
            }
        }
        return words;
    }

    @Override
    public int[] encode(String text) {
        return split(text).stream().mapToInt(vocabulary::number).toArray();
    }

    /** Joined by single spaces. */
    @Override
    public String decode(int... tokens) {
        StringJoiner words = new StringJoiner(" ");
        for (int t : tokens) {
            words.add(vocabulary.token(t));
        }
        return words.toString();
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }
}
