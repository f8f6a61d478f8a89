package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.tuner.LrFindResult;
import dev.levin.trainer.tuner.Tuner;
import java.util.Optional;
import java.util.OptionalDouble;
import org.slf4j.LoggerFactory;

/**
 * Searches a learning rate before training, writes it to the field {@code lr} or {@code learningRate} of the module, and
 * configures the optimizers anew. The trial runs in a Trainer of its own, on the loader of this fit; weights and random
 * numbers are afterwards what they were. Skipped when a run is resumed, and in development runs.
 */
public final class LearningRateFinder implements Callback {
    private final Tuner.LrSearch search;
    private boolean updateAttribute = true;
    private String attribute;
    private LrFindResult result;

    /** From 1e-8 to 1 in 100 steps. */
    public LearningRateFinder() {
        this(Tuner.LrSearch.DEFAULT);
    }

    public LearningRateFinder(Tuner.LrSearch search) {
        this.search = search;
    }

    /** False only searches. */
    public LearningRateFinder updateAttribute(boolean on) {
        updateAttribute = on;
        return this;
    }

    /** The field to write to. */
    public LearningRateFinder attribute(String name) {
        attribute = name;
        return this;
    }

    /** What the search found; empty before it ran. */
    public Optional<LrFindResult> result() {
        return Optional.ofNullable(result);
    }

    /** The curve, with the suggestion. */
    public LearningRatePlot plot() {
        if (result == null) {
            throw new IllegalStateException("the learning-rate finder did not run yet; call fit first");
        }
        return new LearningRatePlot(result.rates(), result.losses(), result.suggestion());
    }

    @Override
    public Order order() {
        return Order.TUNER;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        if (trainer.fastDevRun() > 0 || trainer.ckptPath().isPresent()) {
            return;
        }
        Optional<Attributes> target = Optional.empty();
        if (updateAttribute) {
            target = attribute != null ? Attributes.find(module, attribute) : Attributes.find(module, "lr", "learningRate", "learning_rate");
            if (target.isEmpty()) {
                throw new MisconfigurationException(module.getClass().getSimpleName() + " has no number " + (attribute != null ? "'" + attribute + "'" : "'lr' or "
                        + "'learningRate'") + " to write the learning rate to; there are " + Attributes.numbers(module)
                        + ". Add the field and use it in configureOptimizers, name another with attribute(...), or use updateAttribute(false)");
            }
        }
        Iterable<Object> loader = (Iterable<Object>) trainer.trainLoader();
        LightningModule<Object> m = (LightningModule<Object>) module;
        result = trainer.lendModule(() -> new Tuner(trainer.toBuilder()).lrFind(m, loader, search));
        OptionalDouble found = result.suggestion();
        if (found.isEmpty()) {
            LoggerFactory.getLogger(LearningRateFinder.class).warn("the learning-rate search of {} steps gives no suggestion; search with more steps, or a lower "
                    + "maximum than {}", result.losses().size(), search.max());
        } else if (target.isPresent()) {
            double before = target.get().get();
            target.get().set(found.getAsDouble());
            trainer.replaceOptimizers(module.configureOptimizers());
            LoggerFactory.getLogger(LearningRateFinder.class).info("{} is {} instead of {}", target.get().name(), found.getAsDouble(), before);
        }
    }
}
