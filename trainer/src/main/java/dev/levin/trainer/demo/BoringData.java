package dev.levin.trainer.demo;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random batches, the same for the same seed, whatever the device. */
public final class BoringData {
    private BoringData() {
    }

    /** 64 batches of one sample with 32 features: {@code [1, 32]} each. */
    public static List<Tensor> batches() {
        return batches(64, 1, 32, 7);
    }

    /** {@code count} batches {@code [batchSize, features]}, uniform on [-1, 1). */
    public static List<Tensor> batches(int count, int batchSize, int features, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] values = new float[batchSize * features];
            for (int j = 0; j < values.length; j++) {
                values[j] = (float) (random.nextDouble() * 2 - 1);
            }
            all.add(Tensor.of(values, batchSize, features));
        }
        return all;
    }
}
