package dev.levin.callbacks;

import dev.levin.optim.Optimizer;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.Hook;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A callback made of functions, for a line or two that deserve no class:
 *
 * {@snippet :
 * new LambdaCallback()
 *         .on(Hook.ON_TRAIN_START, (trainer, module) -> System.out.println("off we go"))
 *         .onBatchEnd(Hook.ON_TRAIN_BATCH_END, (trainer, module, outputs, batch, index, loader) -> count++);
 * }
 *
 * Each kind of hook has a method here; a hook of another kind is refused with the name of the right one.
 */
public final class LambdaCallback implements Callback {
    private static final Set<Hook> BATCH_STARTS = EnumSet.of(Hook.ON_TRAIN_BATCH_START, Hook.ON_VALIDATION_BATCH_START, Hook.ON_TEST_BATCH_START,
            Hook.ON_PREDICT_BATCH_START);
    private static final Set<Hook> BATCH_ENDS = EnumSet.of(Hook.ON_TRAIN_BATCH_END, Hook.ON_VALIDATION_BATCH_END, Hook.ON_TEST_BATCH_END,
            Hook.ON_PREDICT_BATCH_END);
    private static final Set<Hook> STAGES = EnumSet.of(Hook.SETUP, Hook.TEARDOWN);
    private static final Set<Hook> OPTIMIZERS = EnumSet.of(Hook.ON_BEFORE_ZERO_GRAD, Hook.ON_BEFORE_OPTIMIZER_STEP);
    private static final Set<Hook> CHECKPOINTS = EnumSet.of(Hook.ON_SAVE_CHECKPOINT, Hook.ON_LOAD_CHECKPOINT);
    private static final Set<Hook> SIMPLE = EnumSet.of(Hook.ON_FIT_START, Hook.ON_FIT_END, Hook.ON_SANITY_CHECK_START, Hook.ON_SANITY_CHECK_END,
            Hook.ON_TRAIN_START, Hook.ON_TRAIN_END, Hook.ON_TRAIN_EPOCH_START, Hook.ON_TRAIN_EPOCH_END, Hook.ON_AFTER_BACKWARD, Hook.ON_VALIDATION_START,
            Hook.ON_VALIDATION_END, Hook.ON_VALIDATION_EPOCH_START, Hook.ON_VALIDATION_EPOCH_END, Hook.ON_TEST_START, Hook.ON_TEST_END,
            Hook.ON_TEST_EPOCH_START, Hook.ON_TEST_EPOCH_END, Hook.ON_PREDICT_START, Hook.ON_PREDICT_END, Hook.ON_PREDICT_EPOCH_START,
            Hook.ON_PREDICT_EPOCH_END);

    /** Something to do with one more value. */
    @FunctionalInterface
    public interface With<T> {
        void call(Trainer trainer, LightningModule<?> module, T value);
    }

    /** Something to do when a batch starts; {@code loader} is 0 in training. */
    @FunctionalInterface
    public interface BatchStart {
        void call(Trainer trainer, LightningModule<?> module, Object batch, int index, int loader);
    }

    /** Something to do when a batch ends; {@code output} is a map in training, where {@code loader} is 0. */
    @FunctionalInterface
    public interface BatchEnd {
        void call(Trainer trainer, LightningModule<?> module, Object output, Object batch, int index, int loader);
    }

    private final Map<Hook, Object> functions = new EnumMap<>(Hook.class);

    // ---- what to do -------------------------------------------------------------------------------------------------------

    /** For hooks without further arguments. */
    public LambdaCallback on(Hook hook, BiConsumer<Trainer, LightningModule<?>> body) {
        return put(hook, SIMPLE, body);
    }

    /** For {@code ON_*_BATCH_START}. */
    public LambdaCallback onBatchStart(Hook hook, BatchStart body) {
        return put(hook, BATCH_STARTS, body);
    }

    /** For {@code ON_*_BATCH_END}. */
    public LambdaCallback onBatchEnd(Hook hook, BatchEnd body) {
        return put(hook, BATCH_ENDS, body);
    }

    /** For {@code SETUP} and {@code TEARDOWN}. */
    public LambdaCallback onStage(Hook hook, With<Stage> body) {
        return put(hook, STAGES, body);
    }

