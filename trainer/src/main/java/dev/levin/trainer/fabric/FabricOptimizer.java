package dev.levin.trainer.fabric;

import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** An optimizer under a Fabric: gradients are reduced and unscaled before it steps. */
public final class FabricOptimizer {
    private final Fabric fabric;
    private final Optimizer optimizer;
    private boolean prepared;
    private Tensor gate;

    FabricOptimizer(Fabric fabric, Optimizer optimizer) {
        this.fabric = fabric;
        this.optimizer = optimizer;
    }

    /** The optimizer itself. */
    public Optimizer optimizer() {
        return optimizer;
    }

    public List<ParamGroup> paramGroups() {
        return optimizer.paramGroups();
    }

    List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>();
        optimizer.paramGroups().forEach(g -> all.addAll(g.parameters()));
        return all;
    }

    /** Brings the gradients into their true size; once per step. */
    void prepare() {
        if (!prepared) {
            prepared = true;
            fabric.strategy().reduceGradients(parameters());
            gate = fabric.precision().unscale(parameters());
            fabric.precision().update(gate);
        }
    }

    public void step() {
        step(() -> Tensor.scalar(0));
    }

    /** Runs the closure (forward, zero grad, {@code fabric.backward}), then updates. */
    public Tensor step(Supplier<Tensor> closure) {
        Tensor loss = optimizer.step(() -> {
            Tensor l = closure.get();
            prepare();
            optimizer.setGate(gate);
            return l;
        });
        optimizer.setGate(null);
        prepared = false;
        gate = null;
        fabric.call("onAfterOptimizerStep", this);
        return loss;
    }

    public void zeroGrad() {
        optimizer.zeroGrad();
    }

    public Map<String, Object> stateDict() {
        return optimizer.stateDict();
    }

    public void loadStateDict(Map<String, Object> state) {
        optimizer.loadStateDict(state);
    }
}
