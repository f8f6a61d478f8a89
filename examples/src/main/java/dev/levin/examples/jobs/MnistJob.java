package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.data.Mnist;
import dev.levin.data.Subset;
import dev.levin.data.TensorDataset;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** The same network on MNIST or Fashion-MNIST, read from a folder or downloaded into it. */
final class MnistJob implements Job {
    private final boolean fashion;

    MnistJob(boolean fashion) {
        this.fashion = fashion;
    }

    @Override
    public String name() {
        return fashion ? "fashion-mnist" : "mnist";
    }

    @Override
    public String description() {
        return "the CNN on " + (fashion ? "Fashion-MNIST" : "MNIST") + " (--data FOLDER)";
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return new DigitClassifier(options.lrOr(1e-3), true);
    }

    @Override
    public DataModule<Batch> data(Options options) {
        Path folder = JobFiles.mnist(options, fashion);
        return new Data(folder, fashion, options.batchSizeOr(64), options.seed());
    }

    @Override
    public Dataset<Batch> dataset(Options options) {
        Path folder = JobFiles.mnist(options, fashion);
        try {
            return fashion ? Mnist.fashionTrain(folder) : Mnist.train(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int epochs() {
        return 6;
    }

    private static final class Data extends DataModule<Batch> {
        private final Path folder;
        private final boolean fashion;
        private final int batchSize;
        private final long seed;
        private List<Subset<Batch>> parts;
        private TensorDataset test;

        Data(Path folder, boolean fashion, int batchSize, long seed) {
            this.folder = folder;
            this.fashion = fashion;
            this.batchSize = batchSize;
            this.seed = seed;
        }

        @Override
        public void setup(Stage stage) {
            try {
                if (stage == Stage.FIT || stage == Stage.VALIDATE) {
                    TensorDataset all = fashion ? Mnist.fashionTrain(folder) : Mnist.train(folder);
                    int held = all.size() / 12;
                    parts = Subset.randomSplit(all, new int[] {all.size() - held, held}, seed);
                } else {
                    test = fashion ? Mnist.fashionTest(folder) : Mnist.test(folder);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Iterable<Batch> trainDataloader() {
            return new DataLoader<>(parts.get(0), batchSize).shuffle(seed);
        }

        @Override
        public Iterable<Batch> valDataloader() {
            return new DataLoader<>(parts.get(1), 500);
        }

        @Override
        public Iterable<Batch> testDataloader() {
            return new DataLoader<>(test, 500);
        }

        @Override
        public Iterable<Batch> predictDataloader() {
            return testDataloader();
        }
    }
}
