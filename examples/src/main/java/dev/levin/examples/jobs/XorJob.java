package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.TensorDataset;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.Sequential;
import dev.levin.nn.Tanh;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;

/** The exclusive or: four points that no line separates. */
final class XorJob implements Job {
    @Override
    public String name() {
        return "xor";
    }

    @Override
    public String description() {
        return "the exclusive or, by two small layers";
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return new Net(options.lrOr(0.5));
    }

    @Override
    public DataModule<Batch> data(Options options) {
        TensorDataset all = new TensorDataset(Tensor.of(new float[][] {{0, 0}, {0, 1}, {1, 0}, {1, 1}}),
                Tensor.of(new float[][] {{0}, {1}, {1}, {0}}));
        return new TableData(all, all, all, options.batchSizeOr(4), options.seed());
    }

    @Override
    public int epochs() {
        return 500;
    }

    @Override
    public String monitor() {
        return "val_loss";
    }

    @Override
    public boolean maximize() {
        return false;
    }

    private static final class Net extends LightningModule<Batch> {
        final Layer net = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
        private final double lr;

        Net(double lr) {
            this.lr = lr;
        }

        @Override
        public Tensor forward(Tensor x) {
            return net.forward(x);
        }

        @Override
        public Tensor trainingStep(Batch batch, int batchIndex) {
            Tensor loss = Losses.bceWithLogits(forward(batch.input()), batch.target());
            log("train_loss", loss);
            return loss;
        }

        @Override
        public void validationStep(Batch batch, int batchIndex) {
            log("val_loss", Losses.bceWithLogits(forward(batch.input()), batch.target()), Log.onProgressBar());
        }

        @Override
        public void testStep(Batch batch, int batchIndex) {
            Tensor right = forward(batch.input()).gt(0.0).eq(batch.target().gt(0.5));
            log("test_acc", right.to(dev.levin.type.DType.F32).mean());
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), lr, 0.9));
        }
    }
}
