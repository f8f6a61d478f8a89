package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.List;

/**
 * Linear correlation of predictions and targets, from means and squared deviations that are updated without cancellation (Chan, Golub and
 * LeVeque 1979). NaN if one side is constant, up to rounding of F32.
 */
public final class PearsonCorrCoef extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    /** Spread, as a share of the largest deviation, below which a side counts as constant. */
    private static final double CONSTANT = Math.sqrt(Math.ulp(1f));

    private final int numOutputs;
    private final State count;
    private final State meanX;
    private final State meanY;
    private final State squaresX;
    private final State squaresY;
    private final State products;
    private final State farX;
    private final State farY;

    /** Sums over some samples: their number, means, squared deviations from the mean, and products of them. */
    private record Moments(Tensor count, Tensor meanX, Tensor meanY, Tensor squaresX, Tensor squaresY, Tensor products) {
    }

    public PearsonCorrCoef() {
        this(1);
    }

    /** @param numOutputs above 1: one value for each column */
    public PearsonCorrCoef(int numOutputs) {
        if (numOutputs < 1) {
            throw new IllegalArgumentException("there must be at least one output, not " + numOutputs);
        }
        this.numOutputs = numOutputs;
        count = sum("count");
        meanX = sum("mean_x", numOutputs);
        meanY = sum("mean_y", numOutputs);
        squaresX = sum("squares_x", numOutputs);
        squaresY = sum("squares_y", numOutputs);
        products = sum("products", numOutputs);
        farX = state("far_x", Tensor.zeros(Shape.of(numOutputs), DType.F64), Merge.MAX);
        farY = state("far_y", Tensor.zeros(Shape.of(numOutputs), DType.F64), Merge.MAX);
    }

    /** @param predictions any shape with one output, else [N, outputs]; targets have the same */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        Inputs.sameShape(predictions, targets);
        Tensor x = Inputs.outputs(predictions, numOutputs);
        Tensor y = Inputs.outputs(targets, numOutputs);
        if (x.size(0) == 0) {
            return;
        }
        follow(predictions);
        Tensor mx = x.mean(0);
        Tensor my = y.mean(0);
        Tensor dx = x.sub(mx);
        Tensor dy = y.sub(my);
        join(new Moments(Tensor.scalar(x.size(0), DType.F64), mx, my, dx.square().sum(0), dy.square().sum(0), dx.mul(dy).sum(0)));
        farX.set(farX.maximum(x.sub(meanX).abs().amax(0, false)));
        farY.set(farY.maximum(y.sub(meanY).abs().amax(0, false)));
    }

    private void join(Moments m) {
        Tensor all = count.add(m.count);
        Tensor some = all.clampMin(1.0);
        Tensor dx = m.meanX.sub(meanX);
        Tensor dy = m.meanY.sub(meanY);
        Tensor both = count.mul(m.count).div(some);
        squaresX.set(squaresX.add(m.squaresX).add(dx.square().mul(both)));
        squaresY.set(squaresY.add(m.squaresY).add(dy.square().mul(both)));
        products.set(products.add(m.products).add(dx.mul(dy).mul(both)));
        Tensor share = m.count.div(some);
        meanX.set(meanX.add(dx.mul(share)));
        meanY.set(meanY.add(dy.mul(share)));
        count.set(all);
    }

    @Override
    void combine(List<Tensor> other) {
        join(new Moments(other.get(0), other.get(1), other.get(2), other.get(3), other.get(4), other.get(5)));
        farX.set(farX.maximum(other.get(6)));
        farY.set(farY.maximum(other.get(7)));
    }

    /** A scalar, or [outputs]. */
    @Override
    public Tensor compute() {
        Tensor free = count.sub(1.0);
        Tensor constant = squaresX.div(free).div(farX.square()).ge(CONSTANT)
                .logicalAnd(squaresY.div(free).div(farY.square()).ge(CONSTANT)).logicalNot();
        Tensor r = products.div(squaresX.mul(squaresY).sqrt()).clamp(-1.0, 1.0);
        Tensor result = constant.where(Tensor.fullLike(r, Double.NaN), r);
        return numOutputs == 1 ? result.reshape() : result;
    }
}
