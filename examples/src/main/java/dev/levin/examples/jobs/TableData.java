package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.trainer.DataModule;

/** Small data in memory: one part to train on, one to choose a checkpoint by, one to test with. */
final class TableData extends DataModule<Batch> {
    private final TensorDataset train;
    private final TensorDataset val;
    private final TensorDataset test;
    private final int batchSize;
    private final long seed;

    TableData(TensorDataset train, TensorDataset val, TensorDataset test, int batchSize, long seed) {
        this.train = train;
        this.val = val;
        this.test = test;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    @Override
    public Iterable<Batch> trainDataloader() {
        return new DataLoader<>(train, batchSize).shuffle(seed);
    }

    @Override
    public Iterable<Batch> valDataloader() {
        return new DataLoader<>(val, val.size());
    }

    @Override
    public Iterable<Batch> testDataloader() {
        return new DataLoader<>(test, test.size());
    }

    @Override
    public Iterable<Batch> predictDataloader() {
        return testDataloader();
    }
}
