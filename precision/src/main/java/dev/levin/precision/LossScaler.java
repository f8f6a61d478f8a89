package dev.levin.precision;

import dev.levin.graph.Variable;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps F16 gradients out of underflow: the loss is multiplied by a scale, the gradients are divided by it, an update with
 * a gradient that is not finite is skipped, and the scale follows: halved after a skip, doubled after 2000 good updates
 * (Micikevicius et al. 2018; constants as PyTorch's GradScaler).
 *
 * <p>Scale and counters are state on the device, the decision is part of the step's program: the host is never asked.
 */
public final class LossScaler {
    private final double growth;
    private final double backoff;
    private final int interval;
    private final State scale;
    private final State good;
    private final State skipped;

    public LossScaler() {
        this(65536, 2, 0.5, 2000);
    }

    public LossScaler(double initial, double growth, double backoff, int interval) {
        if (!(initial > 0) || !(growth > 1) || !(backoff > 0 && backoff < 1) || interval < 1) {
            throw new IllegalArgumentException("a loss scaler needs initial > 0, growth > 1, 0 < backoff < 1 and interval >= 1, not "
                    + initial + ", " + growth + ", " + backoff + ", " + interval);
        }
        this.growth = growth;
        this.backoff = backoff;
        this.interval = interval;
        scale = new State("loss_scaler.scale", Variable.Kind.OPTIMIZER, Tensor.scalar(initial, DType.F32));
        good = new State("loss_scaler.growth_tracker", Variable.Kind.OPTIMIZER, Tensor.scalar(0, DType.I64));
        skipped = new State("loss_scaler.skipped", Variable.Kind.OPTIMIZER, Tensor.scalar(0, DType.I64));
    }

    /** The current scale; reading it waits for the device. */
    public double scale() {
        return scale.item();
    }

    /** Updates that were skipped so far; reading it waits for the device. */
    public long skippedUpdates() {
        return skipped.itemLong();
    }

    Tensor scale(Tensor loss) {
        // the state lives where the loss is computed
        for (State s : List.of(scale, good, skipped)) {
            if (!s.device().equals(loss.device())) {
                s.variable().moveTo(loss.device());
            }
        }
        return loss.to(DType.F32).mul(scale);
    }

    Tensor unscale(List<Parameter> parameters) {
        Tensor inverse = scale.reciprocal();
        Tensor finite = null;
        for (Parameter p : parameters) {
            Tensor g = p.grad();
            if (g != null) {
                Tensor unscaled = g.mul(inverse.to(g.dtype()));
                p.setGrad(unscaled);
                Tensor ok = unscaled.isFinite().all();
                finite = finite == null ? ok : finite.logicalAnd(ok);
            }
        }
        return finite;
    }

    void update(Tensor finite) {
        if (finite == null) {
            return;
        }
        Tensor next = good.add(1L);
        Tensor grow = next.ge((long) interval);
        Tensor bigger = grow.where(scale.mul(growth), scale);
        scale.set(finite.where(bigger, scale.mul(backoff)));
        good.set(finite.where(grow.where(Tensor.zerosLike(next), next), Tensor.zerosLike(next)));
        skipped.set(skipped.add(finite.logicalNot().to(DType.I64)));
    }

    Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("scale", scale.item());
        m.put("growth_factor", growth);
        m.put("backoff_factor", backoff);
        m.put("growth_interval", interval);
        m.put("_growth_tracker", good.itemLong());
        m.put("skipped", skipped.itemLong());
        return m;
    }

    void loadStateDict(Map<String, Object> m) {
        scale.set(Tensor.scalar(number(m, "scale"), DType.F32));
        good.set(Tensor.scalar(number(m, "_growth_tracker"), DType.I64));
        skipped.set(Tensor.scalar(m.containsKey("skipped") ? number(m, "skipped") : 0, DType.I64));
        Engine.flushOutsideStep();
    }

    private static double number(Map<String, Object> m, String key) {
        if (m.get(key) instanceof Number n) {
            return n.doubleValue();
        }
        throw new IllegalArgumentException("the saved loss scaler has no number '" + key + "'; it has " + m.keySet());
    }
}
