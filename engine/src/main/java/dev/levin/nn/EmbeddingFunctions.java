package dev.levin.nn;

import dev.levin.graph.Nodes;
import dev.levin.graph.ScatterMode;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.Map;

/** Tables of vectors, read by index. */
abstract class EmbeddingFunctions extends ResampleFunctions {
    /** Rows of the weight [V, D] at integer indices: shape of the input with D appended. */
    public static Tensor embedding(Tensor input, Tensor weight) {
        return embedding(input, weight, null, null, 2, false);
    }

    /**
     * @param paddingIdx row that gets no gradient (negative from the end), or null
     * @param maxNorm rows that are read and have a larger p-norm are scaled down in place first, or null for none
     * @param scaleGradByFreq whether the gradient of a row is divided by how often it was read
     */
    public static Tensor embedding(Tensor input, Tensor weight, Integer paddingIdx, Double maxNorm, double normType,
            boolean scaleGradByFreq) {
        if (input.dim() == 0) {
            return embedding(input.reshape(1), weight, paddingIdx, maxNorm, normType, scaleGradByFreq).squeeze(0);
        }
        Tensor index = indices("embedding", input, weight);
        if (maxNorm != null) {
            renormalise(index, weight, maxNorm, normType);
        }
        Tensor read = weight.indexSelect(0, index);
        Tensor rows = read;
        if (paddingIdx != null) {
            Tensor padding = index.eq((long) row("padding_idx", paddingIdx, weight)).unsqueeze(-1);
            rows = Args.named("Embedding", padding.where(read.detach(), read), Map.of(), read);
        }
        if (!scaleGradByFreq) {
            return rows;
        }
        Tensor often = counts(index, weight).indexSelect(0, index).to(weight.dtype()).unsqueeze(-1);
        return LossSupport.custom(rows, (out, in, g) -> new Tensor[] {g.div(often)}, rows);
    }

    private static Tensor indices(String what, Tensor input, Tensor weight) {
        if (input.dtype().isFloat() || input.dtype().isBool() || weight.dim() != 2) {
            throw new IllegalArgumentException(what + " needs integer indices and a weight [V, D], not " + input.dtype() + input.shape()
                    + " and " + weight.shape() + Args.at());
        }
        return input.to(DType.I64);
    }

    private static int row(String what, int index, Tensor weight) {
        int v = weight.size(0);
        if (index < -v || index >= v) {
            throw new IllegalArgumentException(what + " must be within the " + v + " rows of the weight, not " + index);
        }
        return index < 0 ? index + v : index;
    }

    /** How often each row is read: I64 [V]. */
    private static Tensor counts(Tensor index, Tensor weight) {
        Tensor flat = index.flatten();
        return Tensor.zeros(Shape.of(weight.size(0)), DType.I64).indexAdd(0, flat, Tensor.ones(flat.shape(), DType.I64));
    }

    private static void renormalise(Tensor index, Tensor weight, double maxNorm, double normType) {
        if (!(weight instanceof VariableTensor table)) {
            throw new IllegalArgumentException("max_norm changes the weight in place, which must be a parameter");
        }
        Tensor fixed = weight.detach();
        Tensor norm = norm(fixed, normType, 1, true);
        Tensor large = norm.gt(maxNorm).logicalAnd(counts(index, weight).gt(0L).unsqueeze(1));
        table.set(large.where(fixed.mul(norm.add(1e-7).rdiv(maxNorm)), fixed));
    }

    /** Sums bags of rows: bag b holds the indices from {@code offsets[b]} to the next offset. */
    public static Tensor embeddingBag(Tensor input, Tensor weight, Tensor offsets, BagMode mode) {
        return embeddingBag(input, weight, offsets, mode, null, false, null);
    }

