package dev.levin.examples.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every job of the command line trains on a small piece of data of its kind, and learns. */
class JobsTest {
    @TempDir
    static Path data;

    @BeforeAll
    static void writeData() throws IOException {
        Random r = new Random(5);
        StringBuilder iris = new StringBuilder("sepal_length,sepal_width,petal_length,petal_width,species\n");
        StringBuilder cars = new StringBuilder();
        String[] species = {"setosa", "versicolor", "virginica"};
        for (int i = 0; i < 60; i++) {
            int s = i % 3;
            iris.append(String.format(Locale.ROOT, "%.1f,%.1f,%.1f,%.1f,%s%n", 5 + 0.8 * s + r.nextGaussian() / 5, 3.0, 1.5 + 2 * s + r.nextGaussian() / 5,
                    0.3 + 0.9 * s, species[s]));
            int weight = 2000 + r.nextInt(2500);
            cars.append(String.format(Locale.ROOT, "%.1f   %d   %.1f      %s      %d.      %.1f   %d  %d\t\"car %d\"%n", 45 - weight / 125.0, weight > 3000 ? 8 : 4,
                    weight / 12.0, i == 7 ? "?" : "90.0", weight, 15.0, 70 + i % 13, 1 + i % 3, i));
        }
        Files.writeString(data.resolve("iris.csv"), iris);
        Files.writeString(data.resolve("auto-mpg.data"), cars);
        Files.createDirectories(data.resolve("tinyshakespeare"));
        Files.writeString(data.resolve("tinyshakespeare/input.txt"), "to be, or not to be: that is the question.\n".repeat(300));
        for (String name : new String[] {"mnist", "fashion-mnist"}) {
            Path folder = Files.createDirectories(data.resolve(name));
            for (String part : new String[] {"train", "t10k"}) {
                stripes(folder.resolve(part + "-images-idx3-ubyte"), folder.resolve(part + "-labels-idx1-ubyte"), 240);
            }
        }
    }

    /** Images with a stripe in the row of their class. */
    private static void stripes(Path images, Path labels, int count) throws IOException {
        try (DataOutputStream x = new DataOutputStream(Files.newOutputStream(images)); DataOutputStream y = new DataOutputStream(Files.newOutputStream(labels))) {
            for (int v : new int[] {0x803, count, 28, 28}) {
                x.writeInt(v);
            }
            y.writeInt(0x801);
            y.writeInt(count);
            for (int i = 0; i < count; i++) {
                byte[] image = new byte[784];
                java.util.Arrays.fill(image, 28 * (2 + 2 * (i % 10)), 28 * (4 + 2 * (i % 10)), (byte) 255);
                x.write(image);
                y.writeByte(i % 10);
            }
        }
    }

    /** Keeps the loss of each step. */
    private static final class Losses implements Callback {
        final List<Tensor> all = new ArrayList<>();

        @Override
        public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
            if (outputs.get("loss") instanceof Tensor loss) {
                all.add(loss);
            }
        }

        double mean(int from, int to) {
            return all.subList(from, to).stream().mapToDouble(Tensor::item).average().orElseThrow();
        }
    }

    private FitResult train(Job job, Job.Options options, int steps, Losses losses) {
        Trainer.seedEverything(1);
        return Trainer.builder().accelerator("cpu").maxSteps(steps).maxEpochs(-1).limitValBatches(1).numSanityValSteps(0).checkValEveryNEpoch(1000).logger(false)
                .enableCheckpointing(false).enableProgressBar(false).enableModelSummary(false).callbacks(losses).build().fit(job.model(options), job.data(options));
    }

    /** At the end the loss is at most {@code share} of what it was at the beginning. */
    @ParameterizedTest
    @CsvSource({"digits, 30, 16, 160, 0, 0.9", "mnist, 15, 16, 0, 0, 0.7", "fashion-mnist, 15, 16, 0, 0, 0.7", "iris, 60, 12, 0, 0, 0.6", "xor, 150, 4, 0, 0, 0.3",
        "auto-mpg, 120, 12, 0, 0, 0.3", "gpt, 20, 4, 0, 0, 0.8", "lstm, 12, 4, 0, 0, 0.9", "autoencoder, 30, 16, 160, 0, 0.8", "finetune, 50, 16, 200, 0.003, 0.9"})
    void theLossFalls(String name, int steps, int batchSize, int trainSize, double lr, double share) {
        boolean reads = !List.of("digits", "autoencoder", "finetune", "xor").contains(name);
        Losses losses = new Losses();
        FitResult result = train(Job.named(name), new Job.Options(reads ? data : null, batchSize, lr, 3, trainSize), steps, losses);
        assertEquals(steps, result.step());
        double before = losses.mean(0, 4);
        double after = losses.mean(steps - 5, steps);
        assertTrue(after < share * before, name + " went from " + before + " to " + after);
    }

    @Test
    void theGanTrainsBothItsNetworks() {
        Job gan = Job.named("gan");
        Job.Options options = new Job.Options(null, 16, 0, 3, 64);
        LightningModule<Batch> model = gan.model(options);
        Map<String, float[]> before = new java.util.HashMap<>();
        model.stateDict().forEach((k, v) -> {
            if (k.endsWith("weight")) {
                before.put(k, v.toFloats());
            }
        });
        FitResult r = Trainer.builder().accelerator("cpu").maxEpochs(2).logger(false).enableCheckpointing(false).enableProgressBar(false)
                .enableModelSummary(false).build().fit(model, gan.data(options));
        assertEquals(16, r.step());   // two optimizers, four batches, two epochs
        before.forEach((k, v) -> assertTrue(!java.util.Arrays.equals(v, model.stateDict().get(k).toFloats()), k + " did not change"));
        assertTrue(Double.isFinite(r.metrics().get("d_loss")) && Double.isFinite(r.metrics().get("g_loss")), r.metrics().toString());
    }

    @Test
    void everyJobIsCovered() {
        assertEquals(List.of("digits", "mnist", "fashion-mnist", "iris", "xor", "auto-mpg", "gpt", "lstm", "gan", "autoencoder", "finetune"), Job.names());
    }

    @Test
    void theFileOfCarsBecomesATable() throws IOException {
        assertEquals("mpg,cylinders,displacement,horsepower,weight,acceleration,model_year,origin,car_name\n"
                + "18.0,8,307.0,130.0,3504.,12.0,70,1,chevrolet chevelle malibu\n",
                JobFiles.table(List.of("18.0   8   307.0      130.0      3504.      12.0   70  1\t\"chevrolet chevelle malibu\"")));
        Path csv = JobFiles.autoMpg(new Job.Options(data, 0, 0, 0, 0));
        assertEquals(61, Files.readAllLines(csv).size());
    }
}
