package dev.levin.data.text;

import java.util.List;

/** One token a character (Unicode code point), numbered in the order of their code points. */
public final class CharTokenizer implements Tokenizer {
    private final Vocabulary vocabulary;
    private final int[] numbers;
    private final int unknown;

    /** @throws IllegalArgumentException if a token of the vocabulary is neither one character nor the unknown token */
    public CharTokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        unknown = vocabulary.unknown() == null ? -1 : vocabulary.number(vocabulary.unknown());
        int highest = 0;
        for (String t : vocabulary.tokens()) {
            if (t.codePointCount(0, t.length()) == 1) {
                highest = Math.max(highest, t.codePointAt(0));
            } else if (!t.startsWith("<")) {
                throw new IllegalArgumentException("'" + t + "' is not one character");
            }
        }
        numbers = new int[highest + 1];
        java.util.Arrays.fill(numbers, -1);
        for (int i = 0; i < vocabulary.size(); i++) {
            String t = vocabulary.token(i);
            if (t.codePointCount(0, t.length()) == 1) {
                numbers[t.codePointAt(0)] = i;
            }
        }
    }

    /** The characters of a text. */
    public static CharTokenizer of(String text) {
        return new CharTokenizer(new Vocabulary(text.codePoints().distinct().sorted().mapToObj(Character::toString).toList(), null));
    }

    /** The characters of a text after special tokens, such as {@link Vocabulary#UNKNOWN}. */
    public static CharTokenizer of(String text, List<String> special) {
        List<String> all = new java.util.ArrayList<>(special);
        text.codePoints().distinct().sorted().mapToObj(Character::toString).forEach(all::add);
        return new CharTokenizer(new Vocabulary(all, special.contains(Vocabulary.UNKNOWN) ? Vocabulary.UNKNOWN : null));
    }

    /** @throws IllegalArgumentException naming a character that is not in the vocabulary, if that has no unknown token */
    @Override
    public int[] encode(String text) {
        return text.codePoints().map(c -> {
            int n = c < numbers.length ? numbers[c] : -1;
            return n >= 0 ? n : unknown >= 0 ? unknown : vocabulary.number(Character.toString(c));
        }).toArray();
    }

    @Override
    public String decode(int... tokens) {
        StringBuilder text = new StringBuilder();
        for (int t : tokens) {
            text.append(vocabulary.token(t));
        }
        return text.toString();
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }
}
