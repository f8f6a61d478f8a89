package dev.levin.data.vision;

import dev.levin.data.Draws;
import dev.levin.data.Idx;
import dev.levin.data.Mnist;
import dev.levin.data.RowDataset;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Labelled images of one size in memory, a byte a value; turned into floats when a batch is made, after augmentation if there is
 * any.
 *
 * {@snippet :
 * var train = Cifar.train10(folder).transform(Transforms.randomCrop(32, 32, 4).then(Transforms.randomHorizontalFlip(0.5)))
 *         .toTensor(ToTensor.normalized(new double[] {0.491, 0.482, 0.447}, new double[] {0.247, 0.243, 0.262}));
 * }
 *
 * <p>Input: F32 [channels, height, width]; target: I64 scalar.
 */
public final class PixelDataset extends RowDataset {
    private final String name;
    private final byte[] pixels;
    private final int[] labels;
    private final int height;
    private final int width;
    private final int channels;
    private final ImageTransform augment;
    private final ToTensor toTensor;
    private final float[][] tables;

    /**
     * @param pixels [N, height, width, channels], not copied
     * @param labels one for each image
     */
    public PixelDataset(byte[] pixels, int height, int width, int channels, int[] labels) {
        this("images", pixels, height, width, channels, labels.clone(), null, ToTensor.UNIT, Shape.of(channels, height, width));
        if (pixels.length != (long) labels.length * height * width * channels) {
            throw new IllegalArgumentException(pixels.length + " bytes can't be " + labels.length + " images of " + height + " x " + width + " x " + channels);
        }
    }

    private PixelDataset(String name, byte[] pixels, int height, int width, int channels, int[] labels, ImageTransform augment, ToTensor toTensor,
            Shape shape) {
        super(shape);
        this.name = name;
        this.pixels = pixels;
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.labels = labels;
        this.augment = augment;
        this.toTensor = toTensor;
        tables = new float[channels][];
        if (augment == null) {
            Arrays.setAll(tables, c -> toTensor.table(c, channels));
        }
    }

    /** Images [N, height, width] and labels [N] in IDX files. */
    public static PixelDataset ofIdx(Path images, Path labels) throws IOException {
        Tensor x = Idx.read(images);
        Tensor y = Idx.read(labels);
        if (x.dim() != 3 || y.dim() != 1 || x.size(0) != y.size(0)) {
            throw new IOException(images + " " + x.shape() + " and " + labels + " " + y.shape() + " do not belong together");
        }
        int[] numbers = new int[y.size(0)];
        byte[] raw = (byte[]) y.toHost().array();
        Arrays.setAll(numbers, i -> raw[i] & 0xff);
        return new PixelDataset((byte[]) x.toHost().array(), x.size(1), x.size(2), 1, numbers).named(images.getFileName().toString());
    }

    /** MNIST from a folder, downloaded into it if need be; normalised by the training set's mean and deviation. */
    public static PixelDataset mnist(Path folder, boolean training) throws IOException {
        return ofIdx(Mnist.images(folder, training, false), Mnist.labels(folder, training, false)).named("MNIST").toTensor(ToTensor.normalized(0.1307, 0.3081));
    }

    /** Fashion-MNIST from a folder, downloaded into it if need be; normalised by the training set's mean and deviation. */
    public static PixelDataset fashionMnist(Path folder, boolean training) throws IOException {
        return ofIdx(Mnist.images(folder, training, true), Mnist.labels(folder, training, true)).named("Fashion-MNIST")
                .toTensor(ToTensor.normalized(0.2860, 0.3530));
    }

    /** The same images under a name for messages. */
    public PixelDataset named(String newName) {
        return new PixelDataset(newName, pixels, height, width, channels, labels, augment, toTensor, inputShape());
    }

    /** The same images, changed at random each time they are fetched. All results must have one size, that of the first image's. */
    public PixelDataset transform(ImageTransform transform) {
        if (labels.length == 0) {
            throw new IllegalStateException("there are no images to augment");
        }
        Image first = transform.apply(image(0), new SplittableRandom(0));
        toTensor.table(0, first.channels());
        return new PixelDataset(name, pixels, height, width, channels, labels, transform, toTensor, Shape.of(first.channels(), first.height(), first.width()));
    }

    /** The same images, turned into numbers in another way. */
    public PixelDataset toTensor(ToTensor how) {
        how.table(0, inputShape().dim(0));
        return new PixelDataset(name, pixels, height, width, channels, labels, augment, how, inputShape());
    }

    @Override
    public int size() {
        return labels.length;
    }

    /** An image as it is in memory. */
    public Image image(int index) {
        int n = height * width * channels;
        return new Image(height, width, channels, Arrays.copyOfRange(pixels, index * n, (index + 1) * n));
    }

    public int[] labels() {
        return labels.clone();
    }

    @Override
    protected long label(int index) {
        return labels[index];
    }

    @Override
    protected void read(int index, float[] out, int at, Draws draws, int place) {
        if (augment != null) {
            RandomGenerator random = draws.at(place);
            Image image = augment.apply(image(index), random);
            if (image.channels() != inputShape().dim(0) || image.height() != inputShape().dim(1) || image.width() != inputShape().dim(2)) {
                throw new IllegalArgumentException("the augmentation gave " + image + ", but the first image became " + inputShape()
                        + "; end it with a resize or crop to one size");
            }
            toTensor.write(image, out, at);
            return;
        }
        int n = height * width;
        int start = index * n * channels;
        for (int c = 0; c < channels; c++) {
            float[] table = tables[c];
            int to = at + c * n;
            for (int i = 0, from = start + c; i < n; i++, from += channels) {
                out[to + i] = table[pixels[from] & 0xff];
            }
        }
    }

    @Override
    public String name() {
        return name;
    }
}
