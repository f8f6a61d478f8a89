package dev.levin.trainer;

import dev.levin.tensor.Grad;
import dev.levin.tensor.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Validation or test: all loaders one after another, without gradients. One loop serves all validations of a fit. */
final class EvaluationLoop {
    private final Trainer trainer;
    private final LightningModule<Object> module;
    private final Phase phase;
    private final Limit limit;
    private final DataInput input;
    private final BatchTransfer transfer;
    private final EvaluationHooks hooks;
    private final HookRunner runner;
    private final MetricLog log;
    private final boolean enabled;
    private List<BatchSource> sources;
    private boolean named;
    private int setUpInEpoch;
    private long[] seen = {};
    /** {@link #seen} as it was before the running evaluation, or one that failed; else null. */
    private long[] seenBefore;

    EvaluationLoop(Trainer trainer, LightningModule<Object> module, Phase phase, DataInput input, BatchTransfer transfer) {
        this.trainer = trainer;
        this.module = module;
        this.phase = phase;
        this.input = input;
        this.transfer = transfer;
        this.limit = phase == Phase.TEST ? trainer.options().limitTest : trainer.options().limitVal;
        this.hooks = EvaluationHooks.of(phase, trainer, module);
        this.runner = trainer.hooks();
        this.log = trainer.metricLog();
        this.enabled = !limit.isZero() && Checks.hasStep(phase, module) && input.hasEvaluation(phase, module);
    }

    /** Whether there is a step, data, and a limit above zero. */
    boolean isEnabled() {
        return enabled;
    }

    /** Batches of each loader; empty before the data were set up. */
    List<Integer> batches() {
        return sources == null ? List.of() : sources.stream().map(BatchSource::batches).toList();
    }

    /** Names of the loaders; empty strings for loaders without one. */
    List<String> names() {
        return sources == null ? List.of() : sources.stream().map(BatchSource::name).toList();
    }

    /** Batches done in all evaluations, by loader: the x-axis of what steps log. */
    Map<String, Object> stateDict() {
        return Map.of("batches", Arrays.stream(trainer.validationIsUndone() && seenBefore != null ? seenBefore : seen).boxed().toList());
    }

    void loadStateDict(Map<String, Object> saved) {
        seen = ((List<?>) saved.get("batches")).stream().mapToLong(n -> (long) Json.number(n)).toArray();
    }

    /** Before the first epoch, unless no validation is due in it: then the loaders are made when they are needed. */
    void setupDataForTraining() {
        Integer every = trainer.options().checkValEveryNEpoch;
        if (enabled && (every == null || (trainer.currentEpoch() + 1) % every == 0)) {
            setupData();
        }
    }

    private void setupData() {
        if (sources != null && !isToBeReloaded()) {
            return;
        }
        setUpInEpoch = trainer.currentEpoch();
        Loaders<Object> loaders = input.evaluation(phase, module, runner);
        named = loaders.areNamed();
        boolean sequential = phase == Phase.VALIDATE && !trainer.options().overfit.isZero();
        List<BatchSource> all = new ArrayList<>();
        List<Iterable<?>> iterables = new ArrayList<>(loaders.loaders());
        for (int i = 0; i < iterables.size(); i++) {
            Iterable<?> loader = sequential ? DataInput.unshuffled(iterables.get(i), "validation") : iterables.get(i);
            if (!sequential && loader instanceof dev.levin.data.Loader<?> l && l.isShuffled()) {
                trainer.warnOnce("the " + phase.prefix() + " loader is shuffled; evaluation usually reads data in order");
            }
            all.add(new BatchSource(loaders.names().get(i), loader, limit, "limit_" + phase.prefix() + "_batches"));
        }
        Checks.loaderIndex(phase, module, all.size());
        if (all.isEmpty() && trainer.stage() != Stage.FIT) {
            throw Checks.noLoader(trainer.stage().key(), phase.prefix() + "Dataloader", "null");
        }
        sources = all;
        seen = Arrays.copyOf(seen, all.size());
    }

    /** Within fit, loaders are asked for anew as often as the training loader. */
    private boolean isToBeReloaded() {
        int every = trainer.options().reloadEveryNEpochs;
        return every > 0 && trainer.isValidating() && trainer.stage() == Stage.FIT && trainer.currentEpoch() - setUpInEpoch >= every;
    }

    /** The loaders of the run; empty before they were asked for. */
    List<Iterable<?>> loaders() {
        List<Iterable<?>> all = new ArrayList<>();
        if (sources != null) {
            sources.forEach(s -> all.add(s.loader()));
        }
        return all;
    }

    /**
     * Runs all loaders.
     *
     * @param most batches of each loader at most
     * @param send whether loggers get the results
     * @return one map of epoch values per loader
     */
    List<Map<String, Double>> run(int most, boolean send) {
        if (!enabled) {
            return List.of();
        }
        setupData();
        if (sources.isEmpty() || sources.stream().allMatch(s -> s.batches() == 0)) {
            return List.of();
        }
        ModuleModes modes = new ModuleModes(module);
        hooks.modelEval();
        List<Map<String, Double>> results;
        log.evaluationStarts();
        seenBefore = seen.clone();
        try (Grad _ = Grad.off()) {
            hooks.start();
            hooks.epochStart();
            for (int i = 0; i < sources.size(); i++) {
                loader(i, Math.min(most, sources.get(i).batches()), send);
            }
            log.loadersEnd();
            hooks.epochEnd();
            results = log.finishEvaluation(sources.size(), named, trainer.loggerStep(), send);
            hooks.end();
            seenBefore = null;
        } finally {
            log.evaluationEnds();
        }
        Runnable train = hooks.modelTrain();
        if (train != null) {
            train.run();
        } else {
            modes.restore();
        }
        return results;
    }

    private void loader(int index, int most, boolean send) {
        BatchSource source = sources.get(index);
        log.loaderStarts(named ? index : -1, source.name());
        source.open(trainer.currentEpoch());
        for (int i = 0; i < most && source.hasNext(); i++) {
            Object fetched = runner.measure("[EvaluationLoop].dataloader_next", source::next);
            Object batch = transfer.transfer(fetched, index);
            int at = i;
            log.batchStarts(batch);
            hooks.batchStart(batch, at, index);
            Object output = Step.run(phase.prefix(), () -> trainer.precision().forward(() -> hooks.step(batch, at, index)));
            log.deliverOlder();
            hooks.batchEnd(output, batch, at, index);
            if (send) {
                log.sendSteps(seen[index]++, false);
            }
            trainer.stopIfInterrupted();
        }
    }
}
