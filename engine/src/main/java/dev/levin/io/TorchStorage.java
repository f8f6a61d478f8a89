package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Elements that one or more tensors of a PyTorch file view. Read from the file when first needed, once for each type.
 */
final class TorchStorage {
    /** Where elements come from. */
    @FunctionalInterface
    interface Source {
        /** All the storage's bytes as elements of one type. */
        HostArray load(TorchStorage storage, DType dtype) throws IOException;
    }

    private final String key;
    private final long bytes;
    private final Source source;
    private final Map<DType, HostArray> loaded = new EnumMap<>(DType.class);

    TorchStorage(String key, long bytes, Source source) {
        this.key = key;
        this.bytes = bytes;
        this.source = source;
    }

    String key() {
        return key;
    }

    /** Size as the pickle claims it; the source compares it with what the file holds. */
    long bytes() {
        return bytes;
    }

    HostArray elements(DType dtype) throws IOException {
        HostArray array = loaded.get(dtype);
        if (array == null) {
            array = source.load(this, dtype);
            loaded.put(dtype, array);
        }
        return array;
    }
}
