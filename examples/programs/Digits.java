import dev.levin.callbacks.*;
import dev.levin.data.Batch;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.metrics.Accuracy;
import dev.levin.nn.*;
import dev.levin.optim.AdamW;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.*;
import dev.levin.trainer.demo.DigitsDataModule;

class DigitClassifier extends LightningModule<Batch> {
    final Layer net = new Sequential(
            new Conv2d(1, 32, 3), new ReLU(), new Conv2d(32, 64, 3), new ReLU(),
            new MaxPool2d(2), new Dropout(0.25), new Flatten(),
            new Linear(64 * 12 * 12, 128), new ReLU(), new Linear(128, 10));
    final Accuracy accuracy = new Accuracy(10);

    @Override public Tensor forward(Tensor images) { return net.forward(images); }

    @Override public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor loss = Losses.crossEntropy(forward(batch.input()), batch.target());
        log("train_loss", loss);
        return loss;
    }

    @Override public void validationStep(Batch batch, int batchIndex) {
        Tensor logits = forward(batch.input());
        accuracy.update(logits, batch.target());
        log("val_loss", Losses.crossEntropy(logits, batch.target()), Log.onProgressBar());
        log("val_acc", accuracy, Log.onProgressBar());
    }

    @Override public void testStep(Batch batch, int batchIndex) {
        accuracy.update(forward(batch.input()), batch.target());
        log("test_acc", accuracy);
    }

    @Override public Optimizers configureOptimizers() { return Optimizers.of(new AdamW(parameters(), 1e-3)); }
}

void main() {
    var data = new DigitsDataModule(64);                 // downloads nothing: digits drawn in code
    var trainer = Trainer.builder().maxEpochs(3).precision("bf16-mixed")
            .callbacks(new EarlyStopping("val_loss"), ModelCheckpoint.monitoring("val_acc", Mode.MAX))
            .logger(new TensorBoardLogger("runs", "digits"))
            .build();
    trainer.fit(new DigitClassifier(), data);
    trainer.test(data, CheckpointChoice.BEST);
}
