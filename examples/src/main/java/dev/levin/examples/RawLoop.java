package dev.levin.examples;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.DrawnDigits;
import dev.levin.metrics.Accuracy;
import dev.levin.nn.Conv2d;
import dev.levin.nn.Flatten;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.optim.AdamW;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;

/** The engine alone: your loop, your rules, no trainer. Nothing is closed, nothing is moved by hand. */
final class RawLoop {
    private RawLoop() {
    }

    static void main() {
        Layer net = new Sequential(new Conv2d(1, 16, 3), new ReLU(), new MaxPool2d(2), new Conv2d(16, 32, 3), new ReLU(), new MaxPool2d(2),
                new Flatten(), new Linear(32 * 5 * 5, 10));
        var optimizer = new AdamW(net.parameters(), 1e-3);
        var train = new DataLoader<>(DrawnDigits.dataset(4000, 1), 64).shuffle();
        var test = new DataLoader<>(DrawnDigits.dataset(1000, 2), 200);
        for (int epoch = 0; epoch < 3; epoch++) {
            Tensor loss = null;
            for (Batch batch : train) {
                optimizer.zeroGrad();
                loss = Losses.crossEntropy(net.forward(batch.input()), batch.target());
                loss.backward();
                optimizer.step();
            }
            Accuracy accuracy = new Accuracy(10);
            try (var _ = Grad.off()) {
                for (Batch batch : test) {
                    accuracy.update(net.forward(batch.input()), batch.target());
                }
            }
            System.out.printf("epoch %d  loss %.4f  test accuracy %.2f %%%n", epoch, loss.item(), 100 * accuracy.compute().item());
        }
    }
}
