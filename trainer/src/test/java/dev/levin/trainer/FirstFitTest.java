package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FirstFitTest {
    @Test
    void trainsValidatesAndTests() {
        Trainer.seedEverything(1);
        List<Double> losses = new ArrayList<>();
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor loss = super.trainingStep(batch, i);
                log("train_loss", loss, Log.onStep(), Log.onEpoch());
                return loss;
            }

            @Override
            public void validationStep(Tensor batch, int i) {
                log("val_loss", loss(forward(batch)));
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                validationStep(batch, i);
                return null;
            }

            @Override
            public void onTrainEpochEnd() {
                losses.add(trainer().callbackMetrics().get("train_loss_epoch"));
            }

            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("test_loss", loss(forward(batch)));
                return null;
            }
        };
        Trainer trainer = Trainer.builder().maxEpochs(2).accelerator("cpu").logger(false).build();
        FitResult r = trainer.fit(model);
        assertEquals(Status.FINISHED, r.status());
        assertEquals(128, r.step());
        assertEquals(2, r.epoch());
        assertTrue(losses.get(1) < losses.get(0), losses.toString());
        assertTrue(r.metrics().get("val_loss") < losses.get(0));
        EvaluationResult t = trainer.test();
        assertTrue(t.metric("test_loss") > 0);
        assertEquals(64, trainer.predict(model).toList().size());
    }
}
