package dev.levin.data.vision;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Pixels as bytes: rows from the top, pixels from the left, channels next to each other ([height, width, channels]). One channel
 * is grey, three are red, green, blue. Not to be written to once it is shared.
 */
public final class Image {
    private final int height;
    private final int width;
    private final int channels;
    private final byte[] pixels;

    /** @param pixels is not copied */
    public Image(int height, int width, int channels, byte[] pixels) {
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException("an image has 1 channel (grey) or 3 (red, green, blue), not " + channels);
        }
        if (height < 0 || width < 0 || pixels.length != (long) height * width * channels) {
            throw new IllegalArgumentException(pixels.length + " bytes can't be an image of " + height + " x " + width + " with " + channels + " channels");
        }
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.pixels = pixels;
    }

    /** A black image. */
    static Image blank(int height, int width, int channels) {
        return new Image(height, width, channels, new byte[Math.multiplyExact(Math.multiplyExact(height, width), channels)]);
    }

    /**
     * Reads a PNG, JPEG, GIF or BMP file, as red, green and blue.
     *
     * @throws IOException naming the file
     */
    public static Image read(Path file) throws IOException {
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException | RuntimeException e) {
            throw new IOException(file + " can't be read as an image: " + e.getMessage(), e);
        }
        if (image == null) {
            throw new IOException(file + " is not an image that can be read (PNG, JPEG, GIF, BMP)");
        }
        return of(image);
    }

    /** Grey images keep their one channel, others become red, green and blue; transparency is left out. */
    public static Image of(BufferedImage image) {
        int h = image.getHeight();
        int w = image.getWidth();
        if (image.getType() == BufferedImage.TYPE_BYTE_GRAY) {
            byte[] grey = new byte[h * w];
            image.getRaster().getDataElements(0, 0, w, h, grey);
            return new Image(h, w, 1, grey);
        }
        byte[] out = new byte[3 * h * w];
        int[] rgb = image.getRGB(0, 0, w, h, null, 0, w);
        for (int i = 0; i < rgb.length; i++) {
            out[3 * i] = (byte) (rgb[i] >> 16);
            out[3 * i + 1] = (byte) (rgb[i] >> 8);
            out[3 * i + 2] = (byte) rgb[i];
        }
        return new Image(h, w, 3, out);
    }

    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
        byte[] to = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < pixels.length; i++) {
            to[channels == 1 ? i : i - i % 3 + 2 - i % 3] = pixels[i];
        }
        return image;
    }

    public int height() {
        return height;
    }

    public int width() {
        return width;
    }

    public int channels() {
        return channels;
    }

    /** The array itself, not a copy. */
    public byte[] pixels() {
        return pixels;
    }

    /** 0 to 255. */
    public int get(int y, int x, int channel) {
        return pixels[(y * width + x) * channels + channel] & 0xff;
    }

    /** One channel: 0.299 red + 0.587 green + 0.114 blue (ITU-R 601). */
    public Image grey() {
        if (channels == 1) {
            return this;
        }
        byte[] out = new byte[height * width];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) ((pixels[3 * i] & 0xff) * 19595 + (pixels[3 * i + 1] & 0xff) * 38470 + (pixels[3 * i + 2] & 0xff) * 7471 + 0x8000 >> 16);
        }
        return new Image(height, width, 1, out);
    }

    /** Three channels; grey is repeated. */
    public Image rgb() {
        if (channels == 3) {
            return this;
        }
        byte[] out = new byte[3 * pixels.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = pixels[i / 3];
        }
        return new Image(height, width, 3, out);
    }

    @Override
    public String toString() {
        return "Image[" + height + " x " + width + " x " + channels + "]";
    }
}