    /** For {@code ON_BEFORE_ZERO_GRAD} and {@code ON_BEFORE_OPTIMIZER_STEP}. */
    public LambdaCallback onOptimizer(Hook hook, With<Optimizer> body) {
        return put(hook, OPTIMIZERS, body);
    }

    /** For {@code ON_SAVE_CHECKPOINT} and {@code ON_LOAD_CHECKPOINT}. */
    public LambdaCallback onCheckpoint(Hook hook, With<Map<String, Object>> body) {
        return put(hook, CHECKPOINTS, body);
    }

    public LambdaCallback onBeforeBackward(With<Tensor> body) {
        return put(Hook.ON_BEFORE_BACKWARD, EnumSet.of(Hook.ON_BEFORE_BACKWARD), body);
    }

    public LambdaCallback onException(With<Throwable> body) {
        return put(Hook.ON_EXCEPTION, EnumSet.of(Hook.ON_EXCEPTION), body);
    }

    /** For any hook, whatever its arguments. */
    LambdaCallback onAny(Hook hook, Consumer<Trainer> body) {
        if (BATCH_STARTS.contains(hook)) {
            return onBatchStart(hook, (t, m, b, i, l) -> body.accept(t));
        }
        if (BATCH_ENDS.contains(hook)) {
            return onBatchEnd(hook, (t, m, o, b, i, l) -> body.accept(t));
        }
        if (STAGES.contains(hook)) {
            return onStage(hook, (t, m, s) -> body.accept(t));
        }
        if (OPTIMIZERS.contains(hook)) {
            return onOptimizer(hook, (t, m, o) -> body.accept(t));
        }
        if (CHECKPOINTS.contains(hook)) {
            return onCheckpoint(hook, (t, m, c) -> body.accept(t));
        }
        return switch (hook) {
            case ON_BEFORE_BACKWARD -> onBeforeBackward((t, m, loss) -> body.accept(t));
            case ON_EXCEPTION -> onException((t, m, e) -> body.accept(t));
            default -> on(hook, (t, m) -> body.accept(t));
        };
    }

    private LambdaCallback put(Hook hook, Set<Hook> allowed, Object body) {
        if (!allowed.contains(hook)) {
            throw new IllegalArgumentException(hook + " (" + hook.method() + ") is not one of " + allowed + "; " + method(hook));
        }
        if (functions.putIfAbsent(hook, body) != null) {
            throw new IllegalArgumentException(hook + " has a function already; use a second LambdaCallback");
        }
        return this;
    }

    private static String method(Hook hook) {
        String name = SIMPLE.contains(hook) ? "on" : BATCH_STARTS.contains(hook) ? "onBatchStart" : BATCH_ENDS.contains(hook) ? "onBatchEnd"
                : STAGES.contains(hook) ? "onStage" : OPTIMIZERS.contains(hook) ? "onOptimizer" : CHECKPOINTS.contains(hook) ? "onCheckpoint"
                : hook == Hook.ON_BEFORE_BACKWARD ? "onBeforeBackward" : hook == Hook.ON_EXCEPTION ? "onException" : null;
        return name == null ? "it is not a hook of callbacks" : "use " + name + "(...)";
    }

    // ---- calling ------------------------------------------------------------------------------------------------------------

    @SuppressWarnings("unchecked")
    private void call(Hook hook, Trainer trainer, LightningModule<?> module) {
        Object f = functions.get(hook);
        if (f != null) {
            ((BiConsumer<Trainer, LightningModule<?>>) f).accept(trainer, module);
        }
    }

    @SuppressWarnings("unchecked")
    private <T> void call(Hook hook, Trainer trainer, LightningModule<?> module, T value) {
        Object f = functions.get(hook);
        if (f != null) {
            ((With<T>) f).call(trainer, module, value);
        }
    }

    private void start(Hook hook, Trainer trainer, LightningModule<?> module, Object batch, int index, int loader) {
        if (functions.get(hook) instanceof BatchStart f) {
            f.call(trainer, module, batch, index, loader);
        }
    }

    private void end(Hook hook, Trainer trainer, LightningModule<?> module, Object output, Object batch, int index, int loader) {
        if (functions.get(hook) instanceof BatchEnd f) {
            f.call(trainer, module, output, batch, index, loader);
        }
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        call(Hook.SETUP, trainer, module, stage);
    }

