package dev.levin.callbacks;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Ends training by a {@link TrainingSpikeException} when the loss jumps: away from the last value in the bad direction, and
 * away from the mean of the last batches by at least both tolerances. The numbers of that batch and the one before are
 * written to a JSON file, to be left out in the next run. A loss that is not finite is a spike, too.
 *
 * <p>Reads the loss of every batch, which waits for the device.
 */
public final class SpikeDetection implements Callback {
    private final Mode mode;
    private int window = 10;
    private int warmup = 1;
    private Double atol;
    private Double rtol = 2.0;
    private boolean finiteOnly = true;
    private Path file;
    private final ArrayDeque<Double> recent = new ArrayDeque<>();
    private final List<Integer> badBatches = new ArrayList<>();
    private double last;

    /** For losses that should fall. */
    public SpikeDetection() {
        this(Mode.MIN);
    }

    public SpikeDetection(Mode mode) {
        this.mode = mode;
    }

    /** Batches in the mean that a value is compared with. */
    public SpikeDetection window(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("the window is 1 batch or more, got " + batches);
        }
        window = batches;
        return this;
    }

    /** First batch of an epoch that may be a spike. */
    public SpikeDetection warmup(int batches) {
        warmup = batches;
        return this;
    }

    /** Distance from the mean that a spike has at least; null for any. */
    public SpikeDetection atol(Double distance) {
        atol = distance;
        return this;
    }

    /** Distance from the mean that a spike has at least, as a multiple of the mean; null for any. */
    public SpikeDetection rtol(Double factor) {
        rtol = factor;
        return this;
    }

    /** False: NaN and infinity are ignored. */
    public SpikeDetection finiteOnly(boolean on) {
        finiteOnly = on;
        return this;
    }

    /** Where the batches go; {@code skip_batches.json} in the Trainer's folder by default. */
    public SpikeDetection excludeBatchesPath(Path path) {
        file = path.toString().endsWith(".json") ? path : path.resolve("skip_batches.json");
        return this;
    }

    /** Batches to leave out, from this run and those it continues. */
    public List<Integer> badBatches() {
        return List.copyOf(badBatches);
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        if (!(outputs.get("loss") instanceof Tensor t)) {
            return;
        }
        double loss = t.item();
        if (batchIndex >= warmup && isSpike(loss)) {
            spike(trainer, batchIndex, loss);
        }
        if (Double.isFinite(loss)) {
            recent.add(loss);
            if (recent.size() > window) {
                recent.remove();
            }
            last = loss;
        }
    }

    private double mean() {
        return recent.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    private boolean isSpike(double loss) {
        if (!Double.isFinite(loss)) {
            return finiteOnly;
        }
        double change = loss - last;
        if (mode == Mode.MIN ? change <= 0 : change >= 0) {
            return false;
        }
        double mean = mean();
        double distance = Math.abs(loss - mean);
        return (atol == null || distance >= Math.abs(atol)) && (rtol == null || distance >= Math.abs(rtol * mean));
    }

    private void spike(Trainer trainer, int batchIndex, double loss) {
        badBatches.add(batchIndex - 1);
        badBatches.add(batchIndex);
        Path target = file != null ? file : trainer.defaultRootDir().resolve("skip_batches.json");
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            Files.writeString(target, badBatches.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("can't write the batches to leave out to " + target, e);
        }
        throw new TrainingSpikeException(batchIndex, "the loss of batch " + batchIndex + " is " + loss + ", the mean of the last " + recent.size() + " is " + mean()
                + "; batches " + (batchIndex - 1) + " and " + batchIndex + " are written to " + target + ". Leave them out, or lower the learning rate");
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("last_val", last);
        m.put("running", List.copyOf(recent));
        m.put("bad_batches", List.copyOf(badBatches));
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        last = ((Number) state.get("last_val")).doubleValue();
        recent.clear();
        ((List<?>) state.get("running")).forEach(v -> recent.add(((Number) v).doubleValue()));
        badBatches.clear();
        ((List<?>) state.get("bad_batches")).forEach(v -> badBatches.add(((Number) v).intValue()));
    }
}
