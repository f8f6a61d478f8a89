package dev.levin.jmh;

import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.util.List;
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

/** 3x3 convolutions of images [n, c, side, side] with k channels: {@code n x c x side x k x stride x padding}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Convolutions {
    @Param({"64x1x28x32x1x0", "64x32x26x64x1x0", "32x64x32x64x1x1", "32x128x16x256x2x1"})
    public String shape;

    private Conv2d conv;
    private Parameter x;
    private Tensor gradient;

    @Setup
    public void create() {
        int[] s = Parts.sizes(shape);
        conv = new Conv2d(s[1], s[3], 3, ConvOptions.stride(s[4]).padding(s[5]));
        x = new Parameter("x", Parts.normal(s[0], s[1], s[2], s[2]));
        int out = (s[2] + 2 * s[5] - 3) / s[4] + 1;
        gradient = Parts.normal(s[0], s[3], out, out);
    }

    @Benchmark
    public Tensor forward() {
        return Step.run("forward", () -> conv.forward(x).detach());
    }

    /** The gradients of input, weight and bias, too. */
    @Benchmark
    public List<Tensor> forwardAndBackward() {
        return Step.run("backward", () -> {
            conv.parameters().forEach(Parameter::zeroGrad);
            x.zeroGrad();
            Tensor y = conv.forward(x);
            y.backward(gradient, false);
            return List.of(y.detach(), x.grad(), conv.weight.grad(), conv.bias.grad());
        });
    }
}
