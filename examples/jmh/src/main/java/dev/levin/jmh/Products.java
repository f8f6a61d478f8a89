package dev.levin.jmh;

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

/** [m, k] by [k, n], and with one of them read transposed, as a linear layer's gradients need. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Products {
    @Param({"64x784x128", "256x784x512", "32x512x512", "1024x1024x1024", "2048x2048x2048"})
    public String mkn;

    private Tensor[] a;
    private Tensor[] at;
    private Tensor b;
    private Tensor bt;

    @Setup
    public void create() {
        int[] s = Parts.sizes(mkn);
        a = Parts.several(s[0], s[1]);
        at = Parts.several(s[1], s[0]);
        b = Parts.normal(s[1], s[2]);
        bt = Parts.normal(s[2], s[1]);
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> plain() {
        return Parts.each("product", a, x -> x.matmul(b));
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> rightTransposed() {
        return Parts.each("product", a, x -> x.matmul(bt.t()));
    }

    @Benchmark
    @OperationsPerInvocation(Parts.MANY)
    public List<Tensor> leftTransposed() {
        return Parts.each("product", at, x -> x.t().matmul(b));
    }
}
