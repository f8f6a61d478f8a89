package dev.levin.callbacks;

import dev.levin.nn.BatchNormLayer;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Stochastic weight averaging (Izmailov et al. 2018): from some epoch on the learning rate moves to a constant one, and the
 * weights at the start of each epoch are averaged. At the end the average becomes the model; a model with batch
 * normalisation runs one more epoch without gradients, to get running statistics that belong to it.
 */
public final class StochasticWeightAveraging implements Callback {
    private final double[] swaLrs;
    private Integer epochStart;
    private double fractionStart = 0.8;
    private int annealingEpochs = 10;
    private boolean cosine = true;
    private WeightAveraging.Rule rule = WeightAveraging::mean;

    private AverageWeights weights;
    private Map<String, Object> loaded;
    private long averaged;
    private int latestEpoch = -1;
    private boolean scheduled;
    private int first;
    private int maxEpochs;
    private boolean refreshes;
    private boolean extended;
    private Map<BatchNormLayer, Double> momenta = Map.of();

    /** @param swaLrs the learning rate to move to: one for all parameter groups, or one each */
    public StochasticWeightAveraging(double... swaLrs) {
        if (swaLrs.length == 0) {
            throw new MisconfigurationException("stochastic weight averaging needs a learning rate to move to, such as new StochasticWeightAveraging(1e-2)");
        }
        for (double lr : swaLrs) {
            if (!(lr > 0)) {
                throw new MisconfigurationException("swa_lrs are above 0, got " + lr);
            }
        }
        this.swaLrs = swaLrs.clone();
    }

    /** Starts with the n-th epoch, counted from one. */
    public StochasticWeightAveraging epochStart(int n) {
        if (n < 1) {
            throw new MisconfigurationException("swa_epoch_start is an epoch from 1 on or a fraction between 0 and 1, got " + n);
        }
        epochStart = n;
        return this;
    }

