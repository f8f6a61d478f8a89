package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Files of torch.save before 1.6: five pickles in a row (magic number, version, system, the value, storage keys), then
 * the storages, each as its length and its elements. Always little-endian.
 */
final class TorchLegacyFile implements TorchGlobals.Storages {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final Long VERSION = 1001L;

    /** A whole storage: its type, its length, and where its elements begin once that is known (else -1). */
    private static final class Root {
        final DType dtype;
        final long numel;
        final TorchStorage storage;
        long position = -1;

        Root(DType dtype, long numel, TorchStorage storage) {
            this.dtype = dtype;
            this.numel = numel;
            this.storage = storage;
        }
    }

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Root> roots = new LinkedHashMap<>();

    private TorchLegacyFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static TorchFile open(Path file, boolean placeholders) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            long size = channel.size();
            var budget = new Budget(file, size);
            var legacy = new TorchLegacyFile(file, channel);
            Object root = legacy.readPickles(new TorchGlobals(file, placeholders, legacy, budget), size);
            return new TorchFile(channel, root, new TorchResolver(budget));
        } catch (Throwable t) {
            try {
                channel.close();
            } catch (IOException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    /** The stream stays open: closing it would close the channel. */
    private Object readPickles(TorchGlobals globals, long size) throws IOException {
        var in = new PickleInput(file, new BufferedInputStream(Channels.newInputStream(channel), 1 << 16), size);
        Object magic = new PickleReader(in, globals).read();
        if (!MAGIC.equals(magic)) {
            throw new FormatException(file, "is a pickle, but not one of torch.save: it does not begin with its magic number");
        }
        Object version = new PickleReader(in, globals).read();
        if (!VERSION.equals(version)) {
            throw new FormatException(file, "has the unknown version " + version + " of torch.save's old format; known is "
                    + VERSION);
        }
        new PickleReader(in, globals).read();
        Object root = new PickleReader(in, globals).read();
        if (!(new PickleReader(in, globals).read() instanceof List<?> keys)) {
            throw new FormatException(file, "lacks the list of its storages");
        }
        for (Object key : keys) {
            locate(key, in, size);
        }
        for (Root r : roots.values()) {
            if (r.position < 0) {
                throw new FormatException(file, "refers to storage '" + r.storage.key() + "', which it does not hold");
            }
        }
        return root;
    }

    private void locate(Object key, PickleInput in, long size) throws IOException {
        Root root = key instanceof String s ? roots.get(s) : null;
        if (root == null || root.position >= 0) {
            throw new FormatException(file, "lists a storage that nothing refers to, or lists it twice");
        }
        long numel = in.i64();
        root.position = in.position();
        if (numel != root.numel || root.storage.bytes() > size - root.position) {
            throw new FormatException(file, "storage '" + key + "' should have " + root.numel + " elements; the file says "
                    + numel + " and has " + (size - root.position) + " bytes left");
        }
        in.skip(root.storage.bytes());
    }

    /** {@code ('storage', type, key, location, numel, None | (view key, offset, length))}. */
    @Override
    public Object storage(Tuple id, DType dtype) throws IOException {
        if (id.size() < 5 || !(id.get(2) instanceof String key) || !(id.get(4) instanceof Long numel) || numel < 0
                || dtype == null) {
            throw new FormatException(file, "refers to a storage in a malformed way");
        }
        long bytes = Shapes.bytes(file, "storage '" + key + "'", dtype, List.of(numel));
        Root root = roots.computeIfAbsent(key, k -> new Root(dtype, numel, new TorchStorage(k, bytes, this::load)));
        if (root.dtype != dtype || root.numel != numel) {
            throw new FormatException(file, "refers to storage '" + key + "' with two types or lengths");
        }
        if (id.size() < 6 || id.get(5) == null) {
            return new TorchGlobals.TypedStorage(root.storage, dtype, 0, numel);
        }
        if (!(id.get(5) instanceof Tuple view) || view.size() != 3 || !(view.get(1) instanceof Long first)
                || !(view.get(2) instanceof Long length) || first < 0 || length < 0 || first > numel - length) {
            throw new FormatException(file, "refers to a part of storage '" + key + "' that reaches outside it");
        }
        return new TorchGlobals.TypedStorage(root.storage, dtype, first, length);
    }

    private HostArray load(TorchStorage storage, DType dtype) throws IOException {
        Root root = roots.get(storage.key());
        String what = "storage '" + storage.key() + "'";
        long numel = storage.bytes() / dtype.bytes();
        Shapes.shape(file, what, List.of(numel));
        HostArray data = HostArray.allocate(dtype, numel);
        channel.position(root.position);
        InputStream in = Channels.newInputStream(channel);
        Npy.readElements(file, what, in, ByteOrder.LITTLE_ENDIAN, data);
        return data;
    }
}
