package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Exponential of the mean negative log-likelihood of tokens. */
public final class Perplexity extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    private final Long ignoreIndex;
    private final State total = sum("total_log_probs");
    private final State count = sum("count");

    public Perplexity() {
        ignoreIndex = null;
    }

    /** @param ignoreIndex targets of this value, such as padding, do not count */
    public Perplexity(long ignoreIndex) {
        this.ignoreIndex = ignoreIndex;
    }

    /**
     * @param predictions logits [N, T, V]
     * @param targets tokens [N, T]
     */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        if (predictions.dim() != 3 || !predictions.dtype().isFloat() || !predictions.shape().drop(2).equals(targets.shape())) {
            throw new IllegalArgumentException("perplexity takes float logits [N, T, V] and tokens [N, T], not " + predictions.dtype()
                    + predictions.shape() + " and " + targets.shape());
        }
        follow(predictions);
        Tensor valid = ignoreIndex == null ? null : targets.to(DType.I64).ne(ignoreIndex).flatten();
        Tensor token = Inputs.indices(targets.flatten(), valid);
        Tensor logProbs = predictions.detach().flatten(0, 1).logSoftmax(-1);
        Tensor loss = logProbs.gather(1, token.unsqueeze(1)).squeeze(1).to(DType.F64).neg();
        add(total, (valid == null ? loss : valid.where(loss, Tensor.zerosLike(loss))).sum());
        add(count, Inputs.weights(valid, token.shape()).sum());
    }

    @Override
    public Tensor compute() {
        return total.div(count).exp();
    }
}
