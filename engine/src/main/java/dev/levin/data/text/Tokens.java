package dev.levin.data.text;

import dev.levin.io.MappedArray;
import dev.levin.io.NpyAppender;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;

/** A long sequence of token numbers, in memory or in a mapped file. */
public interface Tokens {
    long size();

    /** Copies consecutive tokens to {@code out}, from {@code at} on. Several threads may read at once. */
    void copy(long from, int count, long[] out, int at);

    static Tokens of(int[] tokens) {
        return new Tokens() {
            @Override
            public long size() {
                return tokens.length;
            }

            @Override
            public void copy(long from, int count, long[] out, int at) {
                for (int i = 0; i < count; i++) {
                    out[at + i] = tokens[(int) from + i];
                }
            }
        };
    }

    /** A {@code .npy} file [T] of integers; it may be larger than memory. */
    static Tokens npy(Path file) throws IOException {
        return mapped(MappedArray.npy(file), false);
    }

    /** A file of bare unsigned 16-bit numbers, little-endian, as nanoGPT writes them. */
    static Tokens uint16(Path file) throws IOException {
        return mapped(MappedArray.raw(file, DType.I16, Shape.scalar()), true);
    }

    private static Tokens mapped(MappedArray array, boolean unsigned) {
        if (array.rowShape().rank() != 0 || !array.dtype().isInt()) {
            throw new IllegalArgumentException(array + " is not a sequence of integers");
        }
        return new Tokens() {
            @Override
            public long size() {
                return array.rows();
            }

            @Override
            public void copy(long from, int count, long[] out, int at) {
                HostArray some = HostArray.allocate(array.dtype(), count);
                array.rows(from, count, some, 0);
                for (int i = 0; i < count; i++) {
                    out[at + i] = unsigned ? some.getLong(i) & 0xffff : some.getLong(i);
                }
            }
        };
    }

    /**
     * Writes a {@code .npy} file of the tokens of many texts without holding them in memory.
     *
     * @return how many there are
     */
    static long write(Path file, Tokenizer tokenizer, Iterator<String> texts) throws IOException {
        DType dtype = tokenizer.vocabulary().size() <= 256 ? DType.U8 : tokenizer.vocabulary().size() <= 1 << 15 ? DType.I16 : DType.I32;
        long n = 0;
        try (NpyAppender out = new NpyAppender(file, dtype, Shape.scalar())) {
            while (texts.hasNext()) {
                int[] tokens = tokenizer.encode(texts.next());
                HostArray some = HostArray.allocate(dtype, tokens.length);
                for (int i = 0; i < tokens.length; i++) {
                    some.setLong(i, tokens[i]);
                }
                out.append(some);
                n += tokens.length;
            }
        }
        return n;
    }
}
