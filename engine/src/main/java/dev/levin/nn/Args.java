package dev.levin.nn;

import dev.levin.graph.Composition;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;

/** Checks and conversions that function rooms share. */
final class Args {
    /** A function without numbers. */
    static final long[] NO_WORDS = {};

    private Args() {
    }

    /** One value for all axes, or one per axis. */
    static int[] perAxis(String what, int[] values, int axes, int least) {
        int[] all = values;
        if (values.length == 1 && axes != 1) {
            all = new int[axes];
            Arrays.fill(all, values[0]);
        }
        if (all.length != axes) {
            throw new IllegalArgumentException(what + " needs one value or " + axes + ", not " + Arrays.toString(values) + at());
        }
        for (int v : all) {
            if (v < least) {
                throw new IllegalArgumentException(what + " must be at least " + least + ", not " + Arrays.toString(values) + at());
            }
        }
        return all;
    }

    /** Says that {@code output} is the named function of the inputs, which may be null where they are optional. */
    static Tensor named(String name, Tensor output, Map<String, ?> attributes, Tensor... inputs) {
        if (Context.current().onComposition() != null) {
            Composition.of(name, output.node(), attributes, Arrays.stream(inputs).map(t -> t == null ? null : t.node()).toArray(Node[]::new));
        }
        return output;
    }

    /**
     * A function of tensors and numbers that draws nothing and sets no state but {@code same}'s: a step that called it at
     * this point before does not record it again.
     *
     * @param same the function's name, and objects that it uses
     * @param words the numbers it uses
     * @param inputs the tensors it uses; null where they are optional
     */
    static Tensor repeated(Object[] same, long[] words, Supplier<Tensor> body, Tensor... inputs) {
        Node[] nodes = new Node[inputs.length];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = inputs[i] == null ? null : inputs[i].node();
        }
        return Tensor.wrap(Context.current().trace().repeat(same, words, nodes, () -> new Node[] {body.get().node()})[0]);
    }

    /** Lists of numbers as words. */
    static long[] words(int[]... lists) {
        long[] all = new long[Arrays.stream(lists).mapToInt(l -> l.length + 1).sum()];
        int at = 0;
        for (int[] l : lists) {
            all[at++] = l.length;
            for (int v : l) {
                all[at++] = v;
            }
        }
        return all;
    }

    /** The current layer, for the end of a message. */
    static String at() {
        String path = Context.current().path();
        return path.isEmpty() ? "" : " in layer " + path;
    }

    static void needRank(String what, Tensor x, String layout, int... allowed) {
        if (Arrays.stream(allowed).noneMatch(r -> r == x.dim())) {
            throw new IllegalArgumentException(what + " expects " + layout + ", not a tensor of shape " + x.shape() + at());
        }
    }

    static void needProbability(String what, double p) {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException(what + " needs a probability between 0 and 1, not " + p);
        }
    }

    /** 16-bit floats in F32: sums, exponentials and statistics are not taken in 16 bits. */
    static Tensor precise(Tensor x) {
        return x.dtype().isHalf() ? x.to(DType.F32) : x;
    }

    /** A result of {@link #precise} in the type of the input again, but F32 under autocast, as PyTorch's autocast leaves it. */
    static Tensor restore(Tensor result, Tensor input) {
        return input.dtype().isHalf() && Context.current().autocast() == null ? result.to(input.dtype()) : result;
    }

    /** {@code [1, C, 1, ...]}: a per-channel vector against [N, C, ...]. */
    static Tensor channels(Tensor perChannel, int rank) {
        int[] dims = new int[rank];
        Arrays.fill(dims, 1);
        dims[1] = (int) perChannel.numel();
        return perChannel.reshape(dims);
    }

    /** Axes {@code from} to {@code to}, the end left out. */
    static int[] range(int from, int to) {
        int[] axes = new int[Math.max(0, to - from)];
        Arrays.setAll(axes, i -> from + i);
        return axes;
    }
}