    @Override
    public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
        call(Hook.TEARDOWN, trainer, module, stage);
    }

    @Override
    public void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {
        call(Hook.ON_EXCEPTION, trainer, module, exception);
    }

    @Override
    public void onSaveCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {
        call(Hook.ON_SAVE_CHECKPOINT, trainer, module, checkpoint);
    }

    @Override
    public void onLoadCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {
        call(Hook.ON_LOAD_CHECKPOINT, trainer, module, checkpoint);
    }

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_FIT_START, trainer, module);
    }

    @Override
    public void onFitEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_FIT_END, trainer, module);
    }

    @Override
    public void onSanityCheckStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_SANITY_CHECK_START, trainer, module);
    }

    @Override
    public void onSanityCheckEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_SANITY_CHECK_END, trainer, module);
    }

    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TRAIN_START, trainer, module);
    }

    @Override
    public void onTrainEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TRAIN_END, trainer, module);
    }

    @Override
    public void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TRAIN_EPOCH_START, trainer, module);
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TRAIN_EPOCH_END, trainer, module);
    }

    @Override
    public void onAfterBackward(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_AFTER_BACKWARD, trainer, module);
    }

    @Override
    public void onValidationStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_VALIDATION_START, trainer, module);
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_VALIDATION_END, trainer, module);
    }

    @Override
    public void onValidationEpochStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_VALIDATION_EPOCH_START, trainer, module);
    }

    @Override
    public void onValidationEpochEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_VALIDATION_EPOCH_END, trainer, module);
    }

    @Override
    public void onTestStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TEST_START, trainer, module);
    }

    @Override
    public void onTestEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TEST_END, trainer, module);
    }

    @Override
    public void onTestEpochStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TEST_EPOCH_START, trainer, module);
    }

    @Override
    public void onTestEpochEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_TEST_EPOCH_END, trainer, module);
    }

    @Override
    public void onPredictStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_PREDICT_START, trainer, module);
    }

    @Override
    public void onPredictEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_PREDICT_END, trainer, module);
    }

    @Override
    public void onPredictEpochStart(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_PREDICT_EPOCH_START, trainer, module);
    }

    @Override
    public void onPredictEpochEnd(Trainer trainer, LightningModule<?> module) {
        call(Hook.ON_PREDICT_EPOCH_END, trainer, module);
    }

    @Override
    public void onBeforeZeroGrad(Trainer trainer, LightningModule<?> module, Optimizer optimizer) {
        call(Hook.ON_BEFORE_ZERO_GRAD, trainer, module, optimizer);
    }

    @Override
    public void onBeforeOptimizerStep(Trainer trainer, LightningModule<?> module, Optimizer optimizer) {
        call(Hook.ON_BEFORE_OPTIMIZER_STEP, trainer, module, optimizer);
    }

    @Override
    public void onBeforeBackward(Trainer trainer, LightningModule<?> module, Tensor loss) {
        call(Hook.ON_BEFORE_BACKWARD, trainer, module, loss);
    }

    @Override
    public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex) {
        start(Hook.ON_TRAIN_BATCH_START, trainer, module, batch, batchIndex, 0);
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        end(Hook.ON_TRAIN_BATCH_END, trainer, module, outputs, batch, batchIndex, 0);
    }

    @Override
    public void onValidationBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {
        start(Hook.ON_VALIDATION_BATCH_START, trainer, module, batch, batchIndex, loader);
    }

    @Override
    public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        end(Hook.ON_VALIDATION_BATCH_END, trainer, module, output, batch, batchIndex, loader);
    }

    @Override
    public void onTestBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {
        start(Hook.ON_TEST_BATCH_START, trainer, module, batch, batchIndex, loader);
    }

    @Override
    public void onTestBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        end(Hook.ON_TEST_BATCH_END, trainer, module, output, batch, batchIndex, loader);
    }

    @Override
    public void onPredictBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {
        start(Hook.ON_PREDICT_BATCH_START, trainer, module, batch, batchIndex, loader);
    }

    @Override
    public void onPredictBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        end(Hook.ON_PREDICT_BATCH_END, trainer, module, output, batch, batchIndex, loader);
    }
}
