package dev.levin.trainer;

import dev.levin.optim.Optimizer;
import dev.levin.tensor.Tensor;
import java.util.Map;

/**
 * Something that happens beside training: stopping, saving, showing, measuring. Implement the hooks you need; the ones you
 * do not implement are not called at all.
 *
 * <p>Order: callbacks in the order given to the Trainer, then the module's hook of the same name. Callbacks that save
 * checkpoints come last, after the module's hook where state may change ({@code onTrainBatchEnd},
 * {@code onValidationEnd}, {@code onTrainEpochEnd}), so that what the hook did is in the file; callbacks that monitor
 * metrics run after the module in {@code onTrainEpochEnd}. To log, call {@code module.log(...)}: the rules are those of the
 * hook it is called in.
 *
 * <p>Hooks inside a training step ({@code onBeforeZeroGrad} to {@code onBeforeOptimizerStep}) record into the step's
 * program; reading a tensor's value there splits the step. All calls come from the thread that runs the loop.
 */
public interface Callback {
    /** Where a callback stands among the others. */
    enum Order {
        /** Searches settings before anything else runs: learning-rate and batch-size finders. */
        TUNER,
        NORMAL,
        /** Acts on metrics: in {@code onTrainEpochEnd} after the module's hook. */
        MONITOR,
        /** Saves: after everyone else. */
        CHECKPOINT
    }

    default Order order() {
        return Order.NORMAL;
    }

    // ---- state --------------------------------------------------------------------------------------------------------

    /** Names this callback's state in a checkpoint; add what tells two of a kind apart. */
    default String stateKey() {
        return getClass().getSimpleName();
    }

    /** What a checkpoint keeps: numbers, strings, booleans, null, tensors, lists and maps of these; empty for nothing. */
    default Map<String, Object> stateDict() {
        return Map.of();
    }

    default void loadStateDict(Map<String, Object> state) {}

    /** May add entries to a checkpoint that is being written. */
    default void onSaveCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {}

    /** Sees a checkpoint before its state is loaded. */
    default void onLoadCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {}

    // ---- the run ------------------------------------------------------------------------------------------------------

    default void setup(Trainer trainer, LightningModule<?> module, Stage stage) {}

    /** The last call of a run, also after an exception. */
    default void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {}

    /** The run ends by an exception; a {@link RunInterruptedException} when it was asked to stop. */
    default void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {}

    default void onFitStart(Trainer trainer, LightningModule<?> module) {}

    default void onFitEnd(Trainer trainer, LightningModule<?> module) {}

    default void onSanityCheckStart(Trainer trainer, LightningModule<?> module) {}

    default void onSanityCheckEnd(Trainer trainer, LightningModule<?> module) {}

    // ---- training -----------------------------------------------------------------------------------------------------

    default void onTrainStart(Trainer trainer, LightningModule<?> module) {}

    default void onTrainEnd(Trainer trainer, LightningModule<?> module) {}

    default void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {}

    default void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {}

    default void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex) {}

    /** @param outputs what the training step gave, {@code loss} among it; empty when the step was skipped */
    default void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {}

    default void onBeforeZeroGrad(Trainer trainer, LightningModule<?> module, Optimizer optimizer) {}

    default void onBeforeBackward(Trainer trainer, LightningModule<?> module, Tensor loss) {}

    default void onAfterBackward(Trainer trainer, LightningModule<?> module) {}

    /** Gradients are complete and unscaled, and not clipped yet. */
    default void onBeforeOptimizerStep(Trainer trainer, LightningModule<?> module, Optimizer optimizer) {}

    // ---- validation ---------------------------------------------------------------------------------------------------

    default void onValidationStart(Trainer trainer, LightningModule<?> module) {}

    default void onValidationEnd(Trainer trainer, LightningModule<?> module) {}

    default void onValidationEpochStart(Trainer trainer, LightningModule<?> module) {}

    default void onValidationEpochEnd(Trainer trainer, LightningModule<?> module) {}

    default void onValidationBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {}

    default void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex,
            int loader) {}

    // ---- test ---------------------------------------------------------------------------------------------------------

    default void onTestStart(Trainer trainer, LightningModule<?> module) {}

    default void onTestEnd(Trainer trainer, LightningModule<?> module) {}

    default void onTestEpochStart(Trainer trainer, LightningModule<?> module) {}

    default void onTestEpochEnd(Trainer trainer, LightningModule<?> module) {}

    default void onTestBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {}

    default void onTestBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {}

    // ---- prediction ---------------------------------------------------------------------------------------------------

    default void onPredictStart(Trainer trainer, LightningModule<?> module) {}

    default void onPredictEnd(Trainer trainer, LightningModule<?> module) {}

    default void onPredictEpochStart(Trainer trainer, LightningModule<?> module) {}

    default void onPredictEpochEnd(Trainer trainer, LightningModule<?> module) {}

    default void onPredictBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {}

    default void onPredictBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex,
            int loader) {}
}
