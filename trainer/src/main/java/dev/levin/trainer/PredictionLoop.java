package dev.levin.trainer;

import dev.levin.tensor.Grad;
import dev.levin.tensor.Step;
import java.util.ArrayList;
import java.util.List;

/** Prediction, one batch at a time: who reads the results decides the pace. */
final class PredictionLoop {
    private final Trainer trainer;
    private final RunSequence run;
    private final LightningModule<Object> module;
    private final DataInput input;
    private final HookRunner hooks;
    private List<BatchSource> sources = List.of();
    private ModuleModes modes;
    private BatchTransfer transfer;
    private int loader;
    private int index;
    private boolean started;
    private boolean over;

    PredictionLoop(Trainer trainer, RunSequence run, LightningModule<Object> module, DataInput input) {
        this.trainer = trainer;
        this.run = run;
        this.module = module;
        this.input = input;
        this.hooks = trainer.hooks();
    }

    /** The next result; null at the end, when the run has been torn down. */
    Prediction advance() {
        if (over) {
            return null;
        }
        try {
            if (!started) {
                start();
            }
            Prediction p = next();
            if (p == null) {
                finish();
            }
            return p;
        } catch (RunInterruptedException e) {
            over = true;
            trainer.status(Status.INTERRUPTED);
            run.close(e);
            return null;
        } catch (RuntimeException | Error e) {
            over = true;
            trainer.status(Status.INTERRUPTED);
            hooks.callbacks(Hook.ON_EXCEPTION, c -> c.onException(trainer, module, e));
            run.close(e);
            throw e;
        }
    }

    /** Batches of each loader; empty before the data were set up. */
    List<Integer> batches() {
        return sources.stream().map(BatchSource::batches).toList();
    }

    void close() {
        if (started && !over) {
            finish();
        }
        over = true;
    }

    private void start() {
        started = true;
        run.start();
        trainer.phase(Phase.PREDICT);
        transfer = trainer.transfer();
        Limit limit = trainer.options().limitPredict;
        if (limit.isZero()) {
            return;
        }
        Loaders<Object> loaders = input.evaluation(Phase.PREDICT, module, hooks);
        List<BatchSource> all = new ArrayList<>();
        List<Iterable<?>> iterables = new ArrayList<>(loaders.loaders());
        for (int i = 0; i < iterables.size(); i++) {
            all.add(new BatchSource(loaders.names().get(i), iterables.get(i), limit, "limit_predict_batches"));
        }
        if (all.isEmpty()) {
            throw Checks.noLoader("predict", "predictDataloader", "null");
        }
        Checks.loaderIndex(Phase.PREDICT, module, all.size());
        sources = all;
        modes = new ModuleModes(module);
        hooks.call(Hook.ON_PREDICT_MODEL_EVAL, module::onPredictModelEval);
        hooks.run(Hook.ON_PREDICT_START, c -> c.onPredictStart(trainer, module), module::onPredictStart);
        hooks.run(Hook.ON_PREDICT_EPOCH_START, c -> c.onPredictEpochStart(trainer, module), module::onPredictEpochStart);
        if (!sources.isEmpty()) {
            sources.getFirst().open(0);
        }
    }

    private Prediction next() {
        while (loader < sources.size() && !sources.get(loader).hasNext()) {
            loader++;
            index = 0;
            if (loader < sources.size()) {
                sources.get(loader).open(0);
            }
        }
        if (loader >= sources.size()) {
            return null;
        }
        int l = loader;
        int i = index++;
        try (Grad _ = Grad.off()) {
            Object batch = transfer.transfer(hooks.measure("[PredictionLoop].dataloader_next", sources.get(l)::next), l);
            hooks.run(Hook.ON_PREDICT_BATCH_START, c -> c.onPredictBatchStart(trainer, module, batch, i, l),
                    () -> module.onPredictBatchStart(batch, i, l));
            Object output = Step.run("predict", () -> trainer.precision().forward(
                    () -> hooks.call(Hook.PREDICT_STEP, () -> module.predictStep(batch, i, l))));
            hooks.run(Hook.ON_PREDICT_BATCH_END, c -> c.onPredictBatchEnd(trainer, module, output, batch, i, l),
                    () -> module.onPredictBatchEnd(output, batch, i, l));
            trainer.stopIfInterrupted();
            return new Prediction(output, i, l);
        }
    }

    private void finish() {
        over = true;
        Throwable failure = null;
        try {
            if (modes != null) {
                hooks.run(Hook.ON_PREDICT_EPOCH_END, c -> c.onPredictEpochEnd(trainer, module), module::onPredictEpochEnd);
                hooks.run(Hook.ON_PREDICT_END, c -> c.onPredictEnd(trainer, module), module::onPredictEnd);
                modes.restore();
            }
            run.finishLoops();
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            run.close(failure);
        }
    }
}
