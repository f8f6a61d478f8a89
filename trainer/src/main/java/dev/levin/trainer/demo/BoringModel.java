package dev.levin.trainer.demo;

import dev.levin.nn.Linear;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;

/**
 * One linear layer from 32 to 2 that learns to say one: SGD with learning rate 0.1, a tenth of it after each epoch. Brings
 * its own data, 64 batches for everything.
 */
public class BoringModel extends LightningModule<Tensor> {
    protected final Linear layer = new Linear(32, 2);

    @Override
    public Tensor forward(Tensor x) {
        return layer.forward(x);
    }

    /** Mean squared distance from ones. */
    protected Tensor loss(Tensor prediction) {
        Tensor difference = prediction.sub(1.0);
        return difference.mul(difference).mean();
    }

    @Override
    public Tensor trainingStep(Tensor batch, int batchIndex) {
        return loss(forward(batch));
    }

    @Override
    public Object validationStepOutput(Tensor batch, int batchIndex, int loader) {
        return loss(forward(batch));
    }

    @Override
    public Object testStepOutput(Tensor batch, int batchIndex, int loader) {
        return loss(forward(batch));
    }

    @Override
    public Optimizers configureOptimizers() {
        SGD sgd = new SGD(parameters(), 0.1);
        return Optimizers.of(sgd, new StepLR(sgd, 1));
    }

    @Override
    public Iterable<Tensor> trainDataloader() {
        return BoringData.batches();
    }

    @Override
    public Iterable<Tensor> valDataloader() {
        return BoringData.batches();
    }

    @Override
    public Iterable<Tensor> testDataloader() {
        return BoringData.batches();
    }

    @Override
    public Iterable<Tensor> predictDataloader() {
        return BoringData.batches();
    }
}
