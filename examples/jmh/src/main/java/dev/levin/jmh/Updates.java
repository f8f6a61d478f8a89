package dev.levin.jmh;

import dev.levin.optim.Adam;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
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

/** Adam's update of one parameter. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Updates {
    @Param({"65536", "1048576"})
    public int elements;

    private Optimizer adam;

    @Setup
    public void create() {
        Parameter p = new Parameter("p", Parts.normal(elements));
        p.setGrad(Parts.normal(elements));
        adam = new Adam(List.of(p), 1e-3);
    }

    @Benchmark
    public void adam() {
        Step.run("update", () -> adam.step());
    }
}
