package dev.levin.callbacks.resume;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.Sampler;
import dev.levin.data.Samplers;
import dev.levin.data.TensorDataset;
import dev.levin.metrics.MeanSquaredError;
import dev.levin.nn.BatchNorm1d;
import dev.levin.nn.Dropout;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Sequential;
import dev.levin.nn.Tanh;
import dev.levin.optim.AdamW;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.demo.BoringData;
import java.util.Map;
import java.util.function.Function;

/** A small network with everything that has a state: dropout, batch normalisation if wanted, metric objects, a schedule. */
class ResumeModel extends LightningModule<Object> {
    static final int SAMPLES = 19;
    static final int BATCH = 4;

    final Layer body;
    final Linear head = new Linear(8, 2);
    final MeanSquaredError trainError = new MeanSquaredError();
    final MeanSquaredError valError = new MeanSquaredError();
    private final Function<ResumeModel, Optimizers> optimizers;

    ResumeModel(Function<ResumeModel, Optimizers> optimizers) {
        this(optimizers, false);
    }

    ResumeModel(Function<ResumeModel, Optimizers> optimizers, boolean batchNorm) {
        this.optimizers = optimizers;
        body = batchNorm ? new Sequential(new Linear(6, 8), new BatchNorm1d(8), new Tanh(), new Dropout(0.3))
                : new Sequential(new Linear(6, 8), new Tanh(), new Dropout(0.3));
    }

    static Optimizers adamW(ResumeModel m) {
        return Optimizers.of(new AdamW(m.parameters(), 0.05));
    }

    static TensorDataset data(long seed) {
        return data(SAMPLES, seed);
    }

    static TensorDataset data(int samples, long seed) {
        return new TensorDataset(Tensor.cat(BoringData.batches(samples, 1, 6, seed), 0), Tensor.cat(BoringData.batches(samples, 1, 2, seed + 1), 0));
    }

    static DataLoader<Batch> shuffled() {
        return new DataLoader<>(data(3), BATCH).shuffle(5);
    }

    static DataLoader<Batch> plain() {
        return new DataLoader<>(data(9, 13), BATCH);
    }

    static Sampler weighted() {
        double[] weights = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            weights[i] = i % 5;
        }
        return Samplers.weighted(weights, SAMPLES, 77);
    }

    @Override
    public Tensor forward(Tensor x) {
        return head.forward(body.forward(x));
    }

    /** Of a batch, or of all batches of a combined loader. */
    Tensor loss(Object batch, boolean training) {
        if (batch instanceof Map<?, ?> all) {
            Tensor sum = null;
            for (Object b : all.values()) {
                if (b != null) {
                    Tensor one = loss(b, training);
                    sum = sum == null ? one : sum.add(one);
                }
            }
            return sum;
        }
        Batch b = (Batch) batch;
        Tensor y = forward(b.input());
        (training ? trainError : valError).update(y, b.target());
        Tensor d = y.sub(b.target());
        return d.mul(d).mean();
    }

    @Override
    public Tensor trainingStep(Object batch, int i) {
        Tensor loss = loss(batch, true);
        log("loss", loss, Log.onStep(), Log.onEpoch(), Log.batchSize(BATCH));
        log("train_error", trainError, Log.onEpoch(), Log.onStep(false));
        if (i % 2 == 0) {
            log("even", loss.mul(2.0));
        }
        log("batch", (double) i, Log.onEpoch(), Log.onStep(false), Log.batchSize(1));
        return loss;
    }

    @Override
    public void validationStep(Object batch, int i) {
        Tensor loss = loss(batch, false);
        log("val_loss", loss, Log.batchSize(BATCH));
        log("val_step", loss, Log.onStep(), Log.batchSize(BATCH));
        log("val_error", valError);
    }

    @Override
    public Optimizers configureOptimizers() {
        return optimizers.apply(this);
    }
}
