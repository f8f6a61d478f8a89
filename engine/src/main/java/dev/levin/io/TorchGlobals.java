package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.Shape;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names a PyTorch file may use, and what Levin makes of them: containers, sizes, types and tensors. Any other name
 * is refused, or becomes an inert {@link Opaque} where the caller asked for that; nothing is ever imported or run.
 */
final class TorchGlobals implements PickleReader.Globals {
    /** How persistent ids, which differ between file versions, become storages. */
    @FunctionalInterface
    interface Storages {
        /**
         * @param id the tuple behind {@code 'storage'}: type, key, device and so on
         * @param dtype element type by the storage's class, or null for untyped bytes
         */
        Object storage(Tuple id, DType dtype) throws IOException;
    }

    /** A class of storages, as {@code torch.FloatStorage}. */
    private record StorageType(String name, DType dtype) {
    }

    /** A name of the list, callable or not. */
    private record Known(String name) {
    }

    @FunctionalInterface
    private interface Function {
        Object call(List<Object> arguments) throws IOException;
    }

    private static final Map<String, DType> STORAGES = Map.ofEntries(
            Map.entry("FloatStorage", DType.F32), Map.entry("DoubleStorage", DType.F64),
            Map.entry("HalfStorage", DType.F16), Map.entry("BFloat16Storage", DType.BF16),
            Map.entry("LongStorage", DType.I64), Map.entry("IntStorage", DType.I32),
            Map.entry("ShortStorage", DType.I16), Map.entry("CharStorage", DType.I8),
            Map.entry("ByteStorage", DType.U8), Map.entry("BoolStorage", DType.BOOL));

    /** PyTorch's name for a storage of this type. */
    static String storageName(DType dtype) {
        return STORAGES.entrySet().stream().filter(e -> e.getValue() == dtype).findFirst().orElseThrow().getKey();
    }

    /** Types of PyTorch that Levin has not: harmless as values, refused as elements. */
    private static final Set<String> FOREIGN_TYPES = Set.of("uint16", "uint32", "uint64", "complex32", "complex64",
            "complex128", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
            "quint8", "qint8", "qint32", "quint4x2", "quint2x4");

    private final Path file;
    private final boolean placeholders;
    private final Storages storages;
    private final Budget budget;
    private final Map<String, Function> functions = new HashMap<>();

    TorchGlobals(Path file, boolean placeholders, Storages storages, Budget budget) {
        this.file = file;
        this.placeholders = placeholders;
        this.storages = storages;
        this.budget = budget;
        functions.put("collections.OrderedDict", this::map);
        functions.put("collections.Counter", this::map);
        functions.put("collections.defaultdict", a -> map(a.isEmpty() ? a : a.subList(1, a.size())));
        functions.put("builtins.dict", this::map);
        functions.put("builtins.set", this::set);
        functions.put("builtins.frozenset", this::set);
        functions.put("builtins.list", this::list);
        functions.put("builtins.bytearray", this::bytes);
        functions.put("builtins.bytes", this::bytes);
        functions.put("builtins.complex", a -> new Opaque("builtins.complex", a));
        functions.put("_codecs.encode", this::encode);
        functions.put("torch.Size", a -> a.isEmpty() ? new Tuple(List.of()) : argument(a, 0, Tuple.class));
        functions.put("torch.device", a -> new Opaque("torch.device", a));
        functions.put("torch.serialization._get_layout", a -> argument(a, 0, String.class));
        functions.put("torch._utils._rebuild_tensor", a -> tensor(a, null));
        functions.put("torch._utils._rebuild_tensor_v2", this::tensorV2);
        functions.put("torch._utils._rebuild_tensor_v3", this::tensorV3);
        functions.put("torch._utils._rebuild_parameter", a -> argument(a, 0, TorchTensor.class));
        functions.put("torch._utils._rebuild_parameter_with_state", a -> argument(a, 0, TorchTensor.class));
        functions.put("torch.nn.parameter.Parameter", a -> argument(a, 0, TorchTensor.class));
        functions.put("torch._tensor._rebuild_from_type_v2", this::tensorOfSubclass);
        functions.put("numpy.dtype", a -> new NumpyValues.Type(argument(a, 0, String.class)));
        functions.put("numpy._core.multiarray.scalar", a -> NumpyValues.scalar(file,
                argument(a, 0, NumpyValues.Type.class), argument(a, 1, byte[].class)));
        functions.put("numpy._core.multiarray._reconstruct", a -> new NumpyValues.Array());
    }

