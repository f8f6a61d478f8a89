package dev.levin.trainer;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Every hook of modules, data modules and callbacks, with what {@code log} may do inside it. The table is the rule: the
 * Trainer, its messages and the tests read it.
 */
public enum Hook {
    CONFIGURE_CALLBACKS("configureCallbacks", LogRule.FORBIDDEN),
    CONFIGURE_MODEL("configureModel", LogRule.FORBIDDEN),
    CONFIGURE_OPTIMIZERS("configureOptimizers", LogRule.FORBIDDEN),
    PREPARE_DATA("prepareData", LogRule.FORBIDDEN),
    SETUP("setup", LogRule.FORBIDDEN),
    TEARDOWN("teardown", LogRule.FORBIDDEN),
    TRAIN_DATALOADER("trainDataloader", LogRule.FORBIDDEN),
    VAL_DATALOADER("valDataloaders", LogRule.FORBIDDEN),
    TEST_DATALOADER("testDataloaders", LogRule.FORBIDDEN),
    PREDICT_DATALOADER("predictDataloaders", LogRule.FORBIDDEN),
    ON_BEFORE_BATCH_TRANSFER("onBeforeBatchTransfer", LogRule.FORBIDDEN),
    TRANSFER_BATCH_TO_DEVICE("transferBatchToDevice", LogRule.FORBIDDEN),
    ON_AFTER_BATCH_TRANSFER("onAfterBatchTransfer", LogRule.FORBIDDEN),
    ON_FIT_START("onFitStart", LogRule.FORBIDDEN),
    ON_FIT_END("onFitEnd", LogRule.FORBIDDEN),
    ON_SANITY_CHECK_START("onSanityCheckStart", LogRule.FORBIDDEN),
    ON_SANITY_CHECK_END("onSanityCheckEnd", LogRule.FORBIDDEN),
    ON_TRAIN_START("onTrainStart", LogRule.EPOCH_ONLY),
    ON_TRAIN_END("onTrainEnd", LogRule.FORBIDDEN),
    ON_TRAIN_EPOCH_START("onTrainEpochStart", LogRule.EPOCH_ONLY),
    ON_TRAIN_EPOCH_END("onTrainEpochEnd", LogRule.EPOCH_ONLY),
    ON_TRAIN_BATCH_START("onTrainBatchStart", LogRule.BY_STEP),
    ON_TRAIN_BATCH_END("onTrainBatchEnd", LogRule.BY_STEP),
    TRAINING_STEP("trainingStep", LogRule.BY_STEP),
    ON_BEFORE_ZERO_GRAD("onBeforeZeroGrad", LogRule.BY_STEP),
    OPTIMIZER_ZERO_GRAD("optimizerZeroGrad", LogRule.BY_STEP),
    ON_BEFORE_BACKWARD("onBeforeBackward", LogRule.BY_STEP),
    BACKWARD("backward", LogRule.BY_STEP),
    ON_AFTER_BACKWARD("onAfterBackward", LogRule.BY_STEP),
    ON_BEFORE_OPTIMIZER_STEP("onBeforeOptimizerStep", LogRule.BY_STEP),
    CONFIGURE_GRADIENT_CLIPPING("configureGradientClipping", LogRule.BY_STEP),
    CLIP_GRADIENTS("clipGradients", LogRule.BY_STEP),
    OPTIMIZER_STEP("optimizerStep", LogRule.BY_STEP),
    LR_SCHEDULER_STEP("lrSchedulerStep", LogRule.FORBIDDEN),
    ON_VALIDATION_MODEL_ZERO_GRAD("onValidationModelZeroGrad", LogRule.FORBIDDEN),
    ON_VALIDATION_MODEL_EVAL("onValidationModelEval", LogRule.FORBIDDEN),
    ON_VALIDATION_MODEL_TRAIN("onValidationModelTrain", LogRule.FORBIDDEN),
    ON_VALIDATION_START("onValidationStart", LogRule.EPOCH_ONLY),
    ON_VALIDATION_END("onValidationEnd", LogRule.FORBIDDEN),
    ON_VALIDATION_EPOCH_START("onValidationEpochStart", LogRule.EPOCH_ONLY),
    ON_VALIDATION_EPOCH_END("onValidationEpochEnd", LogRule.EPOCH_ONLY),
    ON_VALIDATION_BATCH_START("onValidationBatchStart", LogRule.BY_EPOCH),
    ON_VALIDATION_BATCH_END("onValidationBatchEnd", LogRule.BY_EPOCH),
    VALIDATION_STEP("validationStep", LogRule.BY_EPOCH),
    ON_TEST_MODEL_EVAL("onTestModelEval", LogRule.FORBIDDEN),
    ON_TEST_MODEL_TRAIN("onTestModelTrain", LogRule.FORBIDDEN),
    ON_TEST_START("onTestStart", LogRule.EPOCH_ONLY),
    ON_TEST_END("onTestEnd", LogRule.FORBIDDEN),
    ON_TEST_EPOCH_START("onTestEpochStart", LogRule.EPOCH_ONLY),
    ON_TEST_EPOCH_END("onTestEpochEnd", LogRule.EPOCH_ONLY),
    ON_TEST_BATCH_START("onTestBatchStart", LogRule.BY_EPOCH),
    ON_TEST_BATCH_END("onTestBatchEnd", LogRule.BY_EPOCH),
    TEST_STEP("testStep", LogRule.BY_EPOCH),
    ON_PREDICT_MODEL_EVAL("onPredictModelEval", LogRule.FORBIDDEN),
    ON_PREDICT_MODEL_TRAIN("onPredictModelTrain", LogRule.FORBIDDEN),
    ON_PREDICT_START("onPredictStart", LogRule.FORBIDDEN),
    ON_PREDICT_END("onPredictEnd", LogRule.FORBIDDEN),
    ON_PREDICT_EPOCH_START("onPredictEpochStart", LogRule.FORBIDDEN),
    ON_PREDICT_EPOCH_END("onPredictEpochEnd", LogRule.FORBIDDEN),
    ON_PREDICT_BATCH_START("onPredictBatchStart", LogRule.FORBIDDEN),
    ON_PREDICT_BATCH_END("onPredictBatchEnd", LogRule.FORBIDDEN),
    PREDICT_STEP("predictStep", LogRule.FORBIDDEN),
    STATE_DICT("stateDict", LogRule.FORBIDDEN),
    LOAD_STATE_DICT("loadStateDict", LogRule.FORBIDDEN),
    ON_SAVE_CHECKPOINT("onSaveCheckpoint", LogRule.FORBIDDEN),
    ON_LOAD_CHECKPOINT("onLoadCheckpoint", LogRule.FORBIDDEN),
    ON_EXCEPTION("onException", LogRule.FORBIDDEN);

