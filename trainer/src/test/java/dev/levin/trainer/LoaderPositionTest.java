package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.levin.data.BatchSamplers;
import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.data.Loader;
import dev.levin.data.Samplers;
import dev.levin.data.StreamLoader;
import dev.levin.data.text.TextLines;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The positions of all kinds of loaders go through checkpoint files: a killed run sees what it would have seen. */
class LoaderPositionTest {
    private static final int SAMPLES = 26;

    @TempDir
    Path dir;

    enum Kind {
        /** Batches of similar length with random augmentation. */
        BUCKETS,
        WEIGHTS,
        /** Every other of two processes. */
        SHARE,
        /** Lines of two files, in two parts, filtered, shuffled, augmented. */
        LINES,
        /** Lines by their offsets in the file. */
        OFFSETS
    }

    private Loader<Tensor> loader(Kind kind, int workers) throws IOException {
        Dataset<Tensor> data = Dataset.of(IntStream.range(0, SAMPLES).mapToObj(i -> row(i)).toList())
                .augment((x, random) -> row(Math.round(x.get(0).item()) + random.nextInt(1000) / 1024.0));
        int[] lengths = IntStream.range(0, SAMPLES).map(i -> i * 5 % 9).toArray();
        double[] weights = IntStream.range(0, SAMPLES).mapToDouble(i -> 1 + i % 3).toArray();
        return switch (kind) {
            case BUCKETS -> new DataLoader<>(data, 1).batchSampler(BatchSamplers.bucketed(lengths, 4, 2, false, 3)).workers(workers);
            case WEIGHTS -> new DataLoader<>(data, 4).sampler(Samplers.weighted(weights, 25, 2)).seed(8).workers(workers);
            case SHARE -> new DataLoader<>(data, 2).shuffle(4).distributed(1, 2).workers(workers);
            case LINES -> new StreamLoader<>(lines().filter(l -> !l.isEmpty()).shuffled(5).augment((l, r) -> row(Integer.parseInt(l) + r.nextInt(1000) / 1024.0)), 3)
                    .seed(6).parts(2).workers(workers);
            case OFFSETS -> new StreamLoader<>(lines().filter(l -> !l.isEmpty()).map(l -> row(Integer.parseInt(l))), 4).workers(Math.min(1, workers));
        };
    }

    private TextLines lines() throws IOException {
        Path a = dir.resolve("a.txt");
        Path b = dir.resolve("b.txt");
        Files.writeString(a, IntStream.range(0, 9).mapToObj(i -> i + "\n\n").collect(Collectors.joining()));
        Files.writeString(b, IntStream.range(9, SAMPLES).mapToObj(i -> i + "\n").collect(Collectors.joining()));
        return TextLines.of(a, b);
    }

    private static Tensor row(double v) {
        float[] f = new float[32];
        Arrays.fill(f, (float) v);
        return Tensor.of(f);
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What came in each step; a run ends with an exception after {@code killAfter} of them. */
    private List<List<Float>> run(Loader<Tensor> loader, int killAfter, Path file, Resume from) {
        List<List<Float>> seen = new ArrayList<>();
        BoringModel model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                float[] all = batch.toFloats();
                seen.add(IntStream.range(0, batch.size(0)).mapToObj(k -> all[k * 32]).toList());
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                if (seen.size() == killAfter) {
                    trainer().saveCheckpoint(file);
                    throw new Killed();
                }
            }
        };
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(2).limitValBatches(0).build();
        if (killAfter > 0) {
            assertThrows(Killed.class, () -> t.fit(model, loader, from));
        } else {
            t.fit(model, loader, from);
        }
        return seen;
    }

    @ParameterizedTest
    @CsvSource({"BUCKETS, 0, 2", "BUCKETS, 3, 0", "WEIGHTS, 2, 1", "SHARE, 1, 2", "LINES, 0, 2", "LINES, 2, 0", "LINES, 2, 3", "OFFSETS, 1, 0"})
    void aKilledRunSeesWhatItWouldHaveSeen(Kind kind, int before, int after) throws IOException {
        List<List<Float>> whole = run(loader(kind, 1), 0, null, Resume.NO);
        for (int at : new int[] {whole.size() / 2 - 1, whole.size() / 2 + 2}) {
            Path file = dir.resolve("at" + at + ".ckpt");
            List<List<Float>> seen = run(loader(kind, before), at, file, Resume.NO);
            assertEquals(whole.subList(0, at), seen);
            seen.addAll(run(loader(kind, after), 0, null, Resume.from(file)));
            assertEquals(whole, seen, "killed after " + at + " of " + whole.size());
        }
    }
}