    @Override
    public Object find(String module, String name) throws FormatException {
        String full = canonical(module) + "." + name;
        if (functions.containsKey(full)) {
            return new Known(full);
        }
        if (full.equals("torch.storage.UntypedStorage") || full.equals("torch.UntypedStorage")) {
            return new StorageType(name, null);
        }
        if ((module.equals("torch") || module.equals("torch.cuda")) && STORAGES.containsKey(name)) {
            return new StorageType(name, STORAGES.get(name));
        }
        if (module.equals("torch")) {
            for (DType d : DType.values()) {
                if (d.torchName().equals(name)) {
                    return d;
                }
            }
            if (FOREIGN_TYPES.contains(name)) {
                return new Opaque(full, List.of());
            }
        }
        if (INERT.contains(full)) {
            return new Opaque(full, List.of());
        }
        if (placeholders) {
            return new Opaque(full, List.of());
        }
        throw new FormatException(file, "wants Python to import '" + module + "." + name + "', which is not on the list "
                + "of plain containers, numbers and tensors; nothing was run. If you need only the rest of the file, read "
                + "it with Torch.UnknownClasses.PLACEHOLDER");
    }

    /** Types that appear as arguments of known functions and are never called. */
    private static final Set<String> INERT = Set.of("builtins.int", "builtins.float", "builtins.str", "builtins.bool",
            "builtins.tuple", "numpy.ndarray", "torch.Tensor", "torch.strided", "torch.FloatTensor");

    private static String canonical(String module) {
        return module.equals("__builtin__") ? "builtins"
                : module.startsWith("numpy.core.") ? "numpy._core." + module.substring("numpy.core.".length()) : module;
    }

    @Override
    public Object call(Object function, List<Object> arguments) throws IOException {
        if (function instanceof Known known) {
            return functions.get(known.name()).call(arguments);
        }
        if (function instanceof Opaque o && placeholders) {
            return new Opaque(o.name(), arguments);
        }
        throw new FormatException(file, "wants Python to call " + describe(function)
                + ", which is not a function on the list of harmless ones; nothing was run");
    }

    private static String describe(Object o) {
        return switch (o) {
            case null -> "None";
            case Opaque p -> "'" + p.name() + "'";
            case StorageType s -> "'torch." + s.name() + "'";
            default -> "a value of kind " + o.getClass().getSimpleName();
        };
    }

    @Override
    public void build(Object target, Object state) throws IOException {
        switch (target) {
            case Opaque o -> o.state(state);
            case NumpyValues.Type t -> t.setState(file, state);
            case NumpyValues.Array a -> a.setState(file, state, budget);
            case Map<?, ?> _, TorchTensor _ -> { } // attributes: state dicts carry layer versions, subclasses anything
            case null, default -> throw new FormatException(file, "wants to set the state of " + describe(target)
                    + ", which has none");
        }
    }

    @Override
    public Object persistent(Object id) throws IOException {
        if (!(id instanceof Tuple t) || t.size() < 2) {
            throw new FormatException(file, "refers to something outside the pickle that is not a storage");
        }
        if ("module".equals(t.get(0))) {
            return t.get(1); // the class of a pickled module, with its source text, which is of no use here
        }
        if (!"storage".equals(t.get(0)) || !(t.get(1) instanceof StorageType type)) {
            String what = t.get(1) instanceof Opaque o ? o.name() : String.valueOf(t.get(0) instanceof String s ? s : "?");
            throw new FormatException(file, "refers to a storage of the unsupported type '" + what + "'; supported are "
                    + new java.util.TreeSet<>(STORAGES.keySet()));
        }
        return storages.storage(t, type.dtype());
    }

    /** What remains of a name or type that ended up as a value: its name. */
    static Object plain(Object o) {
        return switch (o) {
            case Known k -> new Opaque(k.name(), List.of());
            case StorageType s -> new Opaque("torch." + s.name(), List.of());
            case NumpyValues.Type t -> new Opaque("numpy.dtype", new ArrayList<>(List.of(t.descr())));
            case NumpyValues.Array a -> a.value();
            case null, default -> o;
        };
    }

    /**
     * A storage, or a part of one, as an argument.
     *
     * @param dtype type of the elements, or null if the storage is mere bytes
     * @param first first element of the part
     * @param numel elements of the part (bytes if untyped)
     */
    record TypedStorage(TorchStorage storage, DType dtype, long first, long numel) {
    }

    private Object map(List<Object> a) throws IOException {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (a.isEmpty()) {
            return map;
        }
        if (a.getFirst() instanceof Map<?, ?> source) {
            budget.spend(64L * source.size());
            map.putAll(source);
            return map;
        }
        List<?> pairs = argument(a, 0, List.class);
        budget.spend(64L * pairs.size());
        for (Object o : pairs) {
            List<?> pair = o instanceof Tuple t ? t.items() : o instanceof List<?> l ? l : List.of();
            if (pair.size() != 2 || !PickleReader.isScalar(pair.get(0))) {
                throw new FormatException(file, "holds a dictionary whose items are not pairs of a plain key and a value");
            }
            map.put(pair.get(0), pair.get(1));
        }
        return map;
    }