    private static final Map<String, Method> CALLBACK = new HashMap<>();

    static {
        for (Method m : Callback.class.getMethods()) {
            CALLBACK.put(m.getName(), m);
        }
    }

    private final String method;
    private final LogRule rule;

    Hook(String method, LogRule rule) {
        this.method = method;
        this.rule = rule;
    }

    /** The name of the method, such as {@code onTrainBatchEnd}. */
    public String method() {
        return method;
    }

    LogRule rule() {
        return rule;
    }

    /** Whether a callback does anything in this hook. */
    boolean isOverriddenBy(Callback callback) {
        Method m = CALLBACK.get(method);
        return m != null && overrides(callback, m, Callback.class);
    }

    /** Whether an object's class declares the method of this hook (with any parameters) below {@code base}. */
    boolean isOverriddenIn(Object owner, Class<?> base) {
        return isOverridden(owner, method, base);
    }

    /** Whether an object's class declares a method of that name below the types that ship it. */
    static boolean isOverridden(Object owner, String name, Class<?>... bases) {
        return Arrays.stream(owner.getClass().getMethods())
                .anyMatch(m -> m.getName().equals(name) && !m.isBridge() && Arrays.stream(bases).noneMatch(b -> b == m.getDeclaringClass()));
    }

    private static boolean overrides(Object owner, Method m, Class<?> base) {
        try {
            return owner.getClass().getMethod(m.getName(), m.getParameterTypes()).getDeclaringClass() != base;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }
}
