import dev.levin.callbacks.*;
import dev.levin.data.*;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.metrics.Accuracy;
import dev.levin.nn.*;
import dev.levin.optim.AdamW;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.*;
import dev.levin.trainer.crossval.CrossValidation;

class SmallNet extends LightningModule<Batch> {
    final Layer net = new Sequential(new Conv2d(1, 8, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(8 * 13 * 13, 10));
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
        log("val_loss", Losses.crossEntropy(logits, batch.target()));
        log("val_acc", accuracy);
    }

    @Override public Optimizers configureOptimizers() { return Optimizers.of(new AdamW(parameters(), 1e-3)); }
}

void main() {
    var dataset = DrawnDigits.dataset(1000, 1);
    var report = CrossValidation.stratified(5)
            .seed(42)
            .trainer(Trainer.builder().maxEpochs(3).enableProgressBar(false).enableModelSummary(false)
                    .callbacks(() -> new EarlyStopping("val_loss"))
                    .callbacks(() -> ModelCheckpoint.monitoring("val_acc", Mode.MAX)))
            .logger(fold -> new TensorBoardLogger("runs", "kfold").version("fold_" + fold))
            .summaryLogger(() -> new TensorBoardLogger("runs", "kfold").version("summary"))
            .run(dataset, fold -> new SmallNet());
    report.print();
    IO.println("accuracy " + report.mean("val_acc") + " ± " + report.std("val_acc") + ", best " + report.best().checkpoint());
}
