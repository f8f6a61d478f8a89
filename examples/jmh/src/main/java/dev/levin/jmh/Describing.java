package dev.levin.jmh;

import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.optim.Adam;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A training step whose numbers take next to no time, so that what is left is describing it, finding its plan and starting it:
 * layers of the given number, four units wide, a batch of one.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Describing {
    @Param({"2", "20"})
    public int layers;

    private Layer model;
    private Optimizer optimizer;
    private Tensor x;
    private Tensor y;

    @Setup
    public void create() {
        Layer[] all = new Layer[2 * layers];
        for (int i = 0; i < layers; i++) {
            all[2 * i] = new Linear(4, 4);
            all[2 * i + 1] = new ReLU();
        }
        model = new Sequential(all);
        optimizer = new Adam(model.parameters(), 1e-3);
        x = Parts.normal(1, 4);
        y = Tensor.of(new long[] {1});
    }

    @Benchmark
    public Tensor step() {
        return Step.run("train", () -> {
            optimizer.zeroGrad();
            Tensor loss = Losses.crossEntropy(model.forward(x), y);
            loss.backward();
            optimizer.step();
            return loss;
        });
    }
}
