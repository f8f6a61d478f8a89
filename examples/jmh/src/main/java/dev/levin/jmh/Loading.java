package dev.levin.jmh;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.vision.PixelDataset;
import dev.levin.data.vision.ToTensor;
import java.util.Random;
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

/** A sample of a shuffled epoch over 60,000 images of 28 x 28 bytes, each normalised when it is fetched, in batches of 256. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Loading {
    private static final int IMAGES = 60_000;

    @Param({"0", "2"})
    public int workers;

    private DataLoader<Batch> loader;

    @Setup
    public void create() {
        byte[] pixels = new byte[IMAGES * 784];
        new Random(1).nextBytes(pixels);
        loader = new DataLoader<>(new PixelDataset(pixels, 28, 28, 1, new int[IMAGES]).toTensor(ToTensor.normalized(0.1307, 0.3081)), 256).shuffle(0).workers(workers);
    }

    @Benchmark
    @OperationsPerInvocation(IMAGES)
    public int epoch() {
        int n = 0;
        for (Batch b : loader) {
            n += b.input().size(0);
        }
        return n;
    }
}
