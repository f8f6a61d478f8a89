package dev.levin.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.tensor.Engine;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.Device;
import org.junit.jupiter.api.Test;

class PlanCountTest {
    @Test
    void twentyStepsWithScheduleDropoutShortBatchAndValidationMakeThreePlans() {
        Models data = new Models();
        Tensor x = data.data(16, 784);
        Tensor shortX = data.data(9, 784);
        Tensor y = data.labels(10, 16);
        Tensor shortY = data.labels(10, 9);
        Models m = new Models();
        var a = m.linear("a", 784, 32);
        var b = m.linear("b", 32, 10);
        var optimizer = new dev.levin.optim.AdamW(m.parameters, 1e-3);
        PlanCache plans = Engine.plans(Device.CPU);
        Step.run("initial values", () -> m.parameters.forEach(p -> p.mul(1.0).keep()));
        long before = plans.misses();
        for (int i = 0; i < 20; i++) {
            boolean last = i % 5 == 4;
            optimizer.paramGroups().getFirst().set("lr", 1e-3 / (i + 1));
            Step.run("train", () -> {
                optimizer.zeroGrad();
                Tensor h = Models.dropout(a.apply(last ? shortX : x).relu(), 0.2);
                Tensor loss = Models.crossEntropy(b.apply(h), last ? shortY : y);
                loss.backward();
                optimizer.step();
                return loss;
            });
            if (last) {
                Step.run("validate", () -> {
                    try (Grad _ = Grad.off()) {
                        return Models.crossEntropy(b.apply(a.apply(x).relu()), y);
                    }
                });
            }
        }
        assertEquals(3, plans.misses() - before, plans.missReason("train"));
    }
}
