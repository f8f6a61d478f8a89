package dev.levin.data.vision;

import java.util.random.RandomGenerator;

/**
 * The usual transforms, under torchvision's names and with its meanings.
 *
 * {@snippet :
 * var augment = ImageTransform.compose(Transforms.randomCrop(32, 32, 4), Transforms.randomHorizontalFlip(0.5),
 *         Transforms.colorJitter(0.2, 0.2, 0.2, 0.05));
 * }
 */
public final class Transforms {
    private static final int ATTEMPTS = 10;

    private Transforms() {
    }

    static void checkProbability(double p) {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("a probability lies between 0 and 1: " + p);
        }
    }

    static int[] permutation(int n, RandomGenerator random) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    // ---- size -----------------------------------------------------------------------------------------------------------

    /** To a size, bilinear with antialiasing. */
    public static ImageTransform resize(int height, int width) {
        return resize(height, width, Interpolation.BILINEAR);
    }

    public static ImageTransform resize(int height, int width, Interpolation how) {
        return (image, random) -> Resampler.resize(image, height, width, how);
    }

    /** The shorter side to a length, the other in proportion (fractions dropped). */
    public static ImageTransform resize(int shorter) {
        return (image, random) -> {
            int h = image.height();
            int w = image.width();
            return h <= w ? Resampler.resize(image, shorter, (int) ((long) shorter * w / h), Interpolation.BILINEAR)
                    : Resampler.resize(image, (int) ((long) shorter * h / w), shorter, Interpolation.BILINEAR);
        };
    }

    /** A part of the image; what lies outside of it is black. */
    public static Image crop(Image image, int top, int left, int height, int width) {
        if (top == 0 && left == 0 && height == image.height() && width == image.width()) {
            return image;
        }
        Image out = Image.blank(height, width, image.channels());
        int c = image.channels();
        int from = Math.max(0, left);
        int to = Math.min(image.width(), left + width);
        for (int y = Math.max(0, -top); y < height && y + top < image.height() && to > from; y++) {
            System.arraycopy(image.pixels(), ((y + top) * image.width() + from) * c, out.pixels(), (y * width + from - left) * c, (to - from) * c);
        }
        return out;
    }

    /** The middle; images that are smaller are surrounded by black. */
    public static ImageTransform centerCrop(int height, int width) {
        return (image, random) -> center(image, height, width);
    }

    private static Image center(Image image, int height, int width) {
        int h = Math.max(height, image.height());
        int w = Math.max(width, image.width());
        Image room = image;
        if (h != image.height() || w != image.width()) {
            room = crop(image, -((h - image.height()) / 2), -((w - image.width()) / 2), h, w);
        }
        return crop(room, (int) Math.rint((h - height) / 2.0), (int) Math.rint((w - width) / 2.0), height, width);
    }

    public static ImageTransform randomCrop(int height, int width) {
        return randomCrop(height, width, 0);
    }

    /**
     * A random part, after black was put around.
     *
     * @throws IllegalArgumentException, when it runs, for images that are smaller than the part
     */
    public static ImageTransform randomCrop(int height, int width, int padding) {
        return (image, random) -> {
            int h = image.height() + 2 * padding;
            int w = image.width() + 2 * padding;
            if (h < height || w < width) {
                throw new IllegalArgumentException("a part of " + height + " x " + width + " can't be cut from " + image
                        + (padding > 0 ? " with a padding of " + padding : "") + "; pad or resize it first");
            }
            int top = random.nextInt(h - height + 1) - padding;
            int left = random.nextInt(w - width + 1) - padding;
            return crop(image, top, left, height, width);
        };
    }

    /** A part of 8 to 100 % of the area and an aspect of 3:4 to 4:3, resized: how networks for ImageNet are trained. */
    public static ImageTransform randomResizedCrop(int height, int width) {
        return randomResizedCrop(height, width, 0.08, 1, 3.0 / 4, 4.0 / 3);
    }

    /**
     * @param minScale least share of the area
     * @param minRatio least width / height
     */
    public static ImageTransform randomResizedCrop(int height, int width, double minScale, double maxScale, double minRatio, double maxRatio) {
        if (!(0 < minScale && minScale <= maxScale && 0 < minRatio && minRatio <= maxRatio)) {
            throw new IllegalArgumentException("scales and ratios must be positive and ascend: " + minScale + " to " + maxScale + ", " + minRatio + " to " + maxRatio);
        }
        return (image, random) -> {
            for (int i = 0; i < ATTEMPTS; i++) {
                double area = (double) image.height() * image.width() * between(random, minScale, maxScale);
                double ratio = Math.exp(between(random, Math.log(minRatio), Math.log(maxRatio)));
                int w = (int) Math.rint(Math.sqrt(area * ratio));
                int h = (int) Math.rint(Math.sqrt(area / ratio));
                if (w > 0 && w <= image.width() && h > 0 && h <= image.height()) {
                    int top = random.nextInt(image.height() - h + 1);
                    int left = random.nextInt(image.width() - w + 1);
                    return Resampler.resize(crop(image, top, left, h, w), height, width, Interpolation.BILINEAR);
                }
            }
            double ratio = (double) image.width() / image.height();
            int w = ratio > maxRatio ? (int) Math.rint(image.height() * maxRatio) : image.width();
            int h = ratio < minRatio ? (int) Math.rint(image.width() / minRatio) : image.height();
            return Resampler.resize(crop(image, (image.height() - h) / 2, (image.width() - w) / 2, h, w), height, width, Interpolation.BILINEAR);
        };
    }

    static double between(RandomGenerator random, double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /** A frame of one value on all sides. */
    public static ImageTransform pad(int border, int fill) {
        return pad(border, border, border, border, Border.CONSTANT, fill);
    }

    /** What is put around an image. */
    public enum Border { CONSTANT, EDGE, REFLECT, SYMMETRIC }

    /**
     * @param fill for {@link Border#CONSTANT}
     */
    public static ImageTransform pad(int left, int top, int right, int bottom, Border border, int fill) {
        if (left < 0 || top < 0 || right < 0 || bottom < 0) {
            throw new IllegalArgumentException("borders must not be negative: " + left + ", " + top + ", " + right + ", " + bottom);
        }
        return (image, random) -> {
            int h = image.height();
            int w = image.width();
            int c = image.channels();
            Image out = Image.blank(h + top + bottom, w + left + right, c);
            for (int y = 0; y < out.height(); y++) {
                int sy = source(y - top, h, border);
                for (int x = 0; x < out.width(); x++) {
                    int sx = source(x - left, w, border);
                    for (int k = 0; k < c; k++) {
                        out.pixels()[(y * out.width() + x) * c + k] = sy < 0 || sx < 0 ? (byte) fill : image.pixels()[(sy * w + sx) * c + k];
                    }
                }
            }
            return out;
        };
    }

    /** -1 for a constant. */
    private static int source(int at, int size, Border border) {
        if (at >= 0 && at < size) {
            return at;
        }
        return switch (border) {
            case CONSTANT -> -1;
            case EDGE -> Math.clamp(at, 0, size - 1);
            case SYMMETRIC -> {
                int i = Math.floorMod(at, 2 * size);
                yield i < size ? i : 2 * size - 1 - i;
            }
            case REFLECT -> {
                int i = size == 1 ? 0 : Math.floorMod(at, 2 * size - 2);
                yield i < size ? i : 2 * size - 2 - i;
            }
        };
    }

    // ---- orientation ----------------------------------------------------------------------------------------------------

    /** Left and right change places. */
    public static Image flipHorizontal(Image image) {
        int c = image.channels();
        int w = image.width();
        byte[] out = new byte[image.pixels().length];
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < w; x++) {
                for (int k = 0; k < c; k++) {
                    out[(y * w + x) * c + k] = image.pixels()[(y * w + w - 1 - x) * c + k];
                }
            }
        }
        return new Image(image.height(), w, c, out);
    }

    /** Top and bottom change places. */
    public static Image flipVertical(Image image) {
        int row = image.width() * image.channels();
        byte[] out = new byte[image.pixels().length];
        for (int y = 0; y < image.height(); y++) {
            System.arraycopy(image.pixels(), y * row, out, (image.height() - 1 - y) * row, row);
        }
        return new Image(image.height(), image.width(), image.channels(), out);
    }

    public static ImageTransform randomHorizontalFlip(double probability) {
        return ImageTransform.randomApply(probability, (image, random) -> flipHorizontal(image));
    }

    public static ImageTransform randomVerticalFlip(double probability) {
        return ImageTransform.randomApply(probability, (image, random) -> flipVertical(image));
    }

    /** Counter-clockwise about the centre; the size stays, corners become black. */
    public static ImageTransform rotate(double degrees, Interpolation how) {
        return (image, random) -> Rotation.rotate(image, degrees, how, 0);
    }

    /** By an angle of -degrees to degrees, taking the nearest pixel. */
    public static ImageTransform randomRotation(double degrees) {
        return randomRotation(-degrees, degrees, Interpolation.NEAREST, 0);
    }

    /** @param fill value of the corners */
    public static ImageTransform randomRotation(double from, double to, Interpolation how, int fill) {
        if (!(from <= to)) {
            throw new IllegalArgumentException("angles must ascend: " + from + " to " + to);
        }
        return (image, random) -> Rotation.rotate(image, between(random, from, to), how, fill);
    }

    /**
     * Random rotation, shift, scale and shear about the centre, taking the nearest pixel; corners become black.
     *
     * @param degrees rotation by -degrees to degrees
     * @param shift to each side by at most this share of the width and height
     * @param minScale least scale
     * @param shear along x by -shear to shear degrees
     */
    public static ImageTransform randomAffine(double degrees, double shift, double minScale, double maxScale, double shear) {
        if (!(degrees >= 0 && shift >= 0 && shift <= 1 && minScale > 0 && maxScale >= minScale && shear >= 0 && shear < 90)) {
            throw new IllegalArgumentException("rotation " + degrees + ", shift " + shift + ", scale " + minScale + " to " + maxScale + ", shear " + shear
                    + ": none may be negative, shifts are at most 1, scales positive and ascending, shears below 90");
        }
        return (image, random) -> Rotation.affine(image, between(random, -degrees, degrees),
                Math.rint(between(random, -shift, shift) * image.width()), Math.rint(between(random, -shift, shift) * image.height()),
                between(random, minScale, maxScale), between(random, -shear, shear), 0, Interpolation.NEAREST, 0);
    }

    /**
     * Turns clockwise, shears and scales about the centre, then moves; the size stays, corners become black.
     *
     * @param right pixels to the right
     */
    public static ImageTransform affine(double degrees, double right, double down, double scale, double shearX, double shearY, Interpolation how) {
        Rotation.check(how);
        if (!(scale > 0)) {
            throw new IllegalArgumentException("the scale must be positive, not " + scale);
        }
        return (image, random) -> Rotation.affine(image, degrees, right, down, scale, shearX, shearY, how, 0);
    }

    /** With a probability, one value over a random rectangle of 2 to 33 % of the area and an aspect of 0.3 to 3.3 (Zhong et al. 2017). */
    public static ImageTransform randomErasing(double probability, int fill) {
        return ImageTransform.randomApply(probability, (image, random) -> {
            for (int i = 0; i < ATTEMPTS; i++) {
                double area = (double) image.height() * image.width() * between(random, 0.02, 0.33);
                double ratio = Math.exp(between(random, Math.log(0.3), Math.log(3.3)));
                int h = (int) Math.rint(Math.sqrt(area * ratio));
                int w = (int) Math.rint(Math.sqrt(area / ratio));
                if (h >= 1 && h < image.height() && w >= 1 && w < image.width()) {
                    int top = random.nextInt(image.height() - h + 1);
                    int left = random.nextInt(image.width() - w + 1);
                    int c = image.channels();
                    byte[] out = image.pixels().clone();
                    for (int y = top; y < top + h; y++) {
                        java.util.Arrays.fill(out, (y * image.width() + left) * c, (y * image.width() + left + w) * c, (byte) fill);
                    }
                    return new Image(image.height(), image.width(), c, out);
                }
            }
            return image;
        });
    }

    // ---- colour -----------------------------------------------------------------------------------------------------------

    /** One channel. */
    public static ImageTransform grayscale() {
        return (image, random) -> image.grey();
    }

    /** Grey, but with as many channels as before. */
    public static ImageTransform randomGrayscale(double probability) {
        return ImageTransform.randomApply(probability, (image, random) -> image.channels() == 1 ? image : image.grey().rgb());
    }

    public static ImageTransform brightness(double factor) {
        return (image, random) -> Colors.brightness(image, notNegative(factor));
    }

    public static ImageTransform contrast(double factor) {
        return (image, random) -> Colors.contrast(image, notNegative(factor));
    }

    public static ImageTransform saturation(double factor) {
        return (image, random) -> Colors.saturation(image, notNegative(factor));
    }

    /** Turns the colour circle by a share of it. */
    public static ImageTransform hue(double share) {
        checkHue(share);
        return (image, random) -> Colors.hue(image, share);
    }

    /** 255 - x. */
    public static ImageTransform invert() {
        return (image, random) -> Colors.pointwise(image, v -> 255 - v);
    }

    /** Inverts what is at least as bright as a threshold. */
    public static ImageTransform solarize(int threshold) {
        return (image, random) -> Colors.pointwise(image, v -> v < threshold ? v : 255 - v);
    }

    /** Keeps some bits of each channel. */
    public static ImageTransform posterize(int bits) {
        if (bits < 1 || bits > 8) {
            throw new IllegalArgumentException("1 to 8 bits can be kept, not " + bits);
        }
        return (image, random) -> Colors.pointwise(image, v -> v & 0xff << 8 - bits);
    }

    /** Stretches each channel to 0 to 255. */
    public static ImageTransform autocontrast() {
        return (image, random) -> Colors.autocontrast(image);
    }

    /** Spreads the values of each channel evenly. */
    public static ImageTransform equalize() {
        return (image, random) -> Colors.equalize(image);
    }

    private static double notNegative(double factor) {
        if (!(factor >= 0)) {
            throw new IllegalArgumentException("a factor must not be negative: " + factor);
        }
        return factor;
    }

    private static void checkHue(double share) {
        if (!(share >= -0.5 && share <= 0.5)) {
            throw new IllegalArgumentException("the hue turns by -0.5 to 0.5, not by " + share);
        }
    }

    /**
     * Random brightness, contrast and saturation by factors of max(0, 1 - x) to 1 + x, and hue by -x to x, in random order.
     *
     * @param hue at most 0.5
     */
    public static ImageTransform colorJitter(double brightness, double contrast, double saturation, double hue) {
        notNegative(brightness);
        notNegative(contrast);
        notNegative(saturation);
        notNegative(hue);
        checkHue(hue);
        return (image, random) -> {
            Image result = image;
            for (int step : permutation(4, random)) {
                result = switch (step) {
                    case 0 -> brightness == 0 ? result : Colors.brightness(result, factor(random, brightness));
                    case 1 -> contrast == 0 ? result : Colors.contrast(result, factor(random, contrast));
                    case 2 -> saturation == 0 ? result : Colors.saturation(result, factor(random, saturation));
                    default -> hue == 0 ? result : Colors.hue(result, between(random, -hue, hue));
                };
            }
            return result;
        };
    }

    private static double factor(RandomGenerator random, double x) {
        return between(random, Math.max(0, 1 - x), 1 + x);
    }
}
