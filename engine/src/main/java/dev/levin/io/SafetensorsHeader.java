package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.Shape;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a safetensors file says before its data: names, types, shapes and places of the tensors, and free text.
 *
 * @param tensors by name, in the order the header lists them
 * @param metadata the {@code __metadata__} strings; empty if the file has none
 * @param dataStart position in the file where the data begins; offsets of the entries count from there
 */
public record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata, long dataStart) {
    public SafetensorsHeader {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * One tensor.
     *
     * @param begin first byte, counted from the start of the data
     * @param end one past the last byte
     */
    public record Entry(DType dtype, Shape shape, long begin, long end) {
        public long bytes() {
            return end - begin;
        }

        /** {@code float32[3, 4]}. */
        @Override
        public String toString() {
            return dtype.torchName() + shape;
        }
    }

    /** Bytes of all tensors together. */
    public long dataBytes() {
        return tensors.values().stream().mapToLong(Entry::bytes).sum();
    }
}
