package dev.levin.io;

import static dev.levin.io.Pickle.*;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes plain values as a pickle of protocol 2, the way torch.save does: tensors refer to storages by key, and arrays
 * that share their {@link HostArray} share one storage.
 */
final class PickleWriter {
    private static final int MAX_DEPTH = 200;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<String, Integer> memo = new HashMap<>();
    private final Map<HostArray, String> keys = new IdentityHashMap<>();
    private final Map<String, HostArray> storages = new LinkedHashMap<>();

    /** @throws IllegalArgumentException for a value that has no plain form, naming its place */
    byte[] write(Object value) {
        out.write(PROTO);
        out.write(2);
        value(value, "", 0);
        out.write(STOP);
        return out.toByteArray();
    }

    /** The storages by key, in the order of their first use. */
    Map<String, HostArray> storages() {
        return storages;
    }

    private void value(Object value, String path, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("containers at " + path + " are nested deeper than " + MAX_DEPTH
                    + " levels; do they contain themselves?");
        }
        switch (value) {
            case null -> out.write(NONE);
            case Boolean b -> out.write(b ? NEWTRUE : NEWFALSE);
            case Byte n -> integer(n);
            case Short n -> integer(n);
            case Integer n -> integer(n);
            case Long n -> integer(n);
            case BigInteger n -> big(n);
            case Float f -> real(f);
            case Double d -> real(d);
            case String s -> text(s);
            case byte[] b -> bytes(b);
            case DType t -> global("torch", t.torchName());
            case ArrayData a -> tensor(a);
            case Tuple t -> tuple(t, path, depth);
            case List<?> l -> list(l, path, depth);
            case Set<?> s -> {
                global("__builtin__", "set");
                list(List.copyOf(s), path, depth);
                out.write(TUPLE1);
                out.write(REDUCE);
            }
            case Map<?, ?> m -> map(m, path, depth);
            default -> throw new IllegalArgumentException("the value at '" + path + "' is a " + value.getClass().getName()
                    + ", which has no plain form in a PyTorch file; use maps, lists, tuples, strings, numbers and arrays");
        }
    }

    private void map(Map<?, ?> map, String path, int depth) {
        out.write(EMPTY_DICT);
        out.write(MARK);
        map.forEach((k, v) -> {
            value(k, path, depth + 1);
            value(v, path + "." + k, depth + 1);
        });
        out.write(SETITEMS);
    }

    private void list(List<?> list, String path, int depth) {
        out.write(EMPTY_LIST);
        out.write(MARK);
        for (Object o : list) {
            value(o, path + "[]", depth + 1);
        }
        out.write(APPENDS);
    }

    private void tuple(Tuple tuple, String path, int depth) {
        out.write(MARK);
        for (Object o : tuple.items()) {
            value(o, path + "()", depth + 1);
        }
        out.write(TUPLE);
    }

    private void tensor(ArrayData a) {
        String key = keys.computeIfAbsent(a.data(), data -> {
            String k = Integer.toString(keys.size());
            storages.put(k, data);
            return k;
        });
        global("torch._utils", "_rebuild_tensor_v2");
        out.write(MARK);
        out.write(MARK);
        text("storage");
        global("torch", TorchGlobals.storageName(a.dtype()));
        text(key);
        text("cpu");
        integer(a.data().length());
        out.write(TUPLE);
        out.write(BINPERSID);
        integer(0);
        extents(a.shape().dims());
        extents(a.shape().strides());
        out.write(NEWFALSE);
        global("collections", "OrderedDict");
        out.write(EMPTY_TUPLE);
        out.write(REDUCE);
        out.write(TUPLE);
        out.write(REDUCE);
    }

    private void extents(int[] dims) {
        extents(java.util.Arrays.stream(dims).asLongStream().toArray());
    }

    private void extents(long[] values) {
        out.write(MARK);
        for (long v : values) {
            integer(v);
        }
        out.write(TUPLE);
    }

    private void integer(long n) {
        if (n >= 0 && n < 0x100) {
            out.write(BININT1);
            out.write((int) n);
        } else if (n == (int) n) {
            out.write(BININT);
            little(n, 4);
        } else {
            big(BigInteger.valueOf(n));
        }
    }

    private void big(BigInteger n) {
        byte[] b = n.toByteArray();
        if (b.length > 0xff) {
            throw new IllegalArgumentException("an integer of " + b.length + " bytes is not written; up to 255 are");
        }
        out.write(LONG1);
        out.write(b.length);
        for (int i = b.length - 1; i >= 0; i--) {
            out.write(b[i]);
        }
    }

    private void real(double d) {
        out.write(BINFLOAT);
        out.writeBytes(ByteBuffer.allocate(8).putDouble(d).array());
    }

    private void text(String s) {
        if (recall("s" + s)) {
            return;
        }
        byte[] b = s.getBytes(StandardCharsets.UTF_8);
        out.write(BINUNICODE);
        little(b.length, 4);
        out.writeBytes(b);
        remember("s" + s);
    }

    /** Protocol 2 has no bytes: Python writes them as text to be encoded. */
    private void bytes(byte[] b) {
        global("_codecs", "encode");
        byte[] utf8 = new String(b, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.UTF_8);
        out.write(BINUNICODE);
        little(utf8.length, 4);
        out.writeBytes(utf8);
        text("latin1");
        out.write(TUPLE2);
        out.write(REDUCE);
    }

    private void global(String module, String name) {
        String line = module + "\n" + name + "\n";
        if (recall("g" + line)) {
            return;
        }
        out.write(GLOBAL);
        out.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
        remember("g" + line);
    }

    private boolean recall(String what) {
        Integer index = memo.get(what);
        if (index == null) {
            return false;
        }
        out.write(index < 0x100 ? BINGET : LONG_BINGET);
        little(index, index < 0x100 ? 1 : 4);
        return true;
    }

    private void remember(String what) {
        int index = memo.size();
        memo.put(what, index);
        out.write(index < 0x100 ? BINPUT : LONG_BINPUT);
        little(index, index < 0x100 ? 1 : 4);
    }

    private void little(long v, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (v >>> 8 * i));
        }
    }
}
