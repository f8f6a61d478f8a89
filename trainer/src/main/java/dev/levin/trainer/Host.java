package dev.levin.trainer;

import dev.levin.tensor.Tensor;

/** Who a {@link LightningModule} turns to when it runs in a loop that is not a Trainer's. */
public interface Host {
    /** Takes what the module logs, as it is. */
    void log(String name, Object value);

    /** Gradients of a loss, with the precision's scaling. */
    void backward(Tensor loss);

    /** Every rank's value stacked along a new first axis. */
    Tensor allGather(Tensor value);

    void print(String line);
}
