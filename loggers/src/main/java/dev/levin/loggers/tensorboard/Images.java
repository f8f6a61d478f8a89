package dev.levin.loggers.tensorboard;

import com.google.protobuf.ByteString;
import dev.levin.io.ArrayData;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures of elements, grids of pictures, and their PNG form. */
final class Images {
    private Images() {}

    /** @throws IllegalArgumentException unless {@code shape} is [H, W], or [C, H, W] with 1, 3 or 4 channels, nowhere empty */
    static void checkImage(String tag, Shape shape) {
        boolean ok = shape.numel() > 0 && (shape.rank() == 2 || shape.rank() == 3 && isChannels(shape.dim(0)));
        if (!ok) {
            throw new IllegalArgumentException("image '" + tag + "' has shape " + shape
                    + "; expected [H, W] or [C, H, W] with C = 1 (grey), 3 (RGB) or 4 (RGBA)");
        }
    }

    /** @throws IllegalArgumentException unless {@code shape} is [N, C, H, W] with 1, 3 or 4 channels, nowhere empty */
    static void checkBatch(String tag, Shape shape) {
        if (shape.rank() != 4 || !isChannels(shape.dim(1)) || shape.numel() == 0) {
            throw new IllegalArgumentException("images '" + tag + "' have shape " + shape
                    + "; expected [N, C, H, W] with C = 1 (grey), 3 (RGB) or 4 (RGBA)");
        }
    }

    private static boolean isChannels(int c) {
        return c == 1 || c == 3 || c == 4;
    }

    /** A picture of [H, W] or [C, H, W] elements: U8 as they are, other types from 0..1, clipped. */
    static BufferedImage picture(ArrayData image) {
        Shape s = image.shape();
        return grid(new ArrayData(Shape.of(1, s.rank() == 2 ? 1 : s.dim(0), s.dim(-2), s.dim(-1)), image.data()), 1);
    }

    /** Pictures [N, C, H, W] in rows of {@code columns}, the rest of the last row black. */
    static BufferedImage grid(ArrayData batch, int columns) {
        int n = batch.shape().dim(0);
        int channels = batch.shape().dim(1);
        int height = batch.shape().dim(2);
        int width = batch.shape().dim(3);
        int perRow = Math.min(n, columns);
        int rows = Math.ceilDiv(n, perRow);
        BufferedImage canvas = blank(width * perRow, height * rows, channels);
        byte[] pixels = ((DataBufferByte) canvas.getRaster().getDataBuffer()).getData();
        HostArray data = batch.data();
        int stride = width * perRow * channels;
        for (int i = 0; i < n; i++) {
            int corner = (i / perRow) * height * stride + (i % perRow) * width * channels;
            for (int c = 0; c < channels; c++) {
                // Java keeps the channels of a pixel in reverse: BGR, ABGR.
                int lane = channels - 1 - c;
                int plane = (i * channels + c) * height * width;
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        pixels[corner + y * stride + x * channels + lane] = pixel(data, plane + y * width + x);
                    }
                }
            }
        }
        return canvas;
    }

    private static byte pixel(HostArray data, int i) {
        return switch (data.dtype()) {
            case U8 -> (byte) data.getLong(i);
            default -> (byte) Math.clamp((int) ((float) data.getDouble(i) * 255f), 0, 255);
        };
    }

    private static BufferedImage blank(int width, int height, int channels) {
        return new BufferedImage(width, height, switch (channels) {
            case 1 -> BufferedImage.TYPE_BYTE_GRAY;
            case 3 -> BufferedImage.TYPE_3BYTE_BGR;
            default -> BufferedImage.TYPE_4BYTE_ABGR;
        });
    }

    /** A copy in a form that PNG knows. */
    static BufferedImage copy(BufferedImage image) {
        int channels = image.getColorModel().hasAlpha() ? 4 : image.getType() == BufferedImage.TYPE_BYTE_GRAY ? 1 : 3;
        BufferedImage copy = blank(image.getWidth(), image.getHeight(), channels);
        if (channels == 1) {
            image.copyData(copy.getRaster());
            return copy;
        }
        Graphics2D g = copy.createGraphics();
        g.drawImage(image, 0, 0, null);
        g.dispose();
        return copy;
    }

    static Summary.Image encode(BufferedImage image) throws IOException {
        return Summary.Image.newBuilder().setWidth(image.getWidth()).setHeight(image.getHeight())
                .setColorspace(image.getColorModel().getNumComponents())
                .setEncodedImageString(ByteString.copyFrom(png(image))).build();
    }

    /** PNG bytes, made in memory. */
    static byte[] png(BufferedImage image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        var bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(image);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
