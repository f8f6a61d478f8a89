package dev.levin.callbacks.resume;

import dev.levin.data.Batch;
import dev.levin.optim.Adam;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.ManualOptimizer;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;

/** Two optimizers that take turns, and a schedule stepped by hand. */
final class ManualModel extends ResumeModel {
    ManualModel() {
        super(m -> {
            SGD second = new SGD(m.head.parameters(), 0.05, 0.9);
            return Optimizers.of(new Adam(m.body.parameters(), 0.02), second).with(SchedulerConfig.of(new StepLR(second, 2, 0.8)));
        });
        automaticOptimization(false);
    }

    @Override
    public Tensor trainingStep(Object batch, int i) {
        Tensor first = null;
        for (ManualOptimizer o : optimizers()) {
            try (var _ = o.toggled()) {
                o.zeroGrad();
                Tensor d = forward(((Batch) batch).input()).sub(((Batch) batch).target());
                Tensor loss = d.mul(d).mean();
                manualBackward(loss);
                o.step();
                first = first == null ? loss : first;
            }
        }
        log("loss", first.detach());
        if (i % 2 == 1) {
            lrSchedulers().getFirst().scheduler().step();
        }
        return null;
    }
}
