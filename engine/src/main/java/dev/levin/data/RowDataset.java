package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Samples that are written in place: a row of numbers and a label. A batch is one array that every sample writes its row into,
 * so that nothing is allocated or copied for a single sample.
 *
 * <p>Input: F32 of {@link #inputShape}; target: I64 scalar.
 */
public abstract class RowDataset implements Dataset<Batch> {
    private final Shape inputShape;
    private final int row;

    protected RowDataset(Shape inputShape) {
        this.inputShape = inputShape;
        this.row = Math.toIntExact(inputShape.numel());
    }

    /** Shape of one input. */
    public final Shape inputShape() {
        return inputShape;
    }

    /**
     * Writes the input of a sample. Several threads read at once, each into places of its own.
     *
     * @param out takes the elements from {@code at} on
     * @param draws hands out random numbers: {@code draws.at(place)}, for data sets that need them
     * @param place of the sample in {@code draws}
     */
    protected abstract void read(int index, float[] out, int at, Draws draws, int place) throws Exception;

    /** Target of a sample. */
    protected abstract long label(int index) throws Exception;

    /** Outside a loader the random numbers are a function of the index. */
    @Override
    public final Batch get(int index) throws Exception {
        return get(index, new SplittableRandom(index));
    }

    @Override
    public final Batch get(int index, RandomGenerator random) throws Exception {
        float[] out = new float[row];
        read(index, out, 0, place -> random, 0);
        return new Batch(Tensor.of(HostArray.wrap(DType.F32, out), inputShape), Tensor.of(HostArray.wrap(DType.I64, new long[] {label(index)}), Shape.scalar()));
    }

    @Override
    public final Batch batch(int[] indices, Draws draws) throws Exception {
        float[] inputs = new float[Math.multiplyExact(indices.length, row)];
        long[] labels = new long[indices.length];
        for (int i = 0; i < indices.length; i++) {
            try {
                read(indices[i], inputs, i * row, draws, i);
                labels[i] = label(indices[i]);
            } catch (Exception e) {
                throw new SampleException(indices[i], describe(indices[i]), e);
            }
        }
        return new Batch(Tensor.of(HostArray.wrap(DType.F32, inputs), inputShape.insert(0, indices.length)),
                Tensor.of(HostArray.wrap(DType.I64, labels), Shape.of(indices.length)));
    }
}
