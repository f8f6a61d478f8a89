package dev.levin.data.vision;

import dev.levin.data.Downloads;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their binary version: 32 x 32 colour images, normalised by the training set's means
 * and deviations. Files are looked for in the folder and in the archive's folder within it; if they are not there, the archive is
 * downloaded, checked and unpacked.
 */
public final class Cifar {
    private static final int SIDE = 32;
    private static final int PLANE = SIDE * SIDE;
    private static final String HOME = "https://www.cs.toronto.edu/~kriz/";
    private static final ToTensor NORMAL10 = ToTensor.normalized(new double[] {0.4914, 0.4822, 0.4465}, new double[] {0.2470, 0.2435, 0.2616});
    private static final ToTensor NORMAL100 = ToTensor.normalized(new double[] {0.5071, 0.4865, 0.4409}, new double[] {0.2673, 0.2564, 0.2762});

    /** Class names of CIFAR-10, by label. */
    public static final List<String> CLASSES = List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private enum Kind {
        TEN("cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", "cifar-10-batches-bin", 1),
        HUNDRED("cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", "cifar-100-binary", 2);

        final String archive;
        final String sha256;
        final String inside;
        final int labels;

        Kind(String archive, String sha256, String inside, int labels) {
            this.archive = archive;
            this.sha256 = sha256;
            this.inside = inside;
            this.labels = labels;
        }
    }

    private Cifar() {
    }

    /** The 50,000 training images of CIFAR-10. */
    public static PixelDataset train10(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            names.add("data_batch_" + i + ".bin");
        }
        return load(folder, Kind.TEN, names, 0).named("CIFAR-10").toTensor(NORMAL10);
    }

    /** The 10,000 test images of CIFAR-10. */
    public static PixelDataset test10(Path folder) throws IOException {
        return load(folder, Kind.TEN, List.of("test_batch.bin"), 0).named("CIFAR-10 test").toTensor(NORMAL10);
    }

    /** The 50,000 training images of CIFAR-100 with their 100 fine labels. */
    public static PixelDataset train100(Path folder) throws IOException {
        return load(folder, Kind.HUNDRED, List.of("train.bin"), 1).named("CIFAR-100").toTensor(NORMAL100);
    }

    /** The 10,000 test images of CIFAR-100 with their 100 fine labels. */
    public static PixelDataset test100(Path folder) throws IOException {
        return load(folder, Kind.HUNDRED, List.of("test.bin"), 1).named("CIFAR-100 test").toTensor(NORMAL100);
    }

    /** CIFAR-100 with its 20 coarse labels. */
    public static PixelDataset coarse100(Path folder, boolean training) throws IOException {
        return load(folder, Kind.HUNDRED, List.of(training ? "train.bin" : "test.bin"), 0).named("CIFAR-100, coarse").toTensor(NORMAL100);
    }

    private static PixelDataset load(Path folder, Kind kind, List<String> names, int label) throws IOException {
        List<Path> files = new ArrayList<>();
        boolean unpacked = false;
        for (String name : names) {
            Path file = find(folder, kind, name);
            if (file == null && !unpacked) {
                Path archive = Downloads.fetch(folder, kind.archive, kind.sha256, List.of(URI.create(HOME + kind.archive)));
                Downloads.unpack(archive, folder);
                unpacked = true;
                file = find(folder, kind, name);
            }
            if (file == null) {
                throw new IOException("no " + name + " in " + folder.toAbsolutePath() + " or its folder " + kind.inside + "; put the files of "
                        + kind.archive + " there");
            }
            files.add(file);
        }
        return read(files, kind.labels, label);
    }

    private static Path find(Path folder, Kind kind, String name) {
        for (Path p : List.of(folder.resolve(name), folder.resolve(kind.inside).resolve(name))) {
            if (Files.exists(p)) {
                return p;
            }
        }
        return null;
    }

    /** Records of label bytes and a red, a green and a blue plane. */
    private static PixelDataset read(List<Path> files, int labelBytes, int label) throws IOException {
        int record = labelBytes + 3 * PLANE;
        List<byte[]> parts = new ArrayList<>();
        int count = 0;
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == 0 || bytes.length % record != 0) {
                throw new IOException(file + " has " + bytes.length + " bytes, which is not a number of records of " + record
                        + "; it is truncated, or not a CIFAR file of this kind");
            }
            parts.add(bytes);
            count += bytes.length / record;
        }
        byte[] pixels = new byte[count * 3 * PLANE];
        int[] labels = new int[count];
        int n = 0;
        for (byte[] part : parts) {
            for (int at = 0; at < part.length; at += record, n++) {
                labels[n] = part[at + label] & 0xff;
                for (int i = 0; i < 3 * PLANE; i++) {
                    pixels[n * 3 * PLANE + i % PLANE * 3 + i / PLANE] = part[at + labelBytes + i];
                }
            }
        }
        return new PixelDataset(pixels, SIDE, SIDE, 3, labels);
    }
}
