package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.data.text.CharTokenizer;
import dev.levin.data.text.TokenWindows;
import dev.levin.data.text.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A text file as numbers, one a character, and windows of it as samples. */
final class CharText {
    private final CharTokenizer tokenizer;
    private final int[] tokens;

    private CharText(String text) {
        tokenizer = CharTokenizer.of(text);
        tokens = tokenizer.encode(text);
    }

    static CharText read(Path file) {
        try {
            return new CharText(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Number of different characters. */
    int vocabulary() {
        return tokenizer.vocabulary().size();
    }

    String character(int token) {
        return tokenizer.decode(token);
    }

    /**
     * Windows of the part between two shares of the text. Input: [T] characters; target: the [T] that follow each.
     *
     * @param from share of the text, 0 to 1
     */
    Dataset<Batch> windows(double from, double to, int length) {
        return new TokenWindows(Tokens.of(tokens), length).between(from, to);
    }
}