    /** Starts after this part of the epochs; 0.8 by default. */
    public StochasticWeightAveraging epochStart(double fraction) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new MisconfigurationException("swa_epoch_start is an epoch from 1 on or a fraction between 0 and 1, got " + fraction);
        }
        fractionStart = fraction;
        epochStart = null;
        return this;
    }

    /** Epochs until the learning rate is reached. */
    public StochasticWeightAveraging annealingEpochs(int n) {
        if (n < 0) {
            throw new MisconfigurationException("annealing_epochs are 0 or more, got " + n);
        }
        annealingEpochs = n;
        return this;
    }

    /** {@code cos} or {@code linear}. */
    public StochasticWeightAveraging annealingStrategy(String name) {
        if (!name.equals("cos") && !name.equals("linear")) {
            throw new MisconfigurationException("annealing_strategy can be 'cos' or 'linear', got '" + name + "'");
        }
        cosine = name.equals("cos");
        return this;
    }

    /** How weights are averaged; the plain mean by default. */
    public StochasticWeightAveraging averaging(WeightAveraging.Rule how) {
        rule = how;
        return this;
    }

    /** How many weights are in the average. */
    public long averaged() {
        return weights == null ? averaged : weights.count();
    }

    // ---- the run ------------------------------------------------------------------------------------------------------------

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        if (trainer.rawOptimizers().size() != 1) {
            throw new MisconfigurationException("stochastic weight averaging works with one optimizer, configureOptimizers gives " + trainer.rawOptimizers().size());
        }
        if (trainer.schedulerConfigs().size() > 1) {
            throw new MisconfigurationException("stochastic weight averaging replaces one scheduler at most, configureOptimizers gives "
                    + trainer.schedulerConfigs().size());
        }
        if (swaLrs.length != 1 && swaLrs.length != trainer.rawOptimizers().getFirst().paramGroups().size()) {
            throw new MisconfigurationException("swa_lrs has " + swaLrs.length + " rates for " + trainer.rawOptimizers().getFirst().paramGroups().size()
                    + " parameter groups; give one for all, or one each");
        }
        if (!extended) {
            maxEpochs = trainer.maxEpochs();
        }
        if (epochStart == null && maxEpochs < 0) {
            throw new MisconfigurationException("swa_epoch_start is the fraction " + fractionStart + ", which says nothing without max_epochs; give an epoch: "
                    + "epochStart(n)");
        }
        first = Math.max((epochStart != null ? epochStart : (int) (maxEpochs * fractionStart)) - 1, 0);
        refreshes = maxEpochs >= 0 && module.namedModules().values().stream().anyMatch(m -> m instanceof BatchNormLayer b && b.runningMean != null);
        if (refreshes && !extended) {
            trainer.maxEpochs(maxEpochs + 1);
            extended = true;
        }
        weights = new AverageWeights(module, false);
        weights.count(averaged);
        if (loaded != null) {
            weights.load(loaded);
            loaded = null;
        }
        if (scheduled) {
            schedule(trainer);
        }
    }

    private void schedule(Trainer trainer) {
        var optimizer = trainer.rawOptimizers().getFirst();
        double[] targets = new double[optimizer.paramGroups().size()];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = swaLrs[swaLrs.length == 1 ? 0 : i];
        }
        List<SchedulerConfig> before = trainer.schedulerConfigs();
        if (!before.isEmpty()) {
            SchedulerConfig old = before.getFirst();
            if (old.interval() != SchedulerConfig.Interval.EPOCH || old.frequency() != 1) {
                LoggerFactory.getLogger(StochasticWeightAveraging.class).warn("stochastic weight averaging steps its schedule every epoch; that of {} went by {} {}",
                        old.scheduler().getClass().getSimpleName(), old.frequency(), old.interval());
            }
            LoggerFactory.getLogger(StochasticWeightAveraging.class).info("the schedule {} is replaced by the one of stochastic weight averaging",
                    old.scheduler().getClass().getSimpleName());
        }
        trainer.replaceOptimizers(Optimizers.of(optimizer).with(SchedulerConfig.of(new AnnealingLR(optimizer, targets, annealingEpochs, cosine))));
        scheduled = true;
    }

    private boolean isLast(int epoch) {
        return maxEpochs >= 0 && epoch == maxEpochs - 1;
    }

    @Override
    public void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {
        int epoch = trainer.currentEpoch();
        boolean inside = epoch >= first && (maxEpochs < 0 || epoch < maxEpochs);
        if (inside && !scheduled) {
            schedule(trainer);
        }
        if (inside && epoch > latestEpoch) {
            weights.update(rule);
            latestEpoch = epoch;
        }
        if (refreshes && epoch == maxEpochs) {
            startRefresh(trainer, module);
        }
    }

    /** A run that goes on inside the extra epoch has no start of it. */
    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        if (refreshes && trainer.currentEpoch() == maxEpochs) {
            withoutGradients(trainer, module);
        }
    }

    private void startRefresh(Trainer trainer, LightningModule<?> module) {
        weights.toModel();
        withoutGradients(trainer, module);
        momenta.keySet().forEach(BatchNormLayer::resetRunningStats);
    }

    private void withoutGradients(Trainer trainer, LightningModule<?> module) {
        if (momenta.isEmpty()) {
            momenta = new LinkedHashMap<>();
            module.namedModules().values().forEach(m -> {
                if (m instanceof BatchNormLayer b && b.runningMean != null) {
                    momenta.put(b, b.momentum());
                    b.momentum(null);
                }
            });
        }
        trainer.skipBackward(true);
    }

    private void endRefresh(Trainer trainer) {
        trainer.skipBackward(false);
        momenta.forEach(BatchNormLayer::momentum);
        momenta = Map.of();
    }

    @Override
    public void onTrainEnd(Trainer trainer, LightningModule<?> module) {
        int last = trainer.currentEpoch() - 1;
        if (!refreshes && weights.count() > 0 && (maxEpochs < 0 || isLast(last))) {
            weights.toModel();
        }
    }

    @Override
    public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (stage != Stage.FIT) {
            return;
        }
        endRefresh(trainer);
        if (extended) {
            trainer.maxEpochs(maxEpochs);
            extended = false;
        }
    }

    // ---- state --------------------------------------------------------------------------------------------------------------

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("n_averaged", averaged());
        m.put("latest_update_epoch", latestEpoch);
        m.put("scheduled", scheduled);
        m.put("average_model_state", weights == null ? new LinkedHashMap<>() : new LinkedHashMap<>(weights.values()));
        return m;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void loadStateDict(Map<String, Object> state) {
        averaged = ((Number) state.get("n_averaged")).longValue();
        latestEpoch = ((Number) state.get("latest_update_epoch")).intValue();
        scheduled = (Boolean) state.get("scheduled");
        loaded = (Map<String, Object>) state.get("average_model_state");
    }

    /** The average itself, by name; empty before the first epoch that counts. */
    public Map<String, Tensor> average() {
        return averaged() == 0 ? Map.of() : Map.copyOf(weights.values());
    }
}
