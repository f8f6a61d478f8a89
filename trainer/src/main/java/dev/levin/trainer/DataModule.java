package dev.levin.trainer;

import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.data.Loader;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

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

    /**
     * Data sets with loaders: training in a new order each epoch, the others in theirs.
     *
     * @param train each of the four may be null, and then has no loader
     * @param workers threads that fetch ahead for each loader
     */
    public static <B> DataModule<B> fromDatasets(Dataset<B> train, Dataset<B> val, Dataset<B> test, Dataset<B> predict, int batchSize, int workers) {
        return new DatasetsModule<>(train, val, test, predict, batchSize, workers);
    }

    /** As {@link #fromDatasets(Dataset, Dataset, Dataset, Dataset, int, int)}, fetching in the training thread. */
    public static <B> DataModule<B> fromDatasets(Dataset<B> train, Dataset<B> val, Dataset<B> test, Dataset<B> predict, int batchSize) {
        return fromDatasets(train, val, test, predict, batchSize, 0);
    }

    /**
     * A data module made from the hyper-parameters a checkpoint stored for it, with the state it had.
     *
     * @param make builds it
     */
    public static <D extends DataModule<?>> D loadFromCheckpoint(Path file, Function<HyperParameters, D> make) {
        Checkpoint c = Checkpoint.read(file);
        D data = make.apply(c.dataHyperParameters());
        if (c.content().get(TrainerState.dataKey(data)) instanceof Map<?, ?> state) {
            data.loadStateDict(Json.map(state));
        }
        return data;
    }

    /** The loaders there are, with the numbers of their samples and batches. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(getClass().getSimpleName()).append('{');
        List<Supplier<Loaders<B>>> loaders = List.of(() -> Loaders.of(trainDataloader()), this::valDataloaders, this::testDataloaders, this::predictDataloaders);
        String[] names = {"train", "val", "test", "predict"};
        for (int i = 0; i < names.length; i++) {
            String one = names[i] + "Dataloader";
            boolean there = Hook.isOverridden(this, one, DataHooks.class, DataModule.class) || Hook.isOverridden(this, one + "s", DataHooks.class, DataModule.class);
            s.append(i == 0 ? "" : ", ").append(names[i]).append(": ").append(there ? describe(loaders.get(i)) : "none");
        }
        return s.append('}').toString();
    }

    private static <B> String describe(Supplier<Loaders<B>> loaders) {
        List<Iterable<? extends B>> all;
        try {
            all = loaders.get().loaders();
        } catch (RuntimeException e) {
            return "not before setup";
        }
        return all.isEmpty() ? "none" : all.stream().map(l -> switch (l) {
            case DataLoader<?> d -> d.samples() + " samples in " + d.length() + " batches";
            case Loader<?> d -> (d.length() < 0 ? "any number of" : d.length()) + " batches";
            case Collection<?> c -> c.size() + " batches";
            default -> "any number of batches";
        }).collect(Collectors.joining(" + "));
    }

    /** What a checkpoint keeps under this class's name; empty for nothing. */
    public Map<String, Object> stateDict() {
        return Map.of();
    }

    public void loadStateDict(Map<String, Object> state) {}

    /** The run ends by an exception. */
    public void onException(Throwable exception) {}
}
