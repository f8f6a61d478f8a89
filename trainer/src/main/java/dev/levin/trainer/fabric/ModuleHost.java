package dev.levin.trainer.fabric;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Host;

/** What a LightningModule under a Fabric reaches through its own methods. */
record ModuleHost(Fabric fabric) implements Host {
    @Override
    public void log(String name, Object value) {
        fabric.log(name, value, -1);
    }

    @Override
    public void backward(Tensor loss) {
        fabric.backward(loss);
    }

    @Override
    public Tensor allGather(Tensor value) {
        return fabric.allGather(value);
    }

    @Override
    public void print(String line) {
        fabric.print(line);
    }
}
