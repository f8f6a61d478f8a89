package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Images in one folder per class. Input: F32 [3, height, width] (or [1, ...] in grey), 0 to 1; target: I64 scalar, the
 * position of the class among the sorted folder names.
 */
public final class ImageFolder implements Dataset<Batch> {
    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "gif", "bmp");

    private final List<String> classes = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final int height;
    private final int width;
    private final boolean grey;

    /**
     * @param height images are scaled to this size
     * @throws IOException when the folder has no class folders with images
     */
    public ImageFolder(Path root, int height, int width, boolean grey) throws IOException {
        this.height = height;
        this.width = width;
        this.grey = grey;
        for (Path folder : sorted(root)) {
            if (Files.isDirectory(folder)) {
                classes.add(folder.getFileName().toString());
                for (Path file : sorted(folder)) {
                    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                    if (ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))) {
                        files.add(file);
                        labels.add(classes.size() - 1);
                    }
                }
            }
        }
        if (files.isEmpty()) {
            throw new IOException(root + " holds no images; expected one folder per class with files ending in " + ENDINGS);
        }
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.sorted().toList();
        }
    }

    /** Class names, by label. */
    public List<String> classes() {
        return List.copyOf(classes);
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public Batch get(int index) throws IOException {
        BufferedImage image = ImageIO.read(files.get(index).toFile());
        if (image == null) {
            throw new IOException(files.get(index) + " is not an image that can be read");
        }
        return new Batch(pixels(image, height, width, grey), Tensor.of(new long[] {labels.get(index)}).reshape());
    }

    /** An image scaled (bilinear) to F32 [channels, height, width], 0 to 1. */
    public static Tensor pixels(BufferedImage image, int height, int width, boolean grey) {
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = scaled.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.drawImage(image, 0, 0, width, height, null);
        g.dispose();
        int n = height * width;
        int[] rgb = scaled.getRGB(0, 0, width, height, null, 0, width);
        float[] out = new float[grey ? n : 3 * n];
        for (int i = 0; i < n; i++) {
            int r = rgb[i] >> 16 & 0xff;
            int gr = rgb[i] >> 8 & 0xff;
            int b = rgb[i] & 0xff;
            if (grey) {
                out[i] = (0.299f * r + 0.587f * gr + 0.114f * b) / 255;
            } else {
                out[i] = r / 255f;
                out[n + i] = gr / 255f;
                out[2 * n + i] = b / 255f;
            }
        }
        return Tensor.of(HostArray.wrap(DType.F32, out), Shape.of(grey ? 1 : 3, height, width));
    }
}
