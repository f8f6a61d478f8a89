package dev.levin.callbacks;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Keeps a running average of the weights: validation runs on it, and it is the model when training is over.
 *
 * <p>Override {@link #shouldUpdateAfterStep} and {@link #shouldUpdateAfterEpoch} to say when the average is updated; by
 * default after every optimizer step. Until the first update, the live weights are used everywhere.
 *
 * <p>A checkpoint holds the average as {@code state_dict}, so that whoever loads it gets the averaged model, and the live
 * weights as {@code current_model_state}, with which training goes on.
 */
public class WeightAveraging implements Callback {
    /** How a weight is taken into the average. */
    @FunctionalInterface
    public interface Rule {
        /** @param updates how often the average was updated before, at least 1 */
        Tensor apply(Tensor average, Tensor current, long updates);
    }

    private static final String LIVE = "current_model_state";
    private static final String STATE = "averaging_state";

    private final Rule rule;
    private final boolean useBuffers;
    private AverageWeights weights;
    private boolean swapped;
    private long latestStep;
    private int latestEpoch = -1;
    private long updates;
    private Map<String, Object> loaded;

    /** The plain mean of all weights seen. */
    public WeightAveraging() {
        this(true, WeightAveraging::mean);
    }

    /**
     * @param useBuffers whether buffers (running statistics) are averaged too, or copied
     */
    public WeightAveraging(boolean useBuffers, Rule rule) {
        this.useBuffers = useBuffers;
        this.rule = rule;
    }

    /** The mean of {@code updates + 1} weights from that of {@code updates}. */
    public static Tensor mean(Tensor average, Tensor current, long updates) {
        return average.add(current.sub(average).div(updates + 1.0));
    }

    /** @param step zero-based number of the optimizer step that was just done */
    protected boolean shouldUpdateAfterStep(long step) {
        return true;
    }

    /** @param epoch zero-based */
    protected boolean shouldUpdateAfterEpoch(int epoch) {
        return false;
    }

    /** How often the average was updated. */
    public long updates() {
        return weights == null ? updates : weights.count();
    }

    // ---- the run ------------------------------------------------------------------------------------------------------------

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (stage == Stage.FIT) {
            updates = weights == null ? 0 : weights.count();
            loaded = null;
            swapped = false;
        }
    }

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        weights = new AverageWeights(module, useBuffers);
        if (loaded != null) {
            weights.load(loaded);
            loaded = null;
        }
        weights.count(updates);
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        if (trainer.globalStep() > latestStep && shouldUpdateAfterStep(trainer.globalStep() - 1)) {
            weights.update(rule);
            latestStep = trainer.globalStep();
        }
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (trainer.currentEpoch() > latestEpoch && shouldUpdateAfterEpoch(trainer.currentEpoch())) {
            weights.update(rule);
            latestEpoch = trainer.currentEpoch();
        }
    }

    @Override
    public void onTrainEnd(Trainer trainer, LightningModule<?> module) {
        if (weights.count() > 0) {
            weights.toModel();
        }
    }

    private void swap(boolean toAverage) {
        if (weights != null && swapped != toAverage && (swapped || weights.count() > 0)) {
            weights.swap();
            swapped = toAverage;
        }
    }

    @Override
    public void onValidationEpochStart(Trainer trainer, LightningModule<?> module) {
        if (trainer.stage() == Stage.FIT) {
            swap(true);
        }
    }

    @Override
    public void onValidationEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (trainer.stage() == Stage.FIT) {
            swap(false);
        }
    }

    @Override
    public void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {
        swap(false);
    }

    // ---- state --------------------------------------------------------------------------------------------------------------

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("latest_update_step", latestStep);
        m.put("latest_update_epoch", latestEpoch);
        m.put("n_averaged", updates());
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        latestStep = ((Number) state.get("latest_update_step")).longValue();
        latestEpoch = ((Number) state.get("latest_update_epoch")).intValue();
        updates = ((Number) state.get("n_averaged")).longValue();
    }

    @Override
    public void onSaveCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {
        if (weights == null || weights.count() == 0 || trainer.stage() != Stage.FIT) {
            return;
        }
        Object model = checkpoint.get("state_dict");
        Map<String, Object> other = new LinkedHashMap<>(weights.values());
        checkpoint.put("state_dict", swapped ? model : other);
        checkpoint.put(LIVE, swapped ? other : model);
        checkpoint.put(STATE, new LinkedHashMap<>(Map.of("n_averaged", weights.count())));
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onLoadCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {
        if (trainer.stage() != Stage.FIT) {
            return;
        }
        if (checkpoint.get(LIVE) instanceof Map<?, ?> live) {
            loaded = (Map<String, Object>) checkpoint.get("state_dict");
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            live.forEach((k, v) -> tensors.put((String) k, (Tensor) v));
            module.loadStateDict(tensors);
        } else if (!(checkpoint.get("callbacks") instanceof Map<?, ?> c && c.containsKey(stateKey()))) {
            LoggerFactory.getLogger(WeightAveraging.class).warn("the checkpoint was not written with {}; the average starts anew from its weights", stateKey());
        }
    }
}
