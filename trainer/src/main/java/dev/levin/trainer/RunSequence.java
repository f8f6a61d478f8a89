package dev.levin.trainer;

import dev.levin.optim.LBFGS;
import dev.levin.tensor.Generator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** One entry point from its first check to its teardown; the order of everything that is not a loop. */
final class RunSequence {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private final Trainer trainer;
    private final Stage stage;
    private final LightningModule<Object> module;
    private final DataInput input;
    private final Checkpoint checkpoint;
    private final HookRunner hooks;
    private Signals signals;
    private boolean setUp;

    /** @param checkpoint loaded before the loop starts; null for none */
    RunSequence(Trainer trainer, Stage stage, LightningModule<Object> module, DataInput input, Checkpoint checkpoint) {
        this.trainer = trainer;
        this.stage = stage;
        this.module = module;
        this.input = input;
        this.checkpoint = checkpoint;
        this.hooks = trainer.hooks();
    }

    /**
     * Runs it all.
     *
     * @param body the loops; what they give is given back
     * @param ifInterrupted what to give when the run was asked to stop
     */
    <T> T execute(Supplier<T> body, Supplier<T> ifInterrupted) {
        Throwable failure = null;
        try {
            start();
            T result = body.get();
            finishLoops();
            return result;
        } catch (RunInterruptedException e) {
            failure = e;
            interrupted(e);
            return ifInterrupted.get();
        } catch (RuntimeException | Error e) {
            failure = e;
            failed(e);
            throw e;
        } finally {
            close(failure);
        }
    }

    // ---- before the loop ------------------------------------------------------------------------------------------------

    void start() {
        trainer.attach(stage, module, input.data());
        List<Callback> configured = hooks.call(Hook.CONFIGURE_CALLBACKS, module::configureCallbacks);
        List<Callback> callbacks = CallbackOrder.arrange(trainer.ownCallbacks(), configured);
        hooks.resolve(callbacks, module, trainer.options().profiler);
        Checks.stateKeys(callbacks);
        Checks.run(stage, module, input, trainer.options());
        if (trainer.options().profiler != null) {
            trainer.options().profiler.setup(stage, trainer.logDir().orElse(trainer.options().rootDir));
        }
        setUp = true;
        prepare();
        // before weights are loaded, which would lose digits otherwise, and after it, for layers that loading has made
        trainer.precision().convertModule(module);
        if (checkpoint != null) {
            trainer.state().restoreModel(checkpoint, stage == Stage.FIT);
        }
        trainer.metricLog().start(trainer.loggers(), trainer.strategy().rootDevice());
        trainer.precision().convertModule(module);
        trainer.strategy().setup(module);
        trainer.beginLoops(module, input);
        if (stage == Stage.FIT) {
            configureOptimizers();
            hooks.run(Hook.ON_FIT_START, c -> c.onFitStart(trainer, module), module::onFitStart);
            trainer.logRunDescription();
        }
        if (checkpoint != null && stage == Stage.FIT) {
            trainer.state().restoreTraining(checkpoint);
            long next = trainer.fitLoop().progress().nextLoggerStep();
            trainer.loggers().forEach(l -> l.resumesAt(next));
        }
        if (trainer.options().handleSignals) {
            signals = new Signals(trainer::interrupt, trainer.options().slurm.isJob() ? List.of("INT", "TERM", "USR1") : List.of("INT", "TERM"));
        }
        module.zeroGrad();
        if (checkpoint != null && stage == Stage.FIT) {
            trainer.state().restoreVolatile(checkpoint);
        }
    }

    private void prepare() {
        DataModule<Object> data = input.data();
        if (data != null && Hook.isOverridden(data, "prepareData", DataHooks.class)) {
            hooks.call(Hook.PREPARE_DATA, data::prepareData);
        }
        if (Hook.isOverridden(module, "prepareData", DataHooks.class)) {
            hooks.call(Hook.PREPARE_DATA, module::prepareData);
        }
        if (data != null) {
            hooks.call(Hook.SETUP, () -> data.setup(stage));
        }
        hooks.callbacks(Hook.SETUP, c -> c.setup(trainer, module, stage));
        hooks.call(Hook.SETUP, () -> module.setup(stage));
        hooks.call(Hook.CONFIGURE_MODEL, module::configureModel);
    }

