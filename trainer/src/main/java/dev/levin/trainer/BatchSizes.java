package dev.levin.trainer;

import dev.levin.tensor.Tensor;
import java.util.Collection;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Reads the batch size off a batch: the first axis of the first tensor in it. */
final class BatchSizes {
    private boolean warned;

    /** @throws MisconfigurationException when the batch holds no tensor */
    int of(Object batch, String key) {
        int[] found = {-1, -1};
        walk(batch, found);
        if (found[0] < 0) {
            throw new MisconfigurationException("can't weight '" + key + "' in the epoch's mean: the batch ("
                    + (batch == null ? "null" : batch.getClass().getSimpleName()) + ") holds no tensor to read its size from; pass "
                    + "Log.batchSize(n)");
        }
        if (found[1] >= 0 && !warned) {
            warned = true;
            LoggerFactory.getLogger(Trainer.class).warn("the batch holds tensors of different first extents ({} and {}); {} is taken as the "
                    + "batch size when '{}' is averaged; pass Log.batchSize(n) to say which it is", found[0], found[1], found[0], key);
        }
        return found[0];
    }

    private static void walk(Object o, int[] found) {
        switch (o) {
            case Tensor t -> {
                int n = t.dim() == 0 ? 1 : t.size(0);
                if (found[0] < 0) {
                    found[0] = n;
                } else if (n != found[0]) {
                    found[1] = n;
                }
            }
            case Map<?, ?> m -> m.values().forEach(v -> walk(v, found));
            case Collection<?> c -> c.forEach(v -> walk(v, found));
            case Object[] a -> {
                for (Object v : a) {
                    walk(v, found);
                }
            }
            case TensorHolder<?> h -> h.mapTensors(t -> {
                walk(t, found);
                return t;
            });
            case Record r -> {
                for (Object v : Records.values(r)) {
                    walk(v, found);
                }
            }
            case null, default -> { }
        }
    }
}
