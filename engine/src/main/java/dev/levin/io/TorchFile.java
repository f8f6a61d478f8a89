package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An open PyTorch file of either kind: its pickle as plain values, with tensors that are read when resolved. */
final class TorchFile implements Closeable {
    /** Re-zipped files may be deflated, but weights and pickles do not shrink further than this. */
    private static final long MAX_RATIO = 64;

    private final Closeable file;
    private final Object root;
    private final TorchResolver resolver;

    TorchFile(Closeable file, Object root, TorchResolver resolver) {
        this.file = file;
        this.root = root;
        this.resolver = resolver;
    }

    /** The pickled value; its tensors are not read yet. */
    Object root() {
        return root;
    }

    /** Reads the tensors in a part of the tree, in place. */
    Object resolve(Object part) throws IOException {
        return resolver.resolve(part);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    static TorchFile open(Path file, boolean placeholders) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file, "is not a regular file");
        }
        byte[] start;
        try (var in = Files.newInputStream(file)) {
            start = in.readNBytes(4);
        }
        if (start.length == 4 && start[0] == 'P' && start[1] == 'K') {
            return openZip(file, placeholders);
        }
        if (start.length > 1 && (start[0] & 0xff) == Pickle.PROTO) {
            return TorchLegacyFile.open(file, placeholders);
        }
        throw new FormatException(file, "is neither a zip archive (torch.save since 1.6) nor a pickle (before); it was not "
                + "written by torch.save, or is damaged");
    }

    private static TorchFile openZip(Path file, boolean placeholders) throws IOException {
        ZipArchive zip = ZipArchive.open(file);
        try {
            String prefix = prefix(zip);
            if (zip.has(prefix + "constants.pkl")) {
                throw new FormatException(file, "is a TorchScript archive, which holds code; save the model's state_dict() "
                        + "by torch.save instead");
            }
            String pickle = prefix + "data.pkl";
            checkRatio(zip, pickle);
            var budget = new Budget(file, Files.size(file));
            byte[] bytes = zip.bytes(pickle);
            var globals = new TorchGlobals(file, placeholders, new ZipStorages(zip, prefix), budget);
            Object root = new PickleReader(new PickleInput(file, new ByteArrayInputStream(bytes), bytes.length), globals)
                    .read();
            return new TorchFile(zip, root, new TorchResolver(budget));
        } catch (Throwable t) {
            try {
                zip.close();
            } catch (IOException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    /** The folder that holds {@code data.pkl}: any name, or none. */
    private static String prefix(ZipArchive zip) throws FormatException {
        String found = null;
        for (String name : zip.names()) {
            int slash = name.indexOf('/');
            if (name.substring(slash + 1).equals("data.pkl")) {
                if (found != null) {
                    throw new FormatException(zip.file(), "has more than one data.pkl");
                }
                found = name.substring(0, slash + 1);
            }
        }
        if (found == null) {
            throw new FormatException(zip.file(), "is a zip archive without data.pkl; it was not written by torch.save");
        }
        return found;
    }

    private static void checkRatio(ZipArchive zip, String entry) throws FormatException {
        if (zip.size(entry) > MAX_RATIO * zip.packedSize(entry) + 1024) {
            throw new FormatException(zip.file(), "entry '" + entry + "' expands more than " + MAX_RATIO
                    + " times; torch.save does not compress");
        }
    }

    /** Storages that are entries of the archive. */
    private static final class ZipStorages implements TorchGlobals.Storages {
        private final ZipArchive zip;
        private final String prefix;
        private final ByteOrder order;
        private final Map<String, TorchStorage> storages = new HashMap<>();

        ZipStorages(ZipArchive zip, String prefix) throws IOException {
            this.zip = zip;
            this.prefix = prefix;
            String entry = prefix + "byteorder";
            String text = zip.has(entry) && zip.size(entry) < 100
                    ? new String(zip.bytes(entry), StandardCharsets.US_ASCII).strip() : "little";
            if (!List.of("little", "big").contains(text)) {
                throw new FormatException(zip.file(), "has the unknown byte order '" + text + "'");
            }
            this.order = text.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        }

        /** {@code ('storage', type, key, location, numel)}. */
        @Override
        public Object storage(Tuple id, DType dtype) throws IOException {
            if (id.size() < 5 || !(id.get(2) instanceof String key) || !(id.get(4) instanceof Long numel) || numel < 0) {
                throw new FormatException(zip.file(), "refers to a storage in a malformed way");
            }
            String entry = prefix + "data/" + key;
            long size = zip.size(entry);
            long want = Shapes.bytes(zip.file(), "storage '" + key + "'", dtype == null ? DType.U8 : dtype, List.of(numel));
            if (size != want) {
                throw new FormatException(zip.file(), "storage '" + key + "' should have " + want + " bytes, entry '" + entry
                        + "' has " + size);
            }
            checkRatio(zip, entry);
            TorchStorage storage = storages.computeIfAbsent(key, k -> new TorchStorage(k, size, this::load));
            return new TorchGlobals.TypedStorage(storage, dtype, 0, numel);
        }

        private HostArray load(TorchStorage storage, DType dtype) throws IOException {
            String what = "storage '" + storage.key() + "'";
            long numel = storage.bytes() / dtype.bytes();
            Shapes.shape(zip.file(), what, List.of(numel));
            return zip.read(prefix + "data/" + storage.key(), in -> {
                HostArray data = HostArray.allocate(dtype, numel);
                Npy.readElements(zip.file(), what, in, order, data);
                in.skipNBytes(storage.bytes() - data.bytes());
                return data;
            });
        }
    }
}
