import dev.levin.callbacks.*;
import dev.levin.data.Batch;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.loggers.tensorboard.CustomScalarLayout;
import dev.levin.loggers.tensorboard.EmbeddingLabels;
import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.metrics.*;
import dev.levin.nn.*;
import dev.levin.optim.AdamW;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.*;
import dev.levin.trainer.demo.DigitsDataModule;
import dev.levin.type.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes something for every tab of TensorBoard: tensorboard --logdir runs */
class Watched extends LightningModule<Batch> {
    final Sequential features = new Sequential(new Conv2d(1, 8, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(8 * 13 * 13, 32), new ReLU());
    final Linear head = new Linear(32, 10);
    final Accuracy accuracy = new Accuracy(10);
    final ConfusionMatrix confusion = new ConfusionMatrix(10);

    Watched() { saveHyperparameters(Map.of("lr", 3e-3, "width", 32)); }

    @Override public Tensor forward(Tensor images) { return head.call(features.call(images)); }

    @Override public Tensor exampleInput() { return Tensor.zeros(1, 1, 28, 28); }         // for the graph

    @Override public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor loss = Losses.crossEntropy(forward(batch.input()), batch.target());
        log("loss/train", loss);
        return loss;
    }

    @Override public void validationStep(Batch batch, int batchIndex) {
        Tensor logits = forward(batch.input());
        accuracy.update(logits, batch.target());
        confusion.update(logits, batch.target());
        log("loss/val", Losses.crossEntropy(logits, batch.target()));
        log("accuracy", accuracy);
    }

    @Override public void testStep(Batch batch, int batchIndex) {
        Tensor logits = forward(batch.input());
        accuracy.update(logits, batch.target());
        confusion.update(logits, batch.target());
        log("test_accuracy", accuracy);
        if (batchIndex > 0) {
            return;
        }
        trainer().logger().experiment(SummaryWriter.class).ifPresent(w -> {
            Tensor threes = batch.target().eq(3).to(DType.F32);
            w.addPrCurve("is a three", threes, logits.softmax(1).select(1, 3), 0);
            List<String> digits = Arrays.stream(batch.target().toDoubles()).limit(100).mapToObj(d -> Integer.toString((int) d)).toList();
            w.addEmbedding("features", features.call(batch.input()).narrow(0, 0, 100), EmbeddingLabels.of(digits), batch.input().narrow(0, 0, 100), 0);
            w.addText("model", "```\n" + this + "\n```", 0);
        });
    }

    @Override public Optimizers configureOptimizers() {
        AdamW adam = new AdamW(parameters(), hparams().number("lr"));
        return Optimizers.of(adam, new StepLR(adam, 1, 0.7));
    }
}

void main() {
    var data = new DigitsDataModule(64, 1280, 0);
    var model = new Watched();
    var logger = new TensorBoardLogger("runs", "dashboard").logGraph(true);
    logger.experiment().addCustomScalars(CustomScalarLayout.of(CustomScalarLayout.category("training",
            CustomScalarLayout.lines("both losses", "loss/train", "loss/val"), CustomScalarLayout.lines("how good", "accuracy"))));
    var trainer = Trainer.builder().maxEpochs(3).logEveryNSteps(2).logger(logger)
            .callbacks(new ParameterHistograms(10), new GradientHistograms(10), new SampleImages(), new ConfusionMatrixImage(model.confusion), new LearningRateMonitor())
            .build();
    trainer.fit(model, data);
    trainer.test(data, CheckpointChoice.CURRENT);
}
