package dev.levin.data.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.SampleException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDataSetsTest {
    @TempDir
    Path root;

    private static byte[] randomBytes(int n, long seed) {
        byte[] b = new byte[n];
        new SplittableRandom(seed).nextBytes(b);
        return b;
    }

    private void image(String folder, String name, int rgb, int width, int height) throws IOException {
        Path dir = Files.createDirectories(root.resolve(folder));
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, rgb);
        ImageIO.write(image, "png", dir.resolve(name).toFile());
    }

    @Test
    void imageFoldersAreLabelledByFolderName() throws Exception {
        image("dog", "1.png", 0x00ff00, 2, 2);
        image("cat", "1.png", 0xff0000, 2, 2);
        image("cat/indoors", "2.PNG", 0x0000ff, 2, 2);
        ImageFolder f = new ImageFolder(root, 2, 2, false);
        assertEquals(List.of("cat", "dog"), f.classes());
        assertArrayEquals(new int[] {0, 0, 1}, f.labels());
        assertArrayEquals(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, f.get(0).input().toFloats());
        assertArrayEquals(new float[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, f.get(1).input().toFloats());
        assertEquals(1, f.get(2).target().itemLong());
        assertEquals("[3, 3, 2, 2]", new DataLoader<>(f, 3).iterator().next().input().shape().toString());
        assertThrows(IOException.class, () -> new ImageFolder(root.resolve("dog"), 2, 2, false));
        assertThrows(IOException.class, () -> new ImageFolder(root.resolve("bird"), 2, 2, false));
    }

    @Test
    void aBrokenImageIsNamedByItsFile() throws Exception {
        image("a", "good.png", 0, 2, 2);
        Files.writeString(root.resolve("a/hello.jpg"), "not a picture");
        ImageFolder f = new ImageFolder(root, 2, 2, true);
        SampleException e = assertThrows(SampleException.class, () -> new DataLoader<>(f, 1).workers(1).forEach(b -> { }));
        assertEquals(1, e.index());
        assertTrue(e.getMessage().contains("hello.jpg"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void augmentedBatchesDoNotDependOnWorkers(int workers) throws Exception {
        PixelDataset data = new PixelDataset(randomBytes(12 * 8 * 8 * 3, 1), 8, 8, 3, new int[12])
                .transform(Transforms.randomCrop(6, 6, 1).then(Transforms.randomHorizontalFlip(0.5)).then(Transforms.colorJitter(0.3, 0.3, 0.3, 0.1)));
        assertEquals("[3, 6, 6]", data.inputShape().toString());
        List<float[]> plain = new ArrayList<>();
        new DataLoader<>(data, 5).shuffle(2).forEach(b -> plain.add(b.input().toFloats()));
        DataLoader<Batch> other = new DataLoader<>(data, 5).shuffle(2).workers(workers);
        Iterator<Batch> it = other.iterator();
        assertArrayEquals(plain.get(0), it.next().input().toFloats());
        DataLoader<Batch> resumed = new DataLoader<>(data, 5).shuffle(7).workers(2);
        resumed.loadStateDict(other.stateDict());
        Iterator<Batch> rest = resumed.iterator();
        assertArrayEquals(plain.get(1), rest.next().input().toFloats());
        assertArrayEquals(plain.get(2), rest.next().input().toFloats());
    }

    @Test
    void batchesMadeInPlaceEqualSamplesStacked() throws Exception {
        byte[] pixels = randomBytes(7 * 4 * 5 * 3, 3);
        PixelDataset data = new PixelDataset(pixels, 4, 5, 3, new int[] {6, 5, 4, 3, 2, 1, 0})
                .toTensor(ToTensor.normalized(new double[] {0.1, 0.2, 0.3}, new double[] {0.5, 0.6, 0.7}));
        Batch batch = new DataLoader<>(data, 7).iterator().next();
        assertArrayEquals(new long[] {6, 5, 4, 3, 2, 1, 0}, batch.target().toLongs());
        float[] x = batch.input().toFloats();
        for (int i = 0; i < 7; i++) {
            assertArrayEquals(data.get(i).input().toFloats(), Arrays.copyOfRange(x, i * 60, (i + 1) * 60));
            assertEquals(6 - i, data.get(i).target().itemLong());
        }
        // Sample 2, channel 1, row 3, column 4 by the formula.
        int raw = pixels[((2 * 4 + 3) * 5 + 4) * 3 + 1] & 0xff;
        assertEquals((raw / 255.0 - 0.2) / 0.6, data.get(2).input().get(1, 3, 4).item(), 1e-6);
    }

    @Test
    void augmentationThatChangesTheSizeIsRefused() {
        PixelDataset data = new PixelDataset(randomBytes(2 * 4 * 4, 1), 4, 4, 1, new int[2])
                .transform((image, random) -> Transforms.crop(image, 0, 0, 2 + random.nextInt(2), 2));
        SampleException e = assertThrows(SampleException.class, () -> {
            for (int i = 0; i < 20; i++) {
                new DataLoader<>(data, 2).seed(i).iterator().next();
            }
        });
        assertTrue(e.getMessage().contains("end it with a resize or crop"), e.getMessage());
    }

    private static byte[] cifar(int records, int labelBytes, long seed) {
        byte[] b = randomBytes(records * (labelBytes + 3072), seed);
        for (int i = 0; i < records; i++) {
            b[i * (labelBytes + 3072)] = (byte) (i % 10);
            b[i * (labelBytes + 3072) + labelBytes - 1] = (byte) (labelBytes == 2 ? 90 + i : i % 10);
        }
        return b;
    }

    @Test
    void cifar10IsReadFromItsBinaryFiles() throws Exception {
        Path inside = Files.createDirectories(root.resolve("cifar-10-batches-bin"));
        byte[][] parts = new byte[5][];
        for (int i = 0; i < 5; i++) {
            parts[i] = cifar(3, 1, i);
            Files.write(inside.resolve("data_batch_" + (i + 1) + ".bin"), parts[i]);
        }
        PixelDataset data = Cifar.train10(root);
        assertEquals(15, data.size());
        assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2}, Arrays.copyOf(data.labels(), 6));
        // Second image of the third file: blue plane, row 5, column 7.
        int raw = parts[2][3073 + 1 + 2 * 1024 + 5 * 32 + 7] & 0xff;
        assertEquals(raw, data.image(7).get(5, 7, 2));
        assertEquals((raw / 255.0 - 0.4465) / 0.2616, data.get(7).input().get(2, 5, 7).item(), 1e-5);
        Files.write(root.resolve("test_batch.bin"), new byte[3000]);
        assertTrue(assertThrows(IOException.class, () -> Cifar.test10(root)).getMessage().contains("records of 3073"));
    }

    @Test
    void cifar100HasTwoLabels() throws Exception {
        Files.write(root.resolve("train.bin"), cifar(4, 2, 1));
        assertArrayEquals(new int[] {90, 91, 92, 93}, Cifar.train100(root).labels());
        assertArrayEquals(new int[] {0, 1, 2, 3}, Cifar.coarse100(root, true).labels());
    }

    @Test
    void mnistCanStayInBytes() throws Exception {
        for (String kind : List.of("images-idx3", "labels-idx1")) {
            try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(root.resolve("t10k-" + kind + "-ubyte")))) {
                boolean images = kind.startsWith("images");
                out.writeInt(images ? 0x803 : 0x801);
                out.writeInt(2);
                if (images) {
                    out.writeInt(2);
                    out.writeInt(2);
                }
                out.write(images ? new byte[] {0, -1, 3, 4, 5, 6, 7, 8} : new byte[] {4, 9});
            }
        }
        PixelDataset plain = PixelDataset.mnist(root, false);
        assertEquals((1 - 0.1307) / 0.3081, plain.get(0).input().get(0, 0, 1).item(), 1e-5);
        assertEquals(9, plain.get(1).target().itemLong());
        assertEquals((1 - 0.2860) / 0.3530, PixelDataset.fashionMnist(root, false).get(0).input().get(0, 0, 1).item(), 1e-5);
    }

    // ---- archives -----------------------------------------------------------------------------------------------------

    private static void entry(OutputStream out, String name, byte[] data, char type) throws IOException {
        byte[] header = new byte[512];
        byte[] n = name.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(n, 0, header, 0, n.length);
        byte[] size = String.format("%011o", data.length).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(size, 0, header, 124, 11);
        header[156] = (byte) type;
        out.write(header);
        out.write(data);
        out.write(new byte[(512 - data.length % 512) % 512]);
    }

    private Path archive(String name, byte[] data) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        entry(bytes, "folder/", new byte[0], '5');
        entry(bytes, name, data, '0');
        entry(bytes, "folder/b", new byte[] {7}, '0');
        bytes.write(new byte[1024]);
        Path file = root.resolve("a.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(bytes.toByteArray());
        }
        return file;
    }

    @Test
    void archivesAreUnpacked() throws Exception {
        byte[] data = randomBytes(1500, 4);
        dev.levin.data.Downloads.unpack(archive("folder/a", data), root.resolve("out"));
        assertArrayEquals(data, Files.readAllBytes(root.resolve("out/folder/a")));
        assertArrayEquals(new byte[] {7}, Files.readAllBytes(root.resolve("out/folder/b")));
    }

    @Test
    void archivesThatLeaveTheFolderOrEndEarlyAreRefused() throws Exception {
        Path evil = archive("../outside", new byte[3]);
        assertTrue(assertThrows(IOException.class, () -> dev.levin.data.Downloads.unpack(evil, root.resolve("out"))).getMessage().contains("leads out"));
        Path whole = archive("folder/a", randomBytes(3000, 1));
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(whole, Arrays.copyOf(bytes, bytes.length / 2));
        assertTrue(assertThrows(IOException.class, () -> dev.levin.data.Downloads.unpack(whole, root.resolve("out"))).getMessage().contains("truncated"));
    }
}
