package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A text file as numbers, one a character, and windows of it as samples. */
final class CharText {
    private final char[] alphabet;
    private final int[] tokens;

    private CharText(char[] alphabet, int[] tokens) {
        this.alphabet = alphabet;
        this.tokens = tokens;
    }

    static CharText read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        char[] alphabet = new char[(int) text.chars().distinct().count()];
        int[] distinct = text.chars().distinct().sorted().toArray();
        for (int i = 0; i < alphabet.length; i++) {
            alphabet[i] = (char) distinct[i];
        }
        return new CharText(alphabet, text.chars().map(c -> Arrays.binarySearch(alphabet, (char) c)).toArray());
    }

    /** Number of different characters. */
    int vocabulary() {
        return alphabet.length;
    }

    char character(int token) {
        return alphabet[token];
    }

    /**
     * Windows of the part between two shares of the text. Input: [T] characters; target: the [T] that follow each.
     *
     * @param from share of the text, 0 to 1
     */
    Dataset<Batch> windows(double from, double to, int length) {
        int start = (int) (tokens.length * from);
        int count = ((int) (tokens.length * to) - start - 1) / length;
        if (count < 1) {
            throw new IllegalArgumentException("the text has " + tokens.length + " characters, which is too short for windows of " + length);
        }
        return new Dataset<>() {
            @Override
            public int size() {
                return count;
            }

            @Override
            public Batch get(int index) {
                return new Batch(tensor(new int[] {index}, 0).squeeze(0), tensor(new int[] {index}, 1).squeeze(0));
            }

            @Override
            public Batch batch(int[] indices) {
                return new Batch(tensor(indices, 0), tensor(indices, 1));
            }

            private Tensor tensor(int[] indices, int shift) {
                long[] values = new long[indices.length * length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = tokens[start + indices[i / length] * length + i % length + shift];
                }
                return Tensor.of(HostArray.wrap(DType.I64, values), Shape.of(indices.length, length));
            }
        };
    }
}
