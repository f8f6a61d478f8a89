package dev.levin.data.text;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Text to token numbers and back. */
public interface Tokenizer {
    int[] encode(String text);

    String decode(int... tokens);

    Vocabulary vocabulary();

    /** I64 [T], for an embedding. */
    default Tensor tensor(String text) {
        int[] tokens = encode(text);
        long[] wide = new long[tokens.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = tokens[i];
        }
        return Tensor.of(HostArray.wrap(DType.I64, wide), Shape.of(wide.length));
    }
}
