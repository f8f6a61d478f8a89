package dev.levin.data;

import dev.levin.io.FormatException;
import dev.levin.io.MappedArray;
import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Inputs and targets in two mapped files, which may be larger than memory: one row a sample. Input and target have the dtypes of
 * the files.
 *
 * {@snippet :
 * var train = MappedDataset.npy(Path.of("images.npy"), Path.of("labels.npy"));
 * }
 */
public final class MappedDataset implements Dataset<Batch> {
    private final MappedArray inputs;
    private final MappedArray targets;

    /** @throws IllegalArgumentException unless both have as many rows, and fewer than 2^31 */
    public MappedDataset(MappedArray inputs, MappedArray targets) {
        if (inputs.rows() != targets.rows() || inputs.rows() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(inputs + " and " + targets + " must have equally many rows, fewer than 2^31");
        }
        this.inputs = inputs;
        this.targets = targets;
    }

    /** @throws FormatException if a file can't be mapped */
    public static MappedDataset npy(Path inputs, Path targets) throws IOException {
        return new MappedDataset(MappedArray.npy(inputs), MappedArray.npy(targets));
    }

    @Override
    public int size() {
        return (int) inputs.rows();
    }

    @Override
    public Batch get(int index) {
        int[] one = {index};
        return new Batch(rows(inputs, one).squeeze(0), rows(targets, one).squeeze(0));
    }

    @Override
    public Batch batch(int[] indices) {
        return new Batch(rows(inputs, indices), rows(targets, indices));
    }

    static Tensor rows(MappedArray array, int[] indices) {
        int row = (int) array.rowShape().numel();
        HostArray out = HostArray.allocate(array.dtype(), (long) row * indices.length);
        for (int i = 0; i < indices.length; i++) {
            array.row(indices[i], out, i * row);
        }
        return Tensor.of(out, array.rowShape().insert(0, indices.length));
    }

    @Override
    public String name() {
        return inputs.file().toString();
    }
}
