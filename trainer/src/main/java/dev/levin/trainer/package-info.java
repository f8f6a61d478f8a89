/**
 * The Trainer and what a user subclasses: {@link dev.levin.trainer.LightningModule}, {@link dev.levin.trainer.DataModule},
 * {@link dev.levin.trainer.Callback}, {@link dev.levin.trainer.Logger}.
 *
 * <p>Reading order: {@link dev.levin.trainer.Trainer} (the facade), {@code RunSequence} (one entry point from start to
 * teardown), {@code FitLoop} and {@code TrainingEpochLoop}, {@code AutomaticOptimization} (one batch), {@code EvaluationLoop}.
 * Every hook goes through {@code HookRunner}; what {@code log} may do where is the table in
 * {@link dev.levin.trainer.Hook}. A training batch is one {@link dev.levin.tensor.Step}; nothing in the loops waits for the
 * device: logged values stay there until someone reads them.
 *
 * <p>Threading: a run belongs to the thread that called the entry point. Only {@link dev.levin.trainer.Trainer#interrupt}
 * and {@link dev.levin.trainer.Trainer#requestStop} may be called from others.
 */
package dev.levin.trainer;
