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

    private static final Map<String, String> FASHION_DIGESTS = Map.of(
            "train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5");
    private static final List<String> FASHION_MIRRORS = List.of("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/");
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
        return load(folder, true, false, MEAN, STD);
    }

    /** The 10,000 test images. */
    public static TensorDataset test(Path folder) throws IOException {
        return load(folder, false, false, MEAN, STD);
    }

    /** The 60,000 training images of Fashion-MNIST; the files have MNIST's names, so it needs a folder of its own. */
    public static TensorDataset fashionTrain(Path folder) throws IOException {
        return load(folder, true, true, FASHION_MEAN, FASHION_STD);
    }

    /** The 10,000 test images of Fashion-MNIST. */
    public static TensorDataset fashionTest(Path folder) throws IOException {
        return load(folder, false, true, FASHION_MEAN, FASHION_STD);
    }

    /** The file of the images, downloaded if it is not there. */
    public static Path images(Path folder, boolean training, boolean fashion) throws IOException {
        return file(folder, (training ? "train" : "t10k") + "-images-idx3-ubyte", fashion);
    }

    /** The file of the labels, downloaded if it is not there. */
    public static Path labels(Path folder, boolean training, boolean fashion) throws IOException {
        return file(folder, (training ? "train" : "t10k") + "-labels-idx1-ubyte", fashion);
    }

    private static TensorDataset load(Path folder, boolean training, boolean fashion, float mean, float std) throws IOException {
        Tensor images = Idx.read(images(folder, training, fashion));
        Tensor labels = Idx.read(labels(folder, training, fashion));
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

    private static Path file(Path folder, String name, boolean fashion) throws IOException {
        for (String candidate : List.of(name, name + ".gz", name.replace("-idx", ".idx"))) {
            if (Files.exists(folder.resolve(candidate))) {
                return folder.resolve(candidate);
            }
        }
        String zipped = name + ".gz";
        List<String> mirrors = fashion ? FASHION_MIRRORS : MIRRORS;
        return Downloads.fetch(folder, zipped, (fashion ? FASHION_DIGESTS : DIGESTS).get(zipped), mirrors.stream().map(m -> URI.create(m + zipped)).toList());
    }
}