    /**
     * Combines rows of the weight [V, D] per bag: [bags, D]; an empty bag gives zeros.
     *
     * @param input indices [n] with offsets, or [bags, n] without
     * @param offsets first position of every bag [bags], or null
     * @param perSampleWeights factors of the rows in mode SUM, shape of the input, or null
     * @param includeLastOffset whether the last offset is the end of the last bag
     * @param paddingIdx row that does not count, or null
     */
    public static Tensor embeddingBag(Tensor input, Tensor weight, Tensor offsets, BagMode mode, Tensor perSampleWeights,
            boolean includeLastOffset, Integer paddingIdx) {
        Tensor index = indices("embedding_bag", input, weight);
        if (index.dim() == 2 == (offsets != null) || index.dim() > 2) {
            throw new IllegalArgumentException("embedding_bag takes indices [n] with offsets, or [bags, n] without, not " + input.shape()
                    + (offsets == null ? " without" : " with offsets") + Args.at());
        }
        if (perSampleWeights != null && mode != BagMode.SUM) {
            throw new IllegalArgumentException("embedding_bag: per_sample_weights are for mode SUM, not " + mode);
        }
        int bags;
        Tensor segment;
        Tensor flat = index.flatten();
        if (offsets == null) {
            bags = index.size(0);
            segment = Tensor.arange(bags).unsqueeze(1).expandAs(index).flatten();
        } else {
            bags = offsets.size(0) - (includeLastOffset ? 1 : 0);
            Tensor starts = offsets.to(DType.I64).narrow(0, 0, bags);
            segment = starts.unsqueeze(0).le(Tensor.arange((int) flat.numel()).unsqueeze(1)).to(DType.I64).sum(1).sub(1L);
        }
        Tensor rows = Args.precise(embedding(flat, weight, paddingIdx, null, 2, false));
        Tensor counted = paddingIdx == null ? null : flat.ne((long) row("padding_idx", paddingIdx, weight));
        if (perSampleWeights != null) {
            rows = rows.mul(perSampleWeights.to(rows.dtype()).flatten().unsqueeze(1));
        }
        return combine(rows, segment, counted, bags, mode).to(weight.dtype());
    }

    private static Tensor combine(Tensor rows, Tensor segment, Tensor counted, int bags, BagMode mode) {
        Shape shape = Shape.of(bags, rows.size(1));
        Tensor ones = counted == null ? Tensor.ones(segment.shape(), rows.dtype()) : counted.to(rows.dtype());
        Tensor sizes = Tensor.zeros(Shape.of(bags), rows.dtype()).indexAdd(0, segment, ones).unsqueeze(1);
        if (mode == BagMode.MAX) {
            double low = Double.NEGATIVE_INFINITY;
            Tensor values = counted == null ? rows : counted.unsqueeze(1).where(rows, Tensor.scalar(low, rows.dtype()));
            Tensor index = segment.unsqueeze(1).expandAs(values);
            Tensor max = Tensor.wrap(Nodes.scatter(Tensor.full(shape, low, rows.dtype()).node(), index.node(), values.node(), 0,
                    ScatterMode.MAX));
            return sizes.eq(0.0).where(Tensor.scalar(0, rows.dtype()), max);
        }
        Tensor values = counted == null ? rows : counted.unsqueeze(1).where(rows, Tensor.scalar(0, rows.dtype()));
        Tensor sum = Tensor.zeros(shape, rows.dtype()).indexAdd(0, segment, values);
        return mode == BagMode.SUM ? sum : sum.div(sizes.clampMin(1));
    }

    /** I64 vectors with a 1 at the index: shape of the input with the number of classes appended. */
    public static Tensor oneHot(Tensor index, int numClasses) {
        if (index.dtype().isFloat() || numClasses < 1) {
            throw new IllegalArgumentException("one_hot needs integer indices and a positive number of classes, not " + index.dtype()
                    + " and " + numClasses);
        }
        return index.to(DType.I64).unsqueeze(-1).eq(Tensor.arange(numClasses)).to(DType.I64);
    }

    /** With as many classes as the largest index asks for; computes it at once. */
    public static Tensor oneHot(Tensor index) {
        long most = Arrays.stream(index.toLongs()).max().orElse(-1);
        return oneHot(index, (int) most + 1);
    }
}
