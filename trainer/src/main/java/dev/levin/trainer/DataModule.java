package dev.levin.trainer;

import java.util.Map;

/**
 * Data with everything that belongs to it: download, split, loaders, and state a checkpoint keeps.
 *
 * @param <B> type of a batch
 */
public abstract class DataModule<B> implements DataHooks<B> {
    private Trainer trainer;
    private HyperParameters hparams = HyperParameters.NONE;

    /** The Trainer of the running entry point; null outside. */
    protected final Trainer trainer() {
        return trainer;
    }

    final void attach(Trainer owner) {
        trainer = owner;
    }

    /** Remembers what this data was made from: in checkpoints, and in the loggers beside the model's. */
    protected final void saveHyperparameters(Object values) {
        hparams = HyperParameters.of(values);
    }

    public final HyperParameters hparams() {
        return hparams;
    }

    /** What a checkpoint keeps under this class's name; empty for nothing. */
    public Map<String, Object> stateDict() {
        return Map.of();
    }

    public void loadStateDict(Map<String, Object> state) {}

    /** The run ends by an exception. */
    public void onException(Throwable exception) {}
}
