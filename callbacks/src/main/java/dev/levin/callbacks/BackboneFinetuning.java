package dev.levin.callbacks;

import dev.levin.nn.Module;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.slf4j.LoggerFactory;

/**
 * Trains the head of a model first and its backbone (the module in the field {@code backbone}) from some epoch on, with a
 * learning rate that grows until it reaches that of the head.
 */
public final class BackboneFinetuning extends BaseFinetuning {
    private final int atEpoch;
    private String field = "backbone";
    private IntToDoubleFunction factor = epoch -> 2;
    private double initialRatio = 0.1;
    private Double initialLr;
    private boolean shouldAlign = true;
    private boolean trainBatchNorm = true;
    private boolean verbose;
    private Double previous;

    /** Thaws in epoch 10. */
    public BackboneFinetuning() {
        this(10);
    }

    /** @param unfreezeAtEpoch zero-based */
    public BackboneFinetuning(int unfreezeAtEpoch) {
        if (unfreezeAtEpoch < 0) {
            throw new IllegalArgumentException("the backbone is thawed in an epoch from 0 on, got " + unfreezeAtEpoch);
        }
        atEpoch = unfreezeAtEpoch;
    }

    /** The name of the module, if it is not {@code backbone}. */
    public BackboneFinetuning backbone(String name) {
        field = name;
        return this;
    }

    /** By what the backbone's rate is multiplied at the start of each later epoch, given the number of that epoch plus one. */
    public BackboneFinetuning growth(IntToDoubleFunction byEpoch) {
        factor = byEpoch;
        return this;
    }

    /** First rate of the backbone as part of the head's; 0.1 by default. */
    public BackboneFinetuning initialRatio(double ratio) {
        initialRatio = ratio;
        return this;
    }

    /** First rate of the backbone. */
    public BackboneFinetuning initialLr(double lr) {
        initialLr = lr;
        return this;
    }

    /** Whether the backbone's rate stops at the head's. */
    public BackboneFinetuning shouldAlign(boolean on) {
        shouldAlign = on;
        return this;
    }

    /** Whether batch normalisation in the backbone is trained, too. */
    public BackboneFinetuning trainBatchNorm(boolean on) {
        trainBatchNorm = on;
        return this;
    }

    public BackboneFinetuning verbose(boolean on) {
        verbose = on;
        return this;
    }

    private Module backbone(LightningModule<?> module) {
        Module found = module.namedChildren().get(field);
        if (found == null) {
            throw new MisconfigurationException(module.getClass().getSimpleName() + " has no module '" + field + "' to fine-tune; there are "
                    + module.namedChildren().keySet() + ". Name it with backbone(\"...\")");
        }
        return found;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (stage == Stage.FIT) {
            backbone(module);
        }
        super.setup(trainer, module, stage);
    }

    @Override
    protected void freezeBeforeTraining(LightningModule<?> module) {
        freeze(backbone(module), true);
    }

    @Override
    protected void finetune(LightningModule<?> module, int epoch, Optimizer optimizer) {
        if (epoch < atEpoch) {
            return;
        }
        double head = optimizer.paramGroups().getFirst().lr();
        if (epoch == atEpoch) {
            previous = initialLr != null ? initialLr : (Double) (head * initialRatio);
            unfreezeAndAddParamGroup(backbone(module), optimizer, previous, 1, trainBatchNorm);
        } else {
            double next = factor.applyAsDouble(epoch + 1) * previous;
            previous = shouldAlign && next > head ? head : next;
            ParamGroup last = optimizer.paramGroups().getLast();
            last.setLr(previous);
        }
        if (verbose) {
            LoggerFactory.getLogger(BackboneFinetuning.class).info("epoch {}: learning rate {}, of the backbone {}", epoch, String.format(Locale.ROOT, "%.6g", head),
                    String.format(Locale.ROOT, "%.6g", previous));
        }
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = super.stateDict();
        m.put("previous_backbone_lr", previous);
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        super.loadStateDict(state);
        previous = state.get("previous_backbone_lr") instanceof Number n ? n.doubleValue() : null;
    }
}