    private Object set(List<Object> a) throws IOException {
        Set<Object> set = new LinkedHashSet<>();
        List<?> items = a.isEmpty() ? List.of() : argument(a, 0, List.class);
        budget.spend(64L * items.size());
        for (Object o : items) {
            if (!PickleReader.isScalar(o)) {
                throw new FormatException(file, "holds a set with an element that is neither a string nor a number");
            }
            set.add(o);
        }
        return set;
    }

    private Object list(List<Object> a) throws IOException {
        List<?> items = a.isEmpty() ? List.of() : argument(a, 0, List.class);
        budget.spend(16L * items.size());
        return new ArrayList<Object>(items);
    }

    private Object bytes(List<Object> a) throws IOException {
        return a.isEmpty() ? new byte[0] : argument(a, 0, byte[].class);
    }

    private Object encode(List<Object> a) throws IOException {
        String text = argument(a, 0, String.class);
        String charset = a.size() < 2 ? "utf-8" : argument(a, 1, String.class);
        budget.spend(text.length());
        return switch (charset) {
            case "latin1", "latin-1" -> text.getBytes(StandardCharsets.ISO_8859_1);
            case "utf-8", "utf8" -> text.getBytes(StandardCharsets.UTF_8);
            case "ascii" -> text.getBytes(StandardCharsets.US_ASCII);
            default -> throw new FormatException(file, "wants text encoded as '" + charset + "'");
        };
    }

    private Object tensorV2(List<Object> a) throws IOException {
        if (a.size() > 6 && a.get(6) instanceof Map<?, ?> flags && flags.containsValue(true)) {
            throw new FormatException(file, "holds a tensor with pending negation or conjugation; resolve it before saving");
        }
        return tensor(a, null);
    }

    private Object tensorV3(List<Object> a) throws IOException {
        Object type = a.size() > 6 ? a.get(6) : null;
        if (!(type instanceof DType dtype)) {
            throw new FormatException(file, "holds a tensor of the unsupported type " + describe(type));
        }
        return tensor(a, dtype);
    }

    /** {@code (storage, offset, size, stride, ...)}. */
    private TorchTensor tensor(List<Object> a, DType override) throws IOException {
        TypedStorage storage = argument(a, 0, TypedStorage.class);
        DType dtype = override != null ? override : storage.dtype();
        if (dtype == null) {
            throw new FormatException(file, "holds a tensor on an untyped storage without a type of its own");
        }
        List<Long> size = integers(a, 2);
        List<Long> stride = integers(a, 3);
        long offset = argument(a, 1, Long.class);
        String what = "the tensor on storage '" + storage.storage().key() + "'";
        Shape shape = Shapes.shape(file, what, size);
        if (stride.size() != size.size()) {
            throw new FormatException(file, what + " has " + size.size() + " extents and " + stride.size() + " strides");
        }
        long room = storage.numel() * (storage.dtype() == null ? 1 : storage.dtype().bytes()) / dtype.bytes();
        long[] strides = new long[stride.size()];
        try {
            long last = offset;
            for (int i = 0; i < strides.length; i++) {
                strides[i] = stride.get(i);
                if (shape.numel() > 0) {
                    last = Math.addExact(last, Math.multiplyExact(strides[i], shape.dim(i) - 1L));
                }
                if (strides[i] < 0) {
                    throw new ArithmeticException();
                }
            }
            if (offset < 0 || shape.numel() > 0 && last >= room) {
                throw new ArithmeticException();
            }
        } catch (ArithmeticException e) {
            throw new FormatException(file, what + " reaches outside it: offset " + offset + ", size " + size + ", stride "
                    + stride + ", storage of " + room + " elements", e);
        }
        return new TorchTensor(storage.storage(), dtype, storage.first() + offset, shape, strides);
    }

    /** {@code (function, type, arguments, state)}: the subclass is dropped, the tensor kept. */
    private Object tensorOfSubclass(List<Object> a) throws IOException {
        if (argument(a, 0, Known.class).name().startsWith("torch._utils._rebuild_")) {
            return call(a.get(0), argument(a, 2, Tuple.class).items());
        }
        throw new FormatException(file, "rebuilds a tensor subclass by the unsupported function " + describe(a.get(0)));
    }

    private List<Long> integers(List<Object> a, int i) throws FormatException {
        Tuple t = argument(a, i, Tuple.class);
        List<Long> values = new ArrayList<>(t.size());
        for (Object o : t.items()) {
            if (!(o instanceof Long v)) {
                throw new FormatException(file, "holds a tensor whose size or stride is not made of integers");
            }
            values.add(v);
        }
        return values;
    }

    private <T> T argument(List<Object> a, int i, Class<T> type) throws FormatException {
        if (i < a.size() && type.isInstance(a.get(i))) {
            return type.cast(a.get(i));
        }
        throw new FormatException(file, "calls a known function with wrong arguments: argument " + i + " should be a "
                + type.getSimpleName() + ", is " + (i < a.size() ? describe(a.get(i)) : "missing"));
    }
}
