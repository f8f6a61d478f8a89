package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/**
 * Accumulates over a number of batches that changes by epoch: {@code Map.of(4, 2, 8, 4)} steps after every batch, from epoch
 * 4 on after every second, from epoch 8 on after every fourth. Epochs count from zero.
 */
public final class GradientAccumulationScheduler implements Callback {
    private final NavigableMap<Integer, Integer> factors = new TreeMap<>(Map.of(0, 1));

    /** @param scheduling epoch to number of batches; epoch 0 is 1 unless given */
    public GradientAccumulationScheduler(Map<Integer, Integer> scheduling) {
        if (scheduling.isEmpty()) {
            throw new IllegalArgumentException("the accumulation schedule is empty; give at least one epoch, such as Map.of(4, 2)");
        }
        scheduling.forEach((epoch, factor) -> {
            if (epoch < 0) {
                throw new MisconfigurationException("epochs of the accumulation schedule are 0 or more, got " + epoch + " in " + scheduling);
            }
            if (factor < 1) {
                throw new MisconfigurationException("batches to accumulate are 1 or more, got " + factor + " for epoch " + epoch);
            }
        });
        factors.putAll(scheduling);
    }

    /** The number of batches of an epoch. */
    public int factor(int epoch) {
        return factors.floorEntry(epoch).getValue();
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (stage != Stage.FIT) {
            return;
        }
        if (!module.automaticOptimization()) {
            throw new MisconfigurationException("GradientAccumulationScheduler needs automatic optimization; with manual optimization, step the optimizer every "
                    + "few batches in trainingStep");
        }
        if (trainer.accumulateGradBatches() != 1) {
            throw new MisconfigurationException("accumulate_grad_batches=" + trainer.accumulateGradBatches() + " of the Trainer and "
                    + "GradientAccumulationScheduler exclude each other; leave the flag at 1");
        }
        boolean overridden = Arrays.stream(module.getClass().getMethods())
                .anyMatch(m -> (m.getName().equals("optimizerStep") || m.getName().equals("optimizerZeroGrad")) && m.getDeclaringClass() != LightningModule.class);
        if (overridden) {
            LoggerFactory.getLogger(GradientAccumulationScheduler.class).warn("{} overrides optimizerStep or optimizerZeroGrad: they are called once per "
                    + "accumulation window, which changes by epoch", module.getClass().getSimpleName());
        }
    }

    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        trainer.accumulateGradBatches(factor(trainer.currentEpoch()));
    }

    @Override
    public void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {
        trainer.accumulateGradBatches(factor(trainer.currentEpoch()));
    }

    @Override
    public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (stage == Stage.FIT) {
            trainer.accumulateGradBatches(1);
        }
    }
}
