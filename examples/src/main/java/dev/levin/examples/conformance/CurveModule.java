package dev.levin.examples.conformance;

import dev.levin.data.Batch;
import dev.levin.nn.Functional;
import dev.levin.nn.Losses;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.tensor.HostValue;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;
import java.util.ArrayList;
import java.util.List;

/** Trains a {@link CurveNet} as a curve's words say, and remembers losses and gradient norms. */
final class CurveModule extends LightningModule<Batch> {
    private final CurveNet net;
    private final CurveWords words;
    private final List<HostValue> losses = new ArrayList<>();
    private final List<HostValue> norms = new ArrayList<>();

    CurveModule(CurveNet net, CurveWords words) {
        this.net = net;
        this.words = words;
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor y = net.call(x.to(net.parameters().getFirst().dtype()));
        return words.outputSigmoid() ? y.sigmoid() : y;
    }

    private Tensor loss(Tensor y, Tensor target) {
        return switch (words.loss()) {
            case "cross entropy" -> Losses.crossEntropy(y, target);
            case "bce" -> Losses.bce(y, target.to(y.dtype()));
            default -> Losses.mse(y, (target.dtype().isFloat() ? target : Functional.oneHot(target, y.size(1))).to(y.dtype()));
        };
    }

    @Override
    public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor loss = loss(forward(batch.input()), batch.target());
        losses.add(loss.later());
        return loss;
    }

    @Override
    public void onBeforeOptimizerStep(Optimizer optimizer) {
        Tensor squares = null;
        for (Parameter p : parameters()) {
            Tensor s = p.grad().square().sum();
            squares = squares == null ? s : squares.add(s);
        }
        norms.add(squares.sqrt().later());
    }

    @Override
    public void testStep(Batch batch, int batchIndex) {
        Tensor y = forward(batch.input());
        log("loss", loss(y, batch.target()));
        log("accuracy", y.argmax(1).eq(batch.target()).to(y.dtype()).mean());
    }

    @Override
    public Optimizers configureOptimizers() {
        return Optimizers.of(OptimTable.OPTIMIZERS.get(words.optimizer()).make(List.of(ParamGroup.of(parameters())), Args.of(words.options())));
    }

    double[] losses() {
        return losses.stream().mapToDouble(HostValue::get).toArray();
    }

    double[] gradientNorms() {
        return norms.stream().mapToDouble(HostValue::get).toArray();
    }
}