    private void configureOptimizers() {
        Optimizers configured = hooks.call(Hook.CONFIGURE_OPTIMIZERS, () -> trainer.options().optimizers == null
                ? module.configureOptimizers() : trainer.options().optimizers.apply(module));
        if (configured == null) {
            configured = Optimizers.none();
        }
        if (configured.optimizers().isEmpty()) {
            LOG.warn("{}.configureOptimizers gave no optimizer; the steps run, and nothing is trained", module.getClass().getSimpleName());
        }
        configured.validate(module.automaticOptimization());
        if (trainer.precision().name().equals("16-mixed") && configured.optimizers().stream().anyMatch(LBFGS.class::isInstance)) {
            throw new MisconfigurationException("LBFGS evaluates its closure several times a step, which loss scaling can't follow; use precision bf16-mixed "
                    + "or 32-true, or another optimizer");
        }
        trainer.optimize(configured);
    }

    // ---- after the loop -------------------------------------------------------------------------------------------------

    void finishLoops() {
        closeSignals();
        trainer.metricLog().deliver();
        trainer.awaitCheckpoints();
        if (stage == Stage.FIT) {
            hooks.run(Hook.ON_FIT_END, c -> c.onFitEnd(trainer, module), module::onFitEnd);
        }
        trainer.status(Status.FINISHED);
    }

    private void interrupted(RunInterruptedException e) {
        LOG.info("{} stops: {}", stage.key(), e.getMessage());
        trainer.status(Status.INTERRUPTED);
        if (stage == Stage.FIT && trainer.fitLoop().source() != null) {
            trainer.saveInterrupted();
        }
        onException(e);
    }

    private void failed(Throwable e) {
        trainer.status(Status.INTERRUPTED);
        onException(e);
    }

    private void onException(Throwable e) {
        guarded(e, () -> hooks.callbacks(Hook.ON_EXCEPTION, c -> c.onException(trainer, module, e)));
        if (input.data() != null) {
            guarded(e, () -> hooks.call(Hook.ON_EXCEPTION, () -> input.data().onException(e)));
        }
    }

    /** What always happens; the first failure is the one that is thrown. */
    void close(Throwable failure) {
        List<Throwable> later = new ArrayList<>();
        Throwable first = failure;
        closeSignals();
        Runnable[] steps = {
            () -> trainer.metricLog().deliver(),
            trainer::closeSaver,
            () -> {
                if (setUp && input.data() != null) {
                    hooks.call(Hook.TEARDOWN, () -> input.data().teardown(stage));
                }
            },
            () -> {
                if (setUp) {
                    hooks.callbacks(Hook.TEARDOWN, c -> c.teardown(trainer, module, stage));
                }
            },
            () -> {
                if (setUp) {
                    hooks.call(Hook.TEARDOWN, () -> module.teardown(stage));
                }
            },
            () -> finalizeLoggers(failure),
            this::reportProfile,
            trainer::detach,
        };
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException | Error e) {
                if (first == null) {
                    first = e;
                }
                later.add(e);
            }
        }
        for (Throwable t : later) {
            if (t != first) {
                first.addSuppressed(t);
            }
        }
        if (failure == null && first != null) {
            switch (first) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new AssertionError(first);
            }
        }
    }

    private void finalizeLoggers(Throwable failure) {
        Logger.Status how = failure == null ? Logger.Status.SUCCESS
                : failure instanceof RunInterruptedException ? Logger.Status.INTERRUPTED : Logger.Status.FAILED;
        trainer.loggers().forEach(l -> l.finalizeRun(how));
    }

    private void reportProfile() {
        Profiler p = trainer.options().profiler;
        if (p != null) {
            String report = p.report();
            if (!report.isEmpty()) {
                trainer.print(report);
            }
            p.teardown(stage);
        }
    }

    private void closeSignals() {
        if (signals != null) {
            signals.close();
            signals = null;
        }
    }

    /** Runs something that must not hide the failure that is being handled. */
    private static void guarded(Throwable failure, Runnable body) {
        try {
            body.run();
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }

    /** Runs {@code body} so that it leaves no trace in the random numbers. */
    static void isolatingRandomness(Runnable body) {
        long[] before = Generator.global().state();
        try {
            body.run();
        } finally {
            Generator.global().setState(before);
        }
    }
}
