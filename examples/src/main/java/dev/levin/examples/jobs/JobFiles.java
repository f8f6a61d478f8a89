package dev.levin.examples.jobs;

import dev.levin.data.Downloads;
import dev.levin.trainer.config.Nearest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files that jobs read: the one that {@code --data} names, or one in the folder that it names, or a download into that folder.
 * Where nothing is named, the folder is {@code data} below the working directory.
 */
final class JobFiles {
    private static final Path FOLDER = Path.of("data");
    private static final Known IRIS = new Known("iris.csv", "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355",
            "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/iris.csv");
    private static final Known AUTO_MPG = new Known("auto-mpg.data", "48b830e11feee5572525f8f1691ddb9d38d3d7b7063edcd8fca672c2a5e17d8d",
            "https://archive.ics.uci.edu/ml/machine-learning-databases/auto-mpg/auto-mpg.data");
    private static final Known SHAKESPEARE = new Known("tinyshakespeare/input.txt", "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt");
    /** Eight numbers, a tab, a quoted name. */
    private static final Pattern CAR = Pattern.compile("\\s*([\\d.?\\s]+)\\t\"(.*)\"\\s*");

    private record Known(String name, String sha256, String address) {}

    private JobFiles() {
    }

    /** Fisher's table with a header. */
    static Path iris(Job.Options options) {
        return find(options, IRIS, "the table iris.csv, or a folder for it");
    }

    /** The table with a header; made of UCI's file, which has none. */
    static Path autoMpg(Job.Options options) {
        Path folder = options.data() == null ? FOLDER : options.data();
        Path csv = folder.resolve("auto-mpg.csv");
        if (Files.exists(csv)) {
            return csv;
        }
        Path found = find(options, AUTO_MPG, "the table auto-mpg.csv, or a folder for it");
        if (!found.toString().endsWith(".data")) {
            return found;
        }
        try {
            csv = found.resolveSibling("auto-mpg.csv");
            return Files.writeString(csv, table(Files.readAllLines(found)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** UCI's lines as CSV. */
    static String table(List<String> lines) {
        StringBuilder b = new StringBuilder("mpg,cylinders,displacement,horsepower,weight,acceleration,model_year,origin,car_name\n");
        for (String line : lines) {
            Matcher m = CAR.matcher(line);
            if (!m.matches()) {
                throw new IllegalArgumentException("'" + line + "' is no car: it should be eight numbers and a name in quotes");
            }
            b.append(m.group(1).strip().replaceAll("\\s+", ",")).append(',').append(m.group(2).replace(',', ' ')).append('\n');
        }
        return b.toString();
    }

    /** A text; Shakespeare's plays where none is named. */
    static Path text(Job.Options options) {
        return find(options, SHAKESPEARE, "a text file, or a folder for tinyshakespeare/input.txt");
    }

    /** A folder with MNIST's files, or for them: the named one, or its {@code mnist}. */
    static Path mnist(Job.Options options, boolean fashion) {
        String name = fashion ? "fashion-mnist" : "mnist";
        Path folder = options.data() == null ? FOLDER.resolve(name) : options.data();
        if (Files.isRegularFile(folder)) {
            throw new IllegalArgumentException(folder + ", given with --data, is a file; it should be the folder with MNIST's files, or one to download them into");
        }
        return Files.isDirectory(folder.resolve(name)) ? folder.resolve(name) : folder;
    }

    private static Path find(Job.Options options, Known known, String wanted) {
        Path data = options.data();
        if (data != null && !Files.isDirectory(data)) {
            if (!Files.exists(data)) {
                throw new IllegalArgumentException("there is no " + data + ", given with --data" + Nearest.fileHint(data) + "; it should be " + wanted);
            }
            return data;
        }
        Path folder = data == null ? FOLDER : data;
        Path file = folder.resolve(known.name);
        try {
            return Files.exists(file) ? file : Downloads.fetch(file.getParent(), file.getFileName().toString(), known.sha256, List.of(URI.create(known.address)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
