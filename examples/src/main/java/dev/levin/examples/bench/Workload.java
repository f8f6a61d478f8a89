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
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** A model with its data, loss and optimizer. */
record Workload(String name, int batch, Supplier<Layer> model, IntFunction<Batch[]> data, BiFunction<Tensor, Batch, Tensor> loss,
                Function<Layer, Optimizer> optimizer, Double clip, boolean bf16, int steps, int warmup) {

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

    private static Batch[] mnist(int batch, int n) {
        return BenchData.images(60000, 784, 10, batch, n);
    }

    private static Batch[] mnistImages(int batch, int n) {
        return BenchData.images(60000, 784, 10, batch, n, 1, 28, 28);
    }

    private Workload inBf16() {
        return new Workload(name + "_bf16", batch, model, data, loss, optimizer, clip, true, steps, warmup);
    }

    static List<Workload> all() {
        Workload wide = new Workload("mlp_wide", 256, () -> Networks.mlp(784, 1024, 1024, 10), n -> mnist(256, n), Workload::crossEntropy,
                m -> new AdamW(m.parameters(), 1e-3), null, false, 105, 10);
        Workload cnn = new Workload("cnn_mnist", 64, Networks::cnn, n -> mnistImages(64, n), Workload::crossEntropy, Workload::adam, null, false, 49, 5);
        Workload tiny = new Workload("gpt_tiny", 32, () -> new Networks.Gpt(2, 4, 128, 64, 65), n -> BenchData.text(64, 32, n),
                Workload::sequenceLoss, Workload::gptAdam, 1.0, false, 42, 4);
        return List.of(
                new Workload("mlp_mnist", 64, () -> Networks.mlp(784, 128, 10), n -> mnist(64, n), Workload::crossEntropy, Workload::adam, null, false,
                        2450, 200),
                wide,
                new Workload("iris_mlp", 10, () -> Networks.mlp(4, 16, 3), n -> BenchData.images(150, 4, 3, 10, n), Workload::crossEntropy,
                        m -> new SGD(m.parameters(), 0.05), null, false, 3500, 300),
                cnn,
                new Workload("resnet18_cifar", 32, Networks::resnet18, n -> BenchData.images(50000, 3072, 10, 32, n, 3, 32, 32),
                        Workload::crossEntropy, m -> new SGD(List.of(ParamGroup.of(m.parameters())), 0.01, 0.9, 0, 5e-4, false, false), null, false, 7, 2),
                tiny,
                new Workload("gpt_small", 8, () -> new Networks.Gpt(6, 6, 384, 128, 65), n -> BenchData.text(128, 8, n), Workload::sequenceLoss,
                        Workload::gptAdam, 1.0, false, 7, 2),
                new Workload("lstm_char", 32, Networks.CharLstm::new, n -> BenchData.text(64, 32, n), Workload::sequenceLoss, Workload::adam, null,
                        false, 105, 8),
                new Workload("autoencoder", 128, () -> Networks.mlp(784, 256, 64, 256, 784), n -> mnist(128, n), (y, b) -> Losses.mse(y, b.input()),
                        Workload::adam, null, false, 630, 40),
                wide.inBf16(), cnn.inBf16(), tiny.inBf16(),
                new Workload("cnn_mnist_adadelta", 64, Networks::cnn, n -> mnistImages(64, n), Workload::crossEntropy,
                        m -> new Adadelta(m.parameters(), 1.0), null, false, 63, 6));
    }

    /** @throws IllegalArgumentException listing the names */
    static Workload named(String name) {
        return all().stream().filter(w -> w.name.equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "unknown workload '" + name + "'; there are " + all().stream().map(Workload::name).toList()));
    }
}
