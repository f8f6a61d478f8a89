package dev.levin.data.text;

import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/**
 * Windows of a token sequence, for learning to predict the next token. Input: I64 [length] tokens; target: I64 [length], the
 * token that follows each.
 *
 * {@snippet :
 * var tokenizer = CharTokenizer.of(text);
 * var all = new TokenWindows(Tokens.of(tokenizer.encode(text)), 64);
 * var train = all.between(0, 0.9);
 * }
 */
public final class TokenWindows implements Dataset<Batch> {
    private final Tokens tokens;
    private final int length;
    private final int stride;
    private final long from;
    private final int count;

    /** Windows without overlap. */
    public TokenWindows(Tokens tokens, int length) {
        this(tokens, length, length);
    }

    /** @param stride distance between the beginnings of windows */
    public TokenWindows(Tokens tokens, int length, int stride) {
        this(tokens, length, stride, 0, tokens.size());
    }

    private TokenWindows(Tokens tokens, int length, int stride, long from, long to) {
        if (length < 1 || stride < 1) {
            throw new IllegalArgumentException("windows have a length and a distance of at least 1, not " + length + " and " + stride);
        }
        if (to - from < length + 1L) {
            throw new IllegalArgumentException("there are " + (to - from) + " tokens, which is too few for windows of " + length + " and the token after them");
        }
        this.tokens = tokens;
        this.length = length;
        this.stride = stride;
        this.from = from;
        this.count = Math.toIntExact((to - from - 1 - length) / stride + 1);
    }

    /**
     * The windows that lie within two shares of the sequence.
     *
     * @param low share at the beginning, 0 to 1
     */
    public TokenWindows between(double low, double high) {
        if (!(0 <= low && low < high && high <= 1)) {
            throw new IllegalArgumentException("shares of a sequence ascend from 0 to 1, not " + low + " to " + high);
        }
        return new TokenWindows(tokens, length, stride, (long) (tokens.size() * low), (long) (tokens.size() * high));
    }

    @Override
    public int size() {
        return count;
    }

    @Override
    public Batch get(int index) {
        int[] one = {index};
        return new Batch(tensor(one, 0).squeeze(0), tensor(one, 1).squeeze(0));
    }

    @Override
    public Batch batch(int[] indices) {
        return new Batch(tensor(indices, 0), tensor(indices, 1));
    }

    private Tensor tensor(int[] indices, int shift) {
        long[] values = new long[indices.length * length];
        for (int i = 0; i < indices.length; i++) {
            java.util.Objects.checkIndex(indices[i], count);
            tokens.copy(from + (long) indices[i] * stride + shift, length, values, i * length);
        }
        return Tensor.of(HostArray.wrap(DType.I64, values), Shape.of(indices.length, length));
    }

    @Override
    public String name() {
        return count + " windows of " + length + " tokens";
    }
}
