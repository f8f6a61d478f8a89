package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.Shape;

import java.util.Arrays;

/**
 * A strided view of a storage, not yet read.
 *
 * @param offset first element, in elements
 * @param strides in elements, none negative; every element lies inside the storage
 */
record TorchTensor(TorchStorage storage, DType dtype, long offset, Shape shape, long[] strides) {

    /** Whether this is the whole storage in row-major order. */
    boolean isWholeStorage() {
        if (offset != 0 || shape.numel() * dtype.bytes() != storage.bytes()) {
            return false;
        }
        long[] dense = shape.strides();
        for (int i = 0; i < dense.length; i++) {
            if (shape.dim(i) != 1 && strides[i] != dense[i]) {
                return false;
            }
        }
        return true;
    }

    /** Identity of the elements: two tensors with equal keys are the same array (tied). */
    record Key(TorchStorage storage, DType dtype, long offset, Shape shape, java.util.List<Long> strides) {
    }

    Key key() {
        return new Key(storage, dtype, offset, shape, Arrays.stream(strides).boxed().toList());
    }

    @Override
    public boolean equals(Object o) {
        return this == o;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
