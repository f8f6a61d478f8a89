package dev.levin.trainer.tuner;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Raises the learning rate step by step and writes down the loss; stops when it diverges. */
final class Sweep implements Callback {
    private static final double BETA = 0.98;

    private final Tuner.LrSearch search;
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private double average;
    private double best;
    private long before;

    Sweep(Tuner.LrSearch search) {
        this.search = search;
    }

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        if (trainer.rawOptimizers().size() != 1) {
            throw new MisconfigurationException("the learning-rate finder needs exactly one optimizer, " + module.getClass().getSimpleName() + " has "
                    + trainer.rawOptimizers().size());
        }
        // The sweep is the schedule.
        trainer.replaceOptimizers(Optimizers.of(trainer.rawOptimizers()));
    }

    private double rate(long step) {
        double r = (double) step / search.steps();
        return search.exponential() ? search.min() * Math.pow(search.max() / search.min(), r) : search.min() + r * (search.max() - search.min());
    }

    @Override
    public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int i) {
        before = trainer.globalStep();
        double lr = rate(before + 1);
        trainer.rawOptimizers().getFirst().paramGroups().forEach(g -> g.setLr(lr));
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
        long step = trainer.globalStep();
        if (step == before || !(outputs.get("loss") instanceof Tensor loss)) {
            return;
        }
        average = BETA * average + (1 - BETA) * loss.item();
        double smoothed = average / (1 - Math.pow(BETA, step));
        rates.add(rate(step));
        losses.add(smoothed);
        if (step == 1 || smoothed < best) {
            best = smoothed;
        }
        boolean diverged = step > 1 && (smoothed > search.stopAt() * best || !Double.isFinite(smoothed));
        if (diverged) {
            trainer.requestStop("the loss diverged at a learning rate of " + rate(step));
        }
    }

    LrFindResult result() {
        return new LrFindResult(rates, losses);
    }
}
