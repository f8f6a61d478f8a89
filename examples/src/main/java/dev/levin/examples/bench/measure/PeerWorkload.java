package dev.levin.examples.bench.measure;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** The workloads that peers on the JVM train, too: their data in plain arrays. */
public enum PeerWorkload {
    MLP_MNIST(64),
    MLP_WIDE(256),
    CNN_MNIST(64),
    AUTOENCODER(128);

    public static final int PIXELS = 784;
    public static final int CLASSES = 10;
    private static final int BATCHES = 64;

    private final int batch;

    PeerWorkload(int batch) {
        this.batch = batch;
    }

    /** @throws IllegalArgumentException listing the names */
    public static PeerWorkload named(String name) {
        return Arrays.stream(values()).filter(w -> w.label().equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "peers on the JVM do not train '" + name + "', but " + Arrays.stream(values()).map(PeerWorkload::label).toList()));
    }

    /** As on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public int batch() {
        return batch;
    }

    /** The widths of a network of linear layers with ReLU between them; none of other networks. */
    public int[] widths() {
        return switch (this) {
            case MLP_MNIST -> new int[] {PIXELS, 128, CLASSES};
            case MLP_WIDE -> new int[] {PIXELS, 1024, 1024, CLASSES};
            case AUTOENCODER -> new int[] {PIXELS, 256, 64, 256, PIXELS};
            case CNN_MNIST -> new int[0];
        };
    }

    /** Takes every batch: [batch, 784] and [batch]. */
    public <B> List<B> batches(BiFunction<float[], long[], B> make) {
        Samples.Images images = new Samples.Images(BATCHES * batch, PIXELS, CLASSES);
        return IntStream.range(0, BATCHES).mapToObj(i -> make.apply(images.pixels(i * batch, batch), images.labels(i * batch, batch))).toList();
    }
}
