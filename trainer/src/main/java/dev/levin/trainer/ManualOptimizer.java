package dev.levin.trainer;

import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** An optimizer in the hands of {@code trainingStep}: stepping it counts, calls the hooks and goes through the precision. */
public final class ManualOptimizer {
    private final Trainer trainer;
    private final Optimizer optimizer;
    private final Map<Parameter, Boolean> before = new IdentityHashMap<>();

    ManualOptimizer(Trainer trainer, Optimizer optimizer) {
        this.trainer = trainer;
        this.optimizer = optimizer;
    }

    /** The optimizer itself. */
    public Optimizer optimizer() {
        return optimizer;
    }

    public List<ParamGroup> paramGroups() {
        return optimizer.paramGroups();
    }

    /** Updates from the gradients there are. */
    public void step() {
        step(() -> Tensor.scalar(0));
    }

    /** Runs the closure (forward, zero grad, {@code manualBackward}), then updates. */
    public Tensor step(Supplier<Tensor> closure) {
        return trainer.manualStep(optimizer, closure);
    }

    public void zeroGrad() {
        optimizer.zeroGrad();
    }

    /** Freezes the parameters that belong to other optimizers only, until {@link #untoggle}. */
    public void toggle() {
        trainer.requireManual("toggle");
        Map<Parameter, Boolean> own = new IdentityHashMap<>();
        optimizer.paramGroups().forEach(g -> g.parameters().forEach(p -> own.put(p, true)));
        for (ManualOptimizer other : trainer.manualOptimizers()) {
            if (other != this) {
                other.paramGroups().forEach(g -> g.parameters().forEach(p -> {
                    if (!own.containsKey(p) && before.putIfAbsent(p, p.isGradRequired()) == null) {
                        p.requiresGrad(false);
                    }
                }));
            }
        }
    }

    /** Gives the frozen parameters back what they had. */
    public void untoggle() {
        before.forEach(Parameter::requiresGrad);
        before.clear();
    }

    /** {@link #toggle} for a block: {@code try (var t = optimizer.toggled()) { ... }}. */
    public Toggled toggled() {
        toggle();
        return this::untoggle;
    }

    /** Ends a {@link #toggled} block. */
    @FunctionalInterface
    public interface Toggled extends AutoCloseable {
        @Override
        void close();
    }
}
