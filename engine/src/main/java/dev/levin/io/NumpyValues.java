package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** NumPy scalars and arrays inside a pickle, as checkpoints of metrics and random states contain them. */
final class NumpyValues {
    private NumpyValues() {
    }

    /** {@code numpy.dtype}: its byte order arrives in a second step. */
    static final class Type {
        private final String code;
        private String order = "<";

        Type(String code) {
            this.code = code;
        }

        void setState(Path file, Object state) throws FormatException {
            if (state instanceof Tuple t && t.size() > 1 && t.get(1) instanceof String s && "<>|=".contains(s)) {
                order = s;
            } else {
                throw new FormatException(file, "holds a NumPy type with a malformed state");
            }
        }

        /** As the header of a {@code .npy} file has it. */
        String descr() {
            return order + code;
        }
    }

    /** {@code numpy.ndarray} in the making. */
    static final class Array {
        private Object value = new Opaque("numpy.ndarray", List.of());

        /** An {@link ArrayData}, or an {@link Opaque} for types Levin has not. */
        Object value() {
            return value;
        }

        /** {@code (version, shape, dtype, is_fortran, bytes)}. */
        void setState(Path file, Object state, Budget budget) throws IOException {
            if (!(state instanceof Tuple t) || t.size() != 5 || !(t.get(1) instanceof Tuple shape)
                    || !(t.get(2) instanceof Type type) || !(t.get(3) instanceof Boolean fortran)) {
                throw new FormatException(file, "holds a NumPy array with a malformed state");
            }
            if (!(t.get(4) instanceof byte[] bytes) || !isSupported(type)) {
                value = new Opaque("numpy.ndarray", t.items());
                return;
            }
            List<Long> extents = new ArrayList<>();
            for (Object o : shape.items()) {
                if (!(o instanceof Long extent)) {
                    throw new FormatException(file, "holds a NumPy array with a malformed shape");
                }
                extents.add(extent);
            }
            budget.spend(2L * bytes.length);
            value = read(file, new NpyHeader(dtype(type), order(type), fortran, extents), bytes);
        }
    }

    /** {@code numpy.float32(1.5)} and its like: a Long, Double or Boolean. */
    static Object scalar(Path file, Type type, byte[] bytes) throws IOException {
        if (!isSupported(type)) {
            return new Opaque("numpy._core.multiarray.scalar", new ArrayList<>(List.of(type.descr())));
        }
        HostArray one = read(file, new NpyHeader(dtype(type), order(type), false, List.of()), bytes).data();
        return one.dtype().isFloat() ? (Object) one.getDouble(0)
                : one.dtype().isBool() ? (Object) (one.getLong(0) != 0) : (Object) one.getLong(0);
    }

    private static ArrayData read(Path file, NpyHeader header, byte[] bytes) throws IOException {
        return Npy.body(file, "a NumPy array in the pickle", new ByteArrayInputStream(bytes), header, bytes.length);
    }

    private static boolean isSupported(Type type) {
        return NpyHeader.typeOf(type.descr()) != null;
    }

    private static DType dtype(Type type) {
        return NpyHeader.typeOf(type.descr());
    }

    private static java.nio.ByteOrder order(Type type) {
        return NpyHeader.orderOf(type.descr());
    }
}
