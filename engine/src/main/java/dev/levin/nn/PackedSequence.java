package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences of different lengths in one padded tensor. Recurrent modules stop each sequence at its own end: its last
 * state is that of its last valid step, and outputs beyond are zeros.
 *
 * @param data [T, N, ...], or [N, T, ...] if {@code batchFirst}
 * @param lengths valid steps of each sequence
 */
public record PackedSequence(Tensor data, int[] lengths, boolean batchFirst) {
    public PackedSequence {
        int steps = data.size(batchFirst ? 1 : 0);
        int batch = data.size(batchFirst ? 0 : 1);
        if (lengths.length != batch || Arrays.stream(lengths).anyMatch(n -> n < 1 || n > steps)) {
            throw new IllegalArgumentException("lengths must be " + batch + " numbers between 1 and " + steps + ", not "
                    + Arrays.toString(lengths));
        }
    }

    /** A padded batch [T, N, ...]. */
    public static PackedSequence pack(Tensor padded, int... lengths) {
        return new PackedSequence(padded, lengths.clone(), false);
    }

    /** A padded batch [N, T, ...]. */
    public static PackedSequence packBatchFirst(Tensor padded, int... lengths) {
        return new PackedSequence(padded, lengths.clone(), true);
    }

    /** Sequences [T_i, ...] as one [T, N, ...], filled up with zeros. */
    public static PackedSequence of(List<? extends Tensor> sequences) {
        int[] lengths = sequences.stream().mapToInt(s -> s.size(0)).toArray();
        int longest = Arrays.stream(lengths).max().orElse(0);
        List<Tensor> padded = sequences.stream().map(s -> {
            int[] pad = new int[2 * s.dim()];
            pad[pad.length - 1] = longest - s.size(0);
            return Functional.pad(s, pad);
        }).toList();
        return new PackedSequence(Tensor.stack(padded, 1), lengths, false);
    }

    /** The padded batch, cut to the longest sequence, zeros beyond each end. */
    public Tensor unpack() {
        int longest = Arrays.stream(lengths).max().orElse(0);
        Tensor cut = data.narrow(batchFirst ? 1 : 0, 0, longest);
        Tensor length = Tensor.of(lengths).to(DType.I64).unsqueeze(1);
        Tensor valid = Tensor.arange(longest).lt(length);
        Tensor mask = batchFirst ? valid : valid.t();
        Shape shape = mask.shape();
        for (int i = 2; i < cut.dim(); i++) {
            shape = shape.insert(i, 1);
        }
        return mask.reshape(shape).where(cut, Tensor.scalar(0, cut.dtype()));
    }
}
