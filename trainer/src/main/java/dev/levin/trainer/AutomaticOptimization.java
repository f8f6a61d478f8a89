package dev.levin.trainer;

import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.precision.Precision;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One batch of automatic optimization, as one program: the training step, gradients, clipping and, at the end of an
 * accumulation window, the update. The optimizer runs the closure, so that those which need it several times can.
 */
final class AutomaticOptimization {
    private final Trainer trainer;
    private final LightningModule<Object> module;
    private final HookRunner hooks;
    private final Precision precision;
    private final FitProgress progress;
    private final Optimizer optimizer;

    private Object batch;
    private int index;
    private int divisor;
    private boolean first;
    private boolean last;
    private boolean ran;
    private Tensor gate;
    private Map<String, Object> outputs;

    /** @param optimizer null trains nothing, but runs the step */
    AutomaticOptimization(Trainer trainer, LightningModule<Object> module, FitProgress progress, Optimizer optimizer) {
        this.trainer = trainer;
        this.module = module;
        this.hooks = trainer.hooks();
        this.precision = trainer.precision();
        this.progress = progress;
        this.optimizer = optimizer;
    }

    /**
     * @param windowSize batches of the accumulation window this batch is in, by which the loss is divided
     * @param endsWindow whether the optimizer steps after this batch
     * @return what the training step gave; empty when it skipped the batch
     */
    Map<String, Object> run(Object b, int batchIndex, int windowSize, boolean endsWindow) {
        batch = b;
        index = batchIndex;
        divisor = windowSize;
        last = endsWindow;
        first = progress.contributions == 0;
        ran = false;
        gate = null;
        outputs = Map.of();
        int before = progress.contributions;
        try {
            Step.run("train", () -> {
                body();
                return outputs;
            });
        } catch (RuntimeException | Error e) {
            progress.contributions = before;
            throw e;
        }
        return outputs;
    }

    private void body() {
        if (trainer.skipsBackward()) {
            try (Grad _ = Grad.off()) {
                outputs = Outputs.detached(precision.forward(() -> hooks.call(Hook.TRAINING_STEP, () -> module.trainingStepOutputs(batch, index))));
            }
            return;
        }
        if (!last) {
            gradients();
            return;
        }
        if (optimizer == null) {
            stepClosure();
        } else {
            hooks.call(Hook.OPTIMIZER_STEP, () -> module.optimizerStep(trainer.currentEpoch(), index, optimizer, this::stepClosure));
            if (!ran) {
                throw new MisconfigurationException(module.getClass().getSimpleName() + ".optimizerStep did not run the closure, so there are no "
                        + "gradients to step with; call optimizer.step(closure), or closure.get()");
            }
            precision.update(gate);
            optimizer.setGate(null);
        }
    }

    /** Training step, zero grad, backward. Null: nothing to step with. */
    private Tensor gradients() {
        Map<String, ?> given = precision.forward(() -> hooks.call(Hook.TRAINING_STEP, () -> module.trainingStepOutputs(batch, index)));
        Tensor loss = Outputs.loss(given, module);
        if (loss == null) {
            return progress.contributions == 0 ? null : Tensor.scalar(0);
        }
        outputs = Outputs.detached(given);
        if (optimizer == null) {
            progress.contributions = 1;
            return null;
        }
        if (first) {
            hooks.run(Hook.ON_BEFORE_ZERO_GRAD, c -> c.onBeforeZeroGrad(trainer, module, optimizer), () -> module.onBeforeZeroGrad(optimizer));
            hooks.call(Hook.OPTIMIZER_ZERO_GRAD, () -> module.optimizerZeroGrad(trainer.currentEpoch(), index, optimizer));
        }
        Tensor scaled = precision.scale(divisor == 1 ? loss : loss.div((double) divisor));
        trainer.backward(scaled);
        progress.contributions = first ? 1 : progress.contributions + (ran ? 0 : 1);
        return loss;
    }

    private Tensor stepClosure() {
        Tensor loss = gradients();
        ran = true;
        if (loss == null) {
            return null;
        }
        if (progress.contributions != divisor) {
            scaleGradients((double) divisor / progress.contributions);
        }
        gate = prepareStep(trainer, module, optimizer, true);
        return loss;
    }

    /** A window with fewer batches than it was divided by: the mean is over those there were. */
    private void scaleGradients(double factor) {
        for (Parameter p : parameters(optimizer)) {
            if (p.grad() != null) {
                p.setGrad(p.grad().mul(factor));
            }
        }
    }

    /** From complete gradients to the moment of the update: unscale, the hook, clipping. Returns the gate, or null. */
    static Tensor prepareStep(Trainer trainer, LightningModule<Object> module, Optimizer optimizer, boolean clip) {
        List<Parameter> parameters = parameters(optimizer);
        trainer.strategy().reduceGradients(parameters);
        Tensor finite = trainer.precision().unscale(parameters);
        optimizer.setGate(finite);
        HookRunner hooks = trainer.hooks();
        hooks.run(Hook.ON_BEFORE_OPTIMIZER_STEP, c -> c.onBeforeOptimizerStep(trainer, module, optimizer),
                () -> module.onBeforeOptimizerStep(optimizer));
        if (clip) {
            hooks.call(Hook.CONFIGURE_GRADIENT_CLIPPING,
                    () -> module.configureGradientClipping(optimizer, trainer.gradientClipVal(), trainer.gradientClipAlgorithm()));
        }
        return finite;
    }

    static List<Parameter> parameters(Optimizer optimizer) {
        List<ParamGroup> groups = optimizer.paramGroups();
        if (groups.size() == 1) {
            return groups.getFirst().parameters();
        }
        List<Parameter> all = new ArrayList<>();
        groups.forEach(g -> all.addAll(g.parameters()));
        return all;
    }

    /** What a training step may give. */
    static final class Outputs {
        private Outputs() {
        }

        static Tensor loss(Map<String, ?> given, LightningModule<?> module) {
            if (given == null) {
                return null;
            }
            if (!(given.get("loss") instanceof Tensor loss)) {
                throw new MisconfigurationException(module.getClass().getSimpleName() + ".trainingStepOutputs gave " + given.keySet()
                        + " without a tensor 'loss'; with automatic optimization the loss has to be among the outputs");
            }
            if (loss.numel() != 1) {
                throw new MisconfigurationException("the loss of " + module.getClass().getSimpleName() + ".trainingStep has shape " + loss.shape()
                        + "; reduce it to one value with mean() or sum()");
            }
            return loss;
        }

        static Map<String, Object> detached(Map<String, ?> given) {
            if (given == null) {
                return Map.of();
            }
            Map<String, Object> m = new LinkedHashMap<>();
            given.forEach((k, v) -> m.put(k, v instanceof Tensor t ? t.detach() : v));
            return m;
        }
    }
}
