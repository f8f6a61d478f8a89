package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.nn.Layer;
import dev.levin.nn.Losses;
import dev.levin.optim.Adadelta;
import dev.levin.optim.Adam;
import dev.levin.optim.AdamW;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A model with its data, loss and optimizer.
 *
 * @param clip the gradients' largest norm; null for no limit
 * @param work of one step
 * @param steps to measure, in training
 * @param warmup steps before, in training
 */
record Workload(String name, int batch, Supplier<Layer> model, BenchData data, BiFunction<Tensor, Batch, Tensor> loss,
                Function<Layer, Optimizer> optimizer, Double clip, boolean bf16, Work work, int steps, int warmup) {

    private static final BenchData MNIST = new BenchData.Images(60_000, 10, Shape.of(784));
    private static final BenchData MNIST_IMAGES = new BenchData.Images(60_000, 10, Shape.of(1, 28, 28));
    private static final BenchData CIFAR = new BenchData.Images(50_000, 10, Shape.of(3, 32, 32));
    private static final BenchData IRIS = new BenchData.Images(150, 3, Shape.of(4));

    /**
     * What a step has to compute: matrix products and convolutions, two operations per multiply-add; of causal attention the half that counts.
     *
     * @param training GFLOP of forward and backward of one batch; 0 where other things than products take the time
     * @param inference GFLOP of forward of one sample; 0 where that is not measured
     */
    record Work(double training, double inference) {}

    private static Tensor crossEntropy(Tensor logits, Batch b) {
        return Losses.crossEntropy(logits, b.target());
    }

    private static Tensor sequenceLoss(Tensor logits, Batch b) {
        return Losses.crossEntropy(logits.flatten(0, 1), b.target().flatten());
    }

    private static Optimizer adam(Layer m) {
        return new Adam(m.parameters(), 1e-3);
    }

    private static Optimizer gptAdam(Layer m) {
        return new AdamW(List.of(ParamGroup.of(m.parameters())), 1e-3, 0.9, 0.99, 1e-8, 0.1, false, false);
    }

    private Workload inBf16() {
        return new Workload(name + "_bf16", batch, model, data, loss, optimizer, clip, true, work, steps, warmup);
    }

    private static Workload of(String name, int batch, Supplier<Layer> model, BenchData data, BiFunction<Tensor, Batch, Tensor> loss,
                               Function<Layer, Optimizer> optimizer, Work work, int steps, int warmup) {
        return new Workload(name, batch, model, data, loss, optimizer, name.startsWith("gpt") ? 1.0 : null, false, work, steps, warmup);
    }

    static List<Workload> all() {
        Workload wide = of("mlp_wide", 256, () -> Networks.mlp(784, 1024, 1024, 10), MNIST, Workload::crossEntropy,
                m -> new AdamW(m.parameters(), 1e-3), new Work(2.45, 0), 105, 10);
        Work cnnWork = new Work(4.58, 0.02398);
        Workload cnn = of("cnn_mnist", 64, Networks::cnn, MNIST_IMAGES, Workload::crossEntropy, Workload::adam, cnnWork, 49, 5);
        Workload tiny = of("gpt_tiny", 32, () -> new Networks.Gpt(2, 4, 128, 64, 65), new BenchData.Text(64), Workload::sequenceLoss,
                Workload::gptAdam, new Work(5.13, 0), 42, 4);
        return List.of(
                of("mlp_mnist", 64, () -> Networks.mlp(784, 128, 10), MNIST, Workload::crossEntropy, Workload::adam, new Work(0.0262, 0), 2450, 200),
                of("iris_mlp", 10, () -> Networks.mlp(4, 16, 3), IRIS, Workload::crossEntropy, m -> new SGD(m.parameters(), 0.05), new Work(0, 0), 3500, 300),
                cnn,
                of("autoencoder", 128, () -> Networks.mlp(784, 256, 64, 256, 784), MNIST, (y, b) -> Losses.mse(y, b.input()),
                        Workload::adam, new Work(0.282, 0), 630, 40),
                wide,
                of("lstm_char", 32, Networks.CharLstm::new, new BenchData.Text(64), Workload::sequenceLoss, Workload::adam, new Work(2.92, 0), 105, 8),
                tiny,
                of("gpt_small", 8, () -> new Networks.Gpt(6, 6, 384, 128, 65), new BenchData.Text(128), Workload::sequenceLoss,
                        Workload::gptAdam, new Work(67.2, 0), 7, 2),
                of("resnet18_cifar", 32, Networks::resnet18, CIFAR, Workload::crossEntropy,
                        m -> new SGD(List.of(ParamGroup.of(m.parameters())), 0.01, 0.9, 0, 5e-4, false, false), new Work(106.5, 1.111), 7, 2),
                wide.inBf16(), cnn.inBf16(), tiny.inBf16(),
                of("cnn_mnist_adadelta", 64, Networks::cnn, MNIST_IMAGES, Workload::crossEntropy, m -> new Adadelta(m.parameters(), 1.0), cnnWork, 63, 6));
    }

    /** @throws IllegalArgumentException listing the names */
    static Workload named(String name) {
        return all().stream().filter(w -> w.name.equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "unknown workload '" + name + "'; there are " + all().stream().map(Workload::name).toList()));
    }
}
