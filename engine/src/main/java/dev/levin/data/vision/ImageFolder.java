package dev.levin.data.vision;

import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Images in one folder per class (and folders within it), read when they are asked for. Input: F32 [channels, height, width];
 * target: I64 scalar, the position of the class among the sorted folder names.
 *
 * {@snippet :
 * var train = new ImageFolder(root, Transforms.randomResizedCrop(224, 224).then(Transforms.randomHorizontalFlip(0.5)), ToTensor.IMAGENET);
 * var loader = new DataLoader<>(train, 64).shuffle().workers(4);
 * }
 */
public final class ImageFolder implements Dataset<Batch> {
    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "gif", "bmp");

    private final Path root;
    private final List<String> classes = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final ImageTransform transform;
    private final ToTensor toTensor;

    /**
     * Images scaled to one size, 0 to 1.
     *
     * @throws IOException when the folder has no class folders with images
     */
    public ImageFolder(Path root, int height, int width, boolean grey) throws IOException {
        this(root, (grey ? Transforms.grayscale() : ImageTransform.identity()).then(Transforms.resize(height, width)), ToTensor.UNIT);
    }

    /**
     * @param transform must give images of one size, so that they can be joined to batches
     * @throws IOException when the folder has no class folders with images
     */
    public ImageFolder(Path root, ImageTransform transform, ToTensor toTensor) throws IOException {
        this.root = root;
        this.transform = transform;
        this.toTensor = toTensor;
        if (!Files.isDirectory(root)) {
            throw new IOException(root + " is not a folder; expected one with a folder per class");
        }
        for (Path folder : sorted(root)) {
            if (Files.isDirectory(folder)) {
                classes.add(folder.getFileName().toString());
                collect(folder, classes.size() - 1);
            }
        }
        if (files.isEmpty()) {
            throw new IOException(root + " holds no images; expected one folder per class with files ending in " + ENDINGS);
        }
    }

    private void collect(Path folder, int label) throws IOException {
        for (Path file : sorted(folder)) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            if (Files.isDirectory(file)) {
                collect(file, label);
            } else if (ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))) {
                files.add(file);
                labels.add(label);
            }
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

    /** The file of each sample. */
    public List<Path> files() {
        return List.copyOf(files);
    }

    /** The label of each sample. */
    public int[] labels() {
        return labels.stream().mapToInt(i -> i).toArray();
    }

    @Override
    public int size() {
        return files.size();
    }

    /** Outside a loader random numbers are a function of the index. */
    @Override
    public Batch get(int index) throws IOException {
        return get(index, new SplittableRandom(index));
    }

    @Override
    public Batch get(int index, RandomGenerator random) throws IOException {
        Image image = transform.apply(Image.read(files.get(index)), random);
        return new Batch(toTensor.apply(image), Tensor.of(HostArray.wrap(DType.I64, new long[] {labels.get(index)}), Shape.scalar()));
    }

    @Override
    public String describe(int index) {
        return "sample " + index + " (" + files.get(index) + ")";
    }

    @Override
    public String name() {
        return "images in " + root;
    }
}
