package dev.levin.trainer;

/** The hooks of one kind of evaluation; what validation and test differ in. */
interface EvaluationHooks {
    void modelEval();

    /** The hook if it is overridden; null if modes are to be restored. */
    Runnable modelTrain();

    void start();

    void end();

    void epochStart();

    void epochEnd();

    void batchStart(Object batch, int index, int loader);

    Object step(Object batch, int index, int loader);

    void batchEnd(Object output, Object batch, int index, int loader);

    static EvaluationHooks of(Phase phase, Trainer trainer, LightningModule<Object> module) {
        return phase == Phase.TEST ? new Test(trainer, module, trainer.hooks()) : new Validation(trainer, module, trainer.hooks());
    }

    /** Validation, also inside fit. */
    record Validation(Trainer trainer, LightningModule<Object> module, HookRunner hooks) implements EvaluationHooks {
        @Override
        public void modelEval() {
            hooks.call(Hook.ON_VALIDATION_MODEL_EVAL, module::onValidationModelEval);
        }

        @Override
        public Runnable modelTrain() {
            return Hook.ON_VALIDATION_MODEL_TRAIN.isOverriddenIn(module, LightningModule.class)
                    ? () -> hooks.call(Hook.ON_VALIDATION_MODEL_TRAIN, module::onValidationModelTrain) : null;
        }

        @Override
        public void start() {
            hooks.run(Hook.ON_VALIDATION_START, c -> c.onValidationStart(trainer, module), module::onValidationStart);
        }

        @Override
        public void end() {
            hooks.run(Hook.ON_VALIDATION_END, c -> c.onValidationEnd(trainer, module), module::onValidationEnd, trainer::validationIsOver);
        }

        @Override
        public void epochStart() {
            hooks.run(Hook.ON_VALIDATION_EPOCH_START, c -> c.onValidationEpochStart(trainer, module), module::onValidationEpochStart);
        }

        @Override
        public void epochEnd() {
            hooks.run(Hook.ON_VALIDATION_EPOCH_END, c -> c.onValidationEpochEnd(trainer, module), module::onValidationEpochEnd);
        }

        @Override
        public void batchStart(Object batch, int index, int loader) {
            hooks.run(Hook.ON_VALIDATION_BATCH_START, c -> c.onValidationBatchStart(trainer, module, batch, index, loader),
                    () -> module.onValidationBatchStart(batch, index, loader));
        }

        @Override
        public Object step(Object batch, int index, int loader) {
            return hooks.call(Hook.VALIDATION_STEP, () -> module.validationStepOutput(batch, index, loader));
        }

        @Override
        public void batchEnd(Object output, Object batch, int index, int loader) {
            hooks.run(Hook.ON_VALIDATION_BATCH_END, c -> c.onValidationBatchEnd(trainer, module, output, batch, index, loader),
                    () -> module.onValidationBatchEnd(output, batch, index, loader));
        }
    }

    /** Test. */
    record Test(Trainer trainer, LightningModule<Object> module, HookRunner hooks) implements EvaluationHooks {
        @Override
        public void modelEval() {
            hooks.call(Hook.ON_TEST_MODEL_EVAL, module::onTestModelEval);
        }

        @Override
        public Runnable modelTrain() {
            return Hook.ON_TEST_MODEL_TRAIN.isOverriddenIn(module, LightningModule.class)
                    ? () -> hooks.call(Hook.ON_TEST_MODEL_TRAIN, module::onTestModelTrain) : null;
        }

        @Override
        public void start() {
            hooks.run(Hook.ON_TEST_START, c -> c.onTestStart(trainer, module), module::onTestStart);
        }

        @Override
        public void end() {
            hooks.run(Hook.ON_TEST_END, c -> c.onTestEnd(trainer, module), module::onTestEnd);
        }

        @Override
        public void epochStart() {
            hooks.run(Hook.ON_TEST_EPOCH_START, c -> c.onTestEpochStart(trainer, module), module::onTestEpochStart);
        }

        @Override
        public void epochEnd() {
            hooks.run(Hook.ON_TEST_EPOCH_END, c -> c.onTestEpochEnd(trainer, module), module::onTestEpochEnd);
        }

        @Override
        public void batchStart(Object batch, int index, int loader) {
            hooks.run(Hook.ON_TEST_BATCH_START, c -> c.onTestBatchStart(trainer, module, batch, index, loader),
                    () -> module.onTestBatchStart(batch, index, loader));
        }

        @Override
        public Object step(Object batch, int index, int loader) {
            return hooks.call(Hook.TEST_STEP, () -> module.testStepOutput(batch, index, loader));
        }

        @Override
        public void batchEnd(Object output, Object batch, int index, int loader) {
            hooks.run(Hook.ON_TEST_BATCH_END, c -> c.onTestBatchEnd(trainer, module, output, batch, index, loader),
                    () -> module.onTestBatchEnd(output, batch, index, loader));
        }
    }
}
