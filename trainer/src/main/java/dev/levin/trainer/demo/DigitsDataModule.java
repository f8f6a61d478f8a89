package dev.levin.trainer.demo;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.DrawnDigits;
import dev.levin.data.TensorDataset;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.Stage;
import java.util.Map;

/** {@link DrawnDigits} for training, validation and test; downloads nothing. */
public class DigitsDataModule extends DataModule<Batch> {
    private final int batchSize;
    private final int trainSize;
    private final long seed;
    private TensorDataset train;
    private TensorDataset validation;
    private TensorDataset test;

    /** 6,000 digits to train on, 1,000 each to validate and test. */
    public DigitsDataModule(int batchSize) {
        this(batchSize, 6000, 0);
    }

    @SuppressWarnings("this-escape") // only records numbers
    public DigitsDataModule(int batchSize, int trainSize, long seed) {
        this.batchSize = batchSize;
        this.trainSize = trainSize;
        this.seed = seed;
        hyperparameters();
    }

    private void hyperparameters() {
        saveHyperparameters(Map.of("batch_size", batchSize, "train_size", trainSize));
    }

    @Override
    public void setup(Stage stage) {
        if (train == null) {
            train = DrawnDigits.dataset(trainSize, 3 * seed + 1);
            validation = DrawnDigits.dataset(1000, 3 * seed + 2);
            test = DrawnDigits.dataset(1000, 3 * seed + 3);
        }
    }

    @Override
    public Iterable<Batch> trainDataloader() {
        return new DataLoader<>(train, batchSize).shuffle(seed);
    }

    @Override
    public Iterable<Batch> valDataloader() {
        return new DataLoader<>(validation, 250);
    }

    @Override
    public Iterable<Batch> testDataloader() {
        return new DataLoader<>(test, 250);
    }

    @Override
    public Iterable<Batch> predictDataloader() {
        return testDataloader();
    }
}
