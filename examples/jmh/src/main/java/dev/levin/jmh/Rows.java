package dev.levin.jmh;

import dev.levin.nn.Functional;
import dev.levin.nn.LayerNorm;
import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Along the last axis of [n, d], and element by element. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Rows {
    @Param({"64x1000", "4096x512"})
    public String nd;

    private Tensor[] x;
    private LayerNorm norm;

    @Setup
    public void create() {
        int[] s = Parts.sizes(nd);
        x = Parts.several(s);
        norm = new LayerNorm(s[1]);
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> softmax() {
        return Parts.each("softmax", x, t -> t.softmax(1));
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> layerNorm() {
        return Parts.each("norm", x, t -> norm.forward(t).detach());
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> gelu() {
        return Parts.each("gelu", x, Functional::gelu);
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> sums() {
        return Parts.each("sums", x, t -> t.sum(1));
    }
}
