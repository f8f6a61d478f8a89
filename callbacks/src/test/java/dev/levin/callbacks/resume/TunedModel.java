package dev.levin.callbacks.resume;

import dev.levin.data.DataLoader;

/** Makes its own loader, of a size that is searched before training. */
final class TunedModel extends ResumeModel {
    int batchSize = 1;

    TunedModel() {
        super(ResumeModel::adamW);
    }

    @Override
    public Iterable<?> trainDataloader() {
        return new DataLoader<>(data(3), batchSize).shuffle(5);
    }
}
