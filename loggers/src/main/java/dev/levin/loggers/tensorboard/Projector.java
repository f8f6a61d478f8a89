package dev.levin.loggers.tensorboard;

import com.google.protobuf.TextFormat;
import dev.levin.io.ArrayData;
import dev.levin.loggers.tensorboard.proto.EmbeddingInfo;
import dev.levin.loggers.tensorboard.proto.ProjectorConfig;
import dev.levin.loggers.tensorboard.proto.SpriteMetadata;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files the projector tab reads: vectors, labels and pictures of each embedding, and one configuration that lists
 * them. Confined to the writer thread.
 */
final class Projector {
    private static final String CONFIG = "projector_config.pbtxt";

    private final Path folder;
    private final Map<String, EmbeddingInfo> embeddings = new LinkedHashMap<>();
    private boolean loaded;

    Projector(Path folder) {
        this.folder = folder;
    }

    void write(String tag, long step, ArrayData vectors, EmbeddingLabels labels, ArrayData pictures) throws IOException {
        loadEarlier();
        String number = String.format("%05d", step);
        String relative = number + "/" + encode(tag);
        Path target = folder.resolve(relative);
        Files.createDirectories(target);
        var info = EmbeddingInfo.newBuilder().setTensorName(tag + ":" + number).setTensorPath(relative + "/tensors.tsv");
        writeVectors(target.resolve("tensors.tsv"), vectors);
        if (labels != null) {
            info.setMetadataPath(relative + "/metadata.tsv");
            writeLabels(target.resolve("metadata.tsv"), labels);
        }
        if (pictures != null) {
            int n = pictures.shape().dim(0);
            int columns = (int) Math.ceil(Math.sqrt(n));
            info.setSprite(SpriteMetadata.newBuilder().setImagePath(relative + "/sprite.png")
                    .addSingleImageDim(pictures.shape().dim(3)).addSingleImageDim(pictures.shape().dim(2)));
            Files.write(target.resolve("sprite.png"), Images.png(Images.grid(square(pictures, columns * columns), columns)));
        }
        embeddings.put(info.getTensorName(), info.build());
        var config = ProjectorConfig.newBuilder().addAllEmbeddings(embeddings.values()).build();
        Files.writeString(folder.resolve(CONFIG), TextFormat.printer().printToString(config));
    }

    /** A continued run keeps the embeddings it wrote before. */
    private void loadEarlier() throws IOException {
        Path file = folder.resolve(CONFIG);
        if (!loaded && Files.exists(file)) {
            var config = ProjectorConfig.newBuilder();
            TextFormat.merge(Files.readString(file), config);
            config.getEmbeddingsList().forEach(e -> embeddings.put(e.getTensorName(), e));
        }
        loaded = true;
    }

    /** The projector wants the sprite square: filled up with black pictures. */
    private static ArrayData square(ArrayData pictures, int count) {
        Shape s = pictures.shape();
        int each = (int) (s.numel() / s.dim(0));
        HostArray padded = HostArray.allocate(pictures.data().dtype(), (long) count * each);
        System.arraycopy(pictures.data().array(), 0, padded.array(), 0, pictures.data().length());
        return new ArrayData(s.with(0, count), padded);
    }

    private static void writeVectors(Path file, ArrayData vectors) throws IOException {
        int columns = vectors.shape().dim(1);
        HostArray data = vectors.data();
        boolean wide = data.dtype() == DType.F64;
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < data.length(); i++) {
                double v = data.getDouble(i);
                out.write(wide ? Double.toString(v) : Float.toString((float) v));
                out.write((i + 1) % columns == 0 ? '\n' : '\t');
            }
        }
    }

    private static void writeLabels(Path file, EmbeddingLabels labels) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            if (!labels.header().isEmpty()) {
                writeRow(out, labels.header());
            }
            for (List<String> row : labels.rows()) {
                writeRow(out, row);
            }
        }
    }

    private static void writeRow(BufferedWriter out, List<String> row) throws IOException {
        // A tab or line break inside a label would shift every label after it.
        out.write(String.join("\t", row.stream().map(cell -> cell.replaceAll("[\t\r\n]+", " ")).toList()) + "\n");
    }

    private static String encode(String tag) {
        return tag.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c").replace(":", "%3a");
    }
}
