package dev.levin.trainer;

import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;

/** A data module of data sets that exist already. */
final class DatasetsModule<B> extends DataModule<B> {
    private final Dataset<B> train;
    private final Dataset<B> val;
    private final Dataset<B> test;
    private final Dataset<B> predict;
    private final int batchSize;
    private final int workers;

    DatasetsModule(Dataset<B> train, Dataset<B> val, Dataset<B> test, Dataset<B> predict, int batchSize, int workers) {
        this.train = train;
        this.val = val;
        this.test = test;
        this.predict = predict;
        this.batchSize = batchSize;
        this.workers = workers;
    }

    private DataLoader<B> loader(Dataset<B> data) {
        return data == null ? null : new DataLoader<>(data, batchSize).workers(workers);
    }

    @Override
    public Iterable<B> trainDataloader() {
        return train == null ? null : loader(train).shuffle();
    }

    @Override
    public Iterable<B> valDataloader() {
        return loader(val);
    }

    @Override
    public Iterable<B> testDataloader() {
        return loader(test);
    }

    @Override
    public Iterable<B> predictDataloader() {
        return loader(predict);
    }
}
