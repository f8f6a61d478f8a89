package dev.levin.examples.conformance;

import dev.levin.data.CsvTable;
import dev.levin.data.Idx;
import dev.levin.data.TensorDataset;
import dev.levin.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The rows a curve is trained on, in file order, in F64. */
final class CurveData {
    private static final List<String> SPECIES = List.of("setosa", "versicolor", "virginica");

    private CurveData() {
    }

    static TensorDataset train(CurveWords words, Path folder) throws IOException {
        return switch (words.data()) {
            case "xor" -> new TensorDataset(Tensor.of(new double[] {0, 0, 0, 1, 1, 0, 1, 1}, 4, 2), Tensor.of(new double[] {0, 1, 1, 0}, 4, 1));
            case "iris" -> iris(folder.resolve("iris.csv"));
            default -> mnist(folder.resolve("mnist"), "train", words.rows());
        };
    }

    private static TensorDataset iris(Path file) throws IOException {
        CsvTable table = CsvTable.read(file);
        double[] features = new double[table.size() * 4];
        for (int c = 0; c < 4; c++) {
            double[] column = table.numbers(table.header().get(c));
            for (int i = 0; i < column.length; i++) {
                features[i * 4 + c] = column[i];
            }
        }
        long[] labels = table.column("species").stream().mapToLong(SPECIES::indexOf).toArray();
        return new TensorDataset(Tensor.of(features, table.size(), 4), Tensor.of(labels));
    }

    /** Pixels as (x / 255 - 0.1307) / 0.3081. */
    static TensorDataset mnist(Path folder, String part, int rows) throws IOException {
        Tensor images = Idx.read(file(folder, part + "-images-idx3-ubyte"));
        Tensor labels = Idx.read(file(folder, part + "-labels-idx1-ubyte"));
        int n = rows == 0 ? images.size(0) : rows;
        byte[] raw = (byte[]) images.toHost().array();
        int pixels = images.size(1) * images.size(2);
        double[] x = new double[n * pixels];
        for (int i = 0; i < x.length; i++) {
            x[i] = ((raw[i] & 0xff) / 255.0 - 0.1307) / 0.3081;
        }
        long[] y = java.util.Arrays.copyOf(labels.toLongs(), n);
        return new TensorDataset(Tensor.of(x, n, 1, images.size(1), images.size(2)), Tensor.of(y));
    }

    private static Path file(Path folder, String name) throws IOException {
        for (String suffix : List.of("", ".gz")) {
            if (Files.exists(folder.resolve(name + suffix))) {
                return folder.resolve(name + suffix);
            }
        }
        throw new NoSuchFileException(folder.resolve(name) + " (give the folder with iris.csv and mnist/ by --data)");
    }
}
