package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * Matthews' correlation of predicted and true classes (Gorodkin 2004 for several classes). Labels count together. Where a marginal is
 * empty, the limits of Chicco and Jurman (2020, BMC Genomics 21:6) are used for two classes, and 0 for more.
 */
public final class MatthewsCorrCoef extends ConfusionCounts {
    private static final double EPS = Math.ulp(1f);

    public MatthewsCorrCoef(int numClasses) {
        this(Task.multiclass(numClasses));
    }

    public MatthewsCorrCoef(Task task) {
        super(task);
    }

    @Override
    public Tensor compute() {
        Tensor c = counts().dim() == 3 ? counts().sum(0) : counts();
        Tensor samples = c.sum();
        Tensor target = c.sum(1);
        Tensor predicted = c.sum(0);
        Tensor covariance = c.trace().mul(samples).sub(target.mul(predicted).sum());
        Tensor product = samples.square().sub(predicted.square().sum()).mul(samples.square().sub(target.square().sum()));
        Tensor result = Inputs.ratio(covariance, product.sqrt());
        return classes() == 2 ? product.eq(0.0).where(limit(c), result) : result;
    }

    private static Tensor limit(Tensor c) {
        Tensor tn = c.get(0, 0);
        Tensor fp = c.get(0, 1);
        Tensor fn = c.get(1, 0);
        Tensor tp = c.get(1, 1);
        double root = Math.sqrt(EPS);
        Tensor numerator = none(fn, tn).where(tp.sub(fp).mul(root),
                none(fp, tn).where(tp.sub(fn).mul(root),
                none(tp, fn).where(tn.sub(fp).mul(root),
                none(tp, fp).where(tn.sub(fn).mul(root),
                tp.eq(0.0).where(tn.sub(fp.mul(fn)),
                tn.eq(0.0).where(tp.sub(fp.mul(fn)), tp.mul(tn)))))));
        Tensor denominator = tp.add(fp).add(EPS).mul(tp.add(fn).add(EPS)).mul(tn.add(fp).add(EPS)).mul(tn.add(fn).add(EPS));
        Tensor right = tp.add(tn).gt(0.0).to(DType.F64);
        Tensor wrong = fp.add(fn).gt(0.0).to(DType.F64);
        return right.add(wrong).eq(1.0).where(right.sub(wrong), numerator.div(denominator.sqrt()));
    }

    private static Tensor none(Tensor a, Tensor b) {
        return a.eq(0.0).logicalAnd(b.eq(0.0));
    }
}
