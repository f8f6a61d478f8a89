package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.examples.bench.measure.Samples;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.function.BiFunction;

/** A synthetic data set, of which a workload takes the samples it needs. */
sealed interface BenchData {
    /** How many samples there are in all. */
    int size();

    /** {@code n} batches of {@code batch} samples, from the first on. */
    Batch[] cut(int n, int batch);

    /** The first {@code most} batches, or as many as there are; an incomplete one is left out. */
    default Batch[] batches(int batch, int most) {
        return cut(Math.min(most, size() / batch), batch);
    }

    /** The whole set in one batch. */
    default Batch whole() {
        return cut(1, size())[0];
    }

    /** Images of {@code shape} with one label each. */
    record Images(int size, int classes, Shape shape) implements BenchData {
        @Override
        public Batch[] cut(int n, int batch) {
            Samples.Images images = new Samples.Images(n * batch, (int) shape.numel(), classes);
            Batch[] out = new Batch[n];
            for (int i = 0; i < n; i++) {
                Tensor x = Tensor.of(HostArray.wrap(DType.F32, images.pixels(i * batch, batch)), shape.insert(0, batch));
                out[i] = new Batch(x, integers(images.labels(i * batch, batch), Shape.of(batch)));
            }
            return out;
        }
    }

    /** Rows of {@code block} symbols and the same shifted by one. */
    record Text(int block) implements BenchData {
        @Override
        public int size() {
            return Samples.rows(block);
        }

        @Override
        public Batch[] cut(int n, int batch) {
            int row = batch * block;
            long[] text = Samples.text(n * row + 1);
            Shape shape = Shape.of(batch, block);
            Batch[] out = new Batch[n];
            for (int i = 0; i < n; i++) {
                out[i] = new Batch(integers(Arrays.copyOfRange(text, i * row, (i + 1) * row), shape),
                        integers(Arrays.copyOfRange(text, i * row + 1, (i + 1) * row + 1), shape));
            }
            return out;
        }
    }

    /**
     * Any other.
     *
     * @param make n batches of so many samples
     */
    record Made(int size, BiFunction<Integer, Integer, Batch[]> make) implements BenchData {
        @Override
        public Batch[] cut(int n, int batch) {
            return make.apply(n, batch);
        }
    }

    private static Tensor integers(long[] values, Shape shape) {
        return Tensor.of(HostArray.wrap(DType.I64, values), shape);
    }
}
