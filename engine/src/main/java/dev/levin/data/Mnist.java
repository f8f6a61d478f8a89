package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * MNIST (LeCun et al.) and Fashion-MNIST (Xiao et al. 2017), from a folder or downloaded into it.
 *
 * <p>Input: F32 [1, 28, 28], normalised by the training set's mean and standard deviation; target: I64 scalar.
 */
public final class Mnist {
    private static final float MEAN = 0.1307f;
    private static final float STD = 0.3081f;
    private static final float FASHION_MEAN = 0.2860f;
    private static final float FASHION_STD = 0.3530f;

    private static final Map<String, String> DIGESTS = Map.of(
            "train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6");
    private static final List<String> MIRRORS = List.of("https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/");

    private Mnist() {
    }

    /** The 60,000 training images; downloads them into the folder if they are not there. */
    public static TensorDataset train(Path folder) throws IOException {
        return load(folder, "train", MEAN, STD, true);
    }

    /** The 10,000 test images. */
    public static TensorDataset test(Path folder) throws IOException {
        return load(folder, "t10k", MEAN, STD, true);
    }

    /** Fashion-MNIST in the same files, which must be in the folder. */
    public static TensorDataset fashionTrain(Path folder) throws IOException {
        return load(folder, "train", FASHION_MEAN, FASHION_STD, false);
    }

    public static TensorDataset fashionTest(Path folder) throws IOException {
        return load(folder, "t10k", FASHION_MEAN, FASHION_STD, false);
    }

    private static TensorDataset load(Path folder, String part, float mean, float std, boolean download) throws IOException {
        Tensor images = Idx.read(file(folder, part + "-images-idx3-ubyte", download));
        Tensor labels = Idx.read(file(folder, part + "-labels-idx1-ubyte", download));
        if (images.dim() != 3 || labels.dim() != 1 || images.size(0) != labels.size(0)) {
            throw new IOException(folder + ": images " + images.shape() + " and labels " + labels.shape() + " do not belong together");
        }
        byte[] raw = (byte[]) images.toHost().array();
        float[] pixels = new float[raw.length];
        float[] table = new float[256];
        for (int i = 0; i < 256; i++) {
            table[i] = (i / 255f - mean) / std;
        }
        for (int i = 0; i < raw.length; i++) {
            pixels[i] = table[raw[i] & 0xff];
        }
        byte[] bytes = (byte[]) labels.toHost().array();
        long[] targets = new long[bytes.length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = bytes[i] & 0xff;
        }
        return new TensorDataset(
                Tensor.of(HostArray.wrap(DType.F32, pixels), Shape.of(images.size(0), 1, images.size(1), images.size(2))),
                Tensor.of(HostArray.wrap(DType.I64, targets), Shape.of(targets.length)));
    }

    private static Path file(Path folder, String name, boolean download) throws IOException {
        for (String candidate : List.of(name, name + ".gz", name.replace("-idx", ".idx"))) {
            if (Files.exists(folder.resolve(candidate))) {
                return folder.resolve(candidate);
            }
        }
        if (!download) {
            throw new IOException("no " + name + " (or " + name + ".gz) in " + folder.toAbsolutePath() + "; put the data set's files there");
        }
        String zipped = name + ".gz";
        return Downloads.fetch(folder, zipped, DIGESTS.get(zipped), MIRRORS.stream().map(m -> URI.create(m + zipped)).toList());
    }
}
