package dev.levin.callbacks;

import dev.levin.nn.BatchNormLayer;
import dev.levin.nn.Module;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.tensor.Parameter;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Collections;

/**
 * Freezes parts of a model before training and thaws them later: subclasses say which and when. Groups that were added to an
 * optimizer are added again when a run is resumed.
 */
public abstract class BaseFinetuning implements Callback {
    private final Map<String, List<Map<String, Object>>> groups = new LinkedHashMap<>();
    private boolean restarting;

    /** Called in {@code setup}, before optimizers are made: freeze what is not to be trained at first. */
    protected abstract void freezeBeforeTraining(LightningModule<?> module);

    /** Called at the start of every epoch for every optimizer: thaw by {@link #unfreezeAndAddParamGroup}. */
    protected abstract void finetune(LightningModule<?> module, int epoch, Optimizer optimizer);

    // ---- tools for subclasses -----------------------------------------------------------------------------------------------

    /**
     * Excludes a part from training.
     *
     * @param trainBatchNorm whether batch normalisation in it is trained all the same
     */
    public static void freeze(Module part, boolean trainBatchNorm) {
        part.freeze();
        if (trainBatchNorm) {
            part.namedModules().values().stream().filter(BatchNormLayer.class::isInstance).forEach(Module::unfreeze);
        }
    }

    /**
     * Trains a part that was frozen, as a new parameter group; parameters that the optimizer has already stay in their groups.
     *
     * @param lr learning rate of the group; null for that of the first group over {@code denominator}
     * @param trainBatchNorm whether batch normalisation in it is trained, too
     */
    public static void unfreezeAndAddParamGroup(Module part, Optimizer optimizer, Double lr, double denominator, boolean trainBatchNorm) {
        Set<Parameter> skipped = Collections.newSetFromMap(new IdentityHashMap<>());
        if (!trainBatchNorm) {
            part.namedModules().values().stream().filter(BatchNormLayer.class::isInstance).forEach(m -> skipped.addAll(m.parameters()));
        }
        optimizer.paramGroups().forEach(g -> skipped.addAll(g.parameters()));
        part.unfreeze();
        List<Parameter> added = part.parameters().stream().filter(p -> !skipped.contains(p)).toList();
        if (!added.isEmpty()) {
            double rate = lr != null ? lr : optimizer.paramGroups().getFirst().lr() / denominator;
            optimizer.addParamGroup(ParamGroup.of(added).with("lr", rate));
        }
    }

    // ---- the run ------------------------------------------------------------------------------------------------------------

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (stage == Stage.FIT) {
            freezeBeforeTraining(module);
        }
    }

    /** Optimizers get the groups they had, so that their state fits. */
    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        if (!restarting) {
            return;
        }
        restarting = false;
        Map<String, Parameter> parameters = module.namedParameters();
        for (int i = 0; i < trainer.rawOptimizers().size(); i++) {
            Optimizer optimizer = trainer.rawOptimizers().get(i);
            List<Map<String, Object>> saved = groups.getOrDefault(Integer.toString(i), List.of());
            for (int g = optimizer.paramGroups().size(); g < saved.size(); g++) {
                List<Parameter> members = new ArrayList<>();
                for (Object name : (Collection<?>) saved.get(g).get("params")) {
                    Parameter p = parameters.get(name.toString());
                    if (p == null) {
                        throw new MisconfigurationException(stateKey() + ": the checkpoint thawed the parameter '" + name + "', which the model does not have; there "
                                + "are " + parameters.keySet());
                    }
                    members.add(p.requiresGrad(true));
                }
                ParamGroup group = ParamGroup.of(members);
                saved.get(g).forEach((k, v) -> {
                    if (v instanceof Number n) {
                        group.set(k, n.doubleValue());
                    }
                });
                optimizer.addParamGroup(group);
            }
        }
    }

    @Override
    public void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {
        for (int i = 0; i < trainer.rawOptimizers().size(); i++) {
            finetune(module, trainer.currentEpoch(), trainer.rawOptimizers().get(i));
        }
        remember(trainer, module);
    }

    private void remember(Trainer trainer, LightningModule<?> module) {
        Map<Parameter, String> names = new IdentityHashMap<>();
        module.namedParameters().forEach((name, p) -> names.put(p, name));
        groups.clear();
        for (int i = 0; i < trainer.rawOptimizers().size(); i++) {
            List<Map<String, Object>> all = new ArrayList<>();
            for (ParamGroup g : trainer.rawOptimizers().get(i).paramGroups()) {
                Map<String, Object> group = new LinkedHashMap<>(g.options());
                group.put("params", g.parameters().stream().map(names::get).toList());
                all.add(group);
            }
            groups.put(Integer.toString(i), all);
        }
    }

    // ---- state --------------------------------------------------------------------------------------------------------------

    @Override
    public Map<String, Object> stateDict() {
        return new LinkedHashMap<>(Map.of("param_groups", new LinkedHashMap<>(groups)));
    }

    @Override
    @SuppressWarnings("unchecked")
    public void loadStateDict(Map<String, Object> state) {
        restarting = true;
        groups.clear();
        ((Map<String, List<Map<String, Object>>>) state.get("param_groups")).forEach(groups::put);
    }
}
