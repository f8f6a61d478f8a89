package dev.levin.trainer;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Looks at loss, gradients and parameters after a step, and stops the run if any is not finite. */
final class AnomalyCheck {
    private AnomalyCheck() {
    }

    static void check(Trainer trainer, Tensor loss, int batch) {
        String where = " after batch " + batch + " of epoch " + trainer.currentEpoch() + " (step " + trainer.globalStep() + ")";
        List<String> broken = new ArrayList<>();
        for (Map.Entry<String, Parameter> e : trainer.lightningModule().namedParameters().entrySet()) {
            Tensor g = e.getValue().grad();
            if (g != null && !finite(g)) {
                broken.add(e.getKey());
            }
        }
        if (!Double.isFinite(loss.item())) {
            throw new ArithmeticException("the loss is " + loss.item() + where + (broken.isEmpty() ? "" : "; gradients that are not finite: " + broken)
                    + ". Look for log, sqrt or division of values near zero, and for NaN in the inputs");
        }
        if (!broken.isEmpty()) {
            throw new ArithmeticException("gradients are not finite" + where + ": " + broken
                    + ". The loss itself is finite (" + loss.item() + "), so a derivative overflows: sqrt or norm at 0, or too large a learning rate");
        }
    }

    private static boolean finite(Tensor t) {
        return t.isFinite().all().item() != 0;
    }
}
