package dev.levin.callbacks;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.HistogramLogger;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Sends one tensor per parameter to the loggers that draw histograms, every few optimizer steps, after the step is over. */
abstract class TensorHistograms implements Callback {
    private final int every;
    private final String prefix;
    private Predicate<String> names = name -> true;
    private List<HistogramLogger> targets = List.of();
    private long latest = -1;

    TensorHistograms(int everyNSteps, String prefix) {
        if (everyNSteps < 1) {
            throw new IllegalArgumentException("histograms are drawn every 1 step or more, got " + everyNSteps);
        }
        this.every = everyNSteps;
        this.prefix = prefix;
    }

    final void only(Predicate<String> wanted) {
        names = wanted;
    }

    /** Null if there is nothing to draw. */
    abstract Tensor of(Parameter p);

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        targets = trainer.loggers().stream().map(l -> l.experiment(HistogramLogger.class)).flatMap(Optional::stream).toList();
        if (stage == Stage.FIT && targets.isEmpty() && trainer.fastDevRun() == 0) {
            throw new MisconfigurationException(getClass().getSimpleName() + " needs a logger that draws histograms, such as TensorBoardLogger; there are "
                    + trainer.loggers().stream().map(l -> l.getClass().getSimpleName()).toList());
        }
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        long step = trainer.globalStep();
        if (targets.isEmpty() || step == latest || step % every != 0 || step == 0) {
            return;
        }
        latest = step;
        module.namedParameters().forEach((name, p) -> {
            Tensor values = names.test(name) ? of(p) : null;
            if (values != null) {
                targets.forEach(t -> t.logHistogram(prefix + name, values, trainer.loggerStep()));
            }
        });
    }
}
