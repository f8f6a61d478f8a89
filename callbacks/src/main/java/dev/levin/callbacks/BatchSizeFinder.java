package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.tuner.Tuner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.LoggerFactory;

/**
 * Searches the largest batch size that fits into memory before training, and writes it to the field {@code batchSize} of the
 * data module and of the module, whichever have one; their {@code trainDataloader} has to use it. A run that is resumed goes
 * on with the size that was found; development runs skip the search.
 */
public final class BatchSizeFinder implements Callback {
    private final Tuner.BatchSearch search;
    private String attribute;
    private OptionalInt result = OptionalInt.empty();

    /** Doubles from 2 until memory is full. */
    public BatchSizeFinder() {
        this(Tuner.BatchSearch.DEFAULT);
    }

    public BatchSizeFinder(Tuner.BatchSearch search) {
        this.search = search;
    }

    /** The field to write to. */
    public BatchSizeFinder attribute(String name) {
        attribute = name;
        return this;
    }

    /** The size that was found; empty before the search. */
    public OptionalInt result() {
        return result;
    }

    @Override
    public Order order() {
        return Order.TUNER;
    }

    @Override
    public Map<String, Object> stateDict() {
        return result.isPresent() ? Map.of("batch_size", result.getAsInt()) : Map.of();
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        result = state.get("batch_size") instanceof Number n ? OptionalInt.of(n.intValue()) : OptionalInt.empty();
    }

    private List<Attributes> targets(Trainer trainer, LightningModule<?> module, String[] names) {
        List<Attributes> targets = new ArrayList<>();
        Attributes.find(trainer.dataModule(), names).ifPresent(targets::add);
        Attributes.find(module, names).ifPresent(targets::add);
        return targets;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        String[] names = attribute != null ? new String[] {attribute} : new String[] {"batchSize", "batch_size"};
        List<Attributes> targets = targets(trainer, module, names);
        if (trainer.ckptPath().isPresent()) {
            result.ifPresent(size -> targets.forEach(t -> t.set(size)));
            return;
        }
        if (trainer.fastDevRun() > 0) {
            return;
        }
        if (targets.isEmpty()) {
            throw new MisconfigurationException("there is no number '" + names[0] + "' to write the batch size to in " + module.getClass().getSimpleName()
                    + Optional.ofNullable(trainer.dataModule()).map(d -> " or " + d.getClass().getSimpleName()).orElse("")
                    + "; add the field and use it in trainDataloader, or name another with attribute(...). Loaders that are passed to fit have a fixed size");
        }
        double[] before = targets.stream().mapToDouble(Attributes::get).toArray();
        LightningModule<Object> m = (LightningModule<Object>) module;
        try {
            result = OptionalInt.of(trainer.lendModule(() -> new Tuner(trainer.toBuilder()).<Object>scaleBatchSize(m, size -> {
                targets.forEach(t -> t.set(size));
                return trainer.dataModule() != null ? trainer.dataModule().trainDataloader() : m.trainDataloader();
            }, search)));
        } finally {
            for (int i = 0; i < before.length; i++) {
                targets.get(i).set(before[i]);
            }
        }
        targets.forEach(t -> t.set(result.getAsInt()));
        LoggerFactory.getLogger(BatchSizeFinder.class).info("{} is {} instead of {}", targets.getFirst().name(), result.getAsInt(), (int) before[0]);
    }
}
