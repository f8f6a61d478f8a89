package dev.levin.loggers.tensorboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.io.ArrayData;
import dev.levin.loggers.tensorboard.proto.Event;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Files and numbers that PyTorch's writer made, and helpers to compare with them. */
final class TestData {
    private TestData() {}

    static Path golden(String name) {
        try {
            return Path.of(TestData.class.getResource("/golden/version_0").toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static JsonNode json(String resource) throws IOException {
        try (InputStream in = TestData.class.getResourceAsStream(resource)) {
            return new ObjectMapper().readTree(in);
        }
    }

    static double[] doubles(JsonNode array) {
        return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
    }

    static float[] floats(JsonNode array) {
        float[] f = new float[array.size()];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) array.get(i).asDouble();
        }
        return f;
    }

    static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    /** The numbers the expected values were computed from: a linear congruential generator, 0..1. */
    static double[] lcg(int n, long seed) {
        double[] out = new double[n];
        long x = seed;
        for (int i = 0; i < n; i++) {
            x = (x * 1103515245L + 12345) % (1L << 31);
            out[i] = x / (double) (1L << 31);
        }
        return out;
    }

    static float[] toFloats(double[] values) {
        float[] f = new float[values.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) values[i];
        }
        return f;
    }

    static BufferedImage decode(Summary.Image image) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(image.getEncodedImageString().toByteArray()));
    }

    static ArrayData array(float[] data, int... dims) {
        return array(HostArray.wrap(DType.F32, data), dims);
    }

    static ArrayData array(double[] data, int... dims) {
        return array(HostArray.wrap(DType.F64, data), dims);
    }

    static ArrayData array(byte[] data, int... dims) {
        return array(HostArray.wrap(DType.U8, data), dims);
    }

    private static ArrayData array(HostArray data, int... dims) {
        return new ArrayData(dims.length == 0 ? Shape.of(data.length()) : Shape.of(dims), data);
    }

    /** Samples in the order row, column, channel. */
    static int[] pixels(Summary.Image image) throws IOException {
        BufferedImage decoded = decode(image);
        return decoded.getRaster().getPixels(0, 0, decoded.getWidth(), decoded.getHeight(), (int[]) null);
    }

    /** The only summary value of the last event in a folder. */
    static Summary.Value onlyValue(Path folder) throws IOException {
        List<Event> events = EventFileReader.readAll(folder);
        if (events.size() != 2 || events.get(1).getSummary().getValueCount() != 1) {
            throw new AssertionError("expected the version and one value, got " + events);
        }
        return events.get(1).getSummary().getValue(0);
    }
}
