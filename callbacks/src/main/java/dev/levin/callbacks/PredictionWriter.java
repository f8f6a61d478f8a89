package dev.levin.callbacks;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Stores predictions as they come, or all at the end: subclasses say how. With {@link Interval#BATCH} nothing is kept, so
 * that data sets larger than memory can be predicted.
 */
public abstract class PredictionWriter implements Callback {
    /** When something is written. */
    public enum Interval {
        BATCH, EPOCH, BATCH_AND_EPOCH;

        boolean batches() {
            return this != EPOCH;
        }

        boolean epochs() {
            return this != BATCH;
        }
    }

    /**
     * The predictions of one batch.
     *
     * @param output what {@code predictStep} gave
     * @param samples numbers of the samples, in the order in which the loader gave them, from zero
     */
    public record Written(Object output, List<Long> samples, int batchIndex, int loader) {}

    private final Interval interval;
    private final List<List<Written>> epoch = new ArrayList<>();
    private long seen;
    private int loader;

    protected PredictionWriter(Interval interval) {
        this.interval = interval;
    }

    /** Writes one batch; called when the interval has batches. */
    protected void writeOnBatchEnd(Trainer trainer, LightningModule<?> module, Written prediction, Object batch) {}

    /** Writes everything; called when the interval has epochs. One list per loader. */
    protected void writeOnEpochEnd(Trainer trainer, LightningModule<?> module, List<List<Written>> predictions) {}

    @Override
    public void onPredictStart(Trainer trainer, LightningModule<?> module) {
        epoch.clear();
        seen = 0;
        loader = 0;
    }

    @Override
    public void onPredictBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loaderIndex) {
        if (loaderIndex != loader) {
            loader = loaderIndex;
            seen = 0;
        }
        int size = size(batch);
        if (size < 0) {
            throw new MisconfigurationException(getClass().getSimpleName() + ": a batch of type " + batch.getClass().getSimpleName()
                    + " holds no tensor or collection to count its samples by; batches are tensors, records, maps or lists of tensors");
        }
        List<Long> samples = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            samples.add(seen++);
        }
        Written written = new Written(output, List.copyOf(samples), batchIndex, loaderIndex);
        if (interval.batches()) {
            writeOnBatchEnd(trainer, module, written, batch);
        }
        if (interval.epochs()) {
            while (epoch.size() <= loaderIndex) {
                epoch.add(new ArrayList<>());
            }
            epoch.get(loaderIndex).add(written);
        }
    }

    @Override
    public void onPredictEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (interval.epochs()) {
            writeOnEpochEnd(trainer, module, epoch.stream().map(List::copyOf).toList());
            epoch.clear();
        }
    }

    /** First extent of the first tensor; -1 if there is none. */
    static int size(Object batch) {
        return switch (batch) {
            case Tensor t -> t.dim() == 0 ? 1 : t.size(0);
            case Map<?, ?> m -> first(m.values());
            case Collection<?> c -> first(c);
            case Record r -> first(Parts.of(r));
            case null, default -> -1;
        };
    }

    private static int first(Collection<?> parts) {
        for (Object p : parts) {
            int n = size(p);
            if (n >= 0) {
                return n;
            }
        }
        return -1;
    }
}
