package dev.levin.trainer;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.LoggerFactory;

/** Checks that a module, its data and the Trainer fit together, before anything heavy starts. */
final class Checks {
    private Checks() {
    }

    private static boolean overrides(LightningModule<?> m, String... names) {
        for (String n : names) {
            if (Hook.isOverridden(m, n, LightningModule.class, DataHooks.class)) {
                return true;
            }
        }
        return false;
    }

    static boolean hasTrainingStep(LightningModule<?> m) {
        return overrides(m, "trainingStep", "trainingStepOutputs");
    }

    static boolean hasStep(Phase phase, LightningModule<?> m) {
        return phase == Phase.TEST ? overrides(m, "testStep", "testStepOutput") : overrides(m, "validationStep", "validationStepOutput");
    }

    /** Hooks of Lightning 1 that got the outputs of a whole epoch: written today they would silently never run. */
    private static void oldHooks(LightningModule<Object> m, String name) {
        Map<String, String> replaced = Map.of("trainingEpochEnd", "onTrainEpochEnd", "validationEpochEnd", "onValidationEpochEnd", "testEpochEnd",
                "onTestEpochEnd");
        for (Class<?> c = m.getClass(); c != LightningModule.class && c != null; c = c.getSuperclass()) {
            for (var method : c.getDeclaredMethods()) {
                String now = replaced.get(method.getName());
                if (now != null && method.getParameterCount() == 1) {
                    throw new UnsupportedOperationException(name + "." + method.getName() + "(outputs) is no hook: outputs of a whole epoch are not kept. "
                            + "Override " + now + "(), and collect what you need in a field in the step");
                }
            }
        }
    }

    static void run(Stage stage, LightningModule<Object> m, DataInput input, TrainerOptions o) {
        String name = m.getClass().getSimpleName();
        oldHooks(m, name);
        switch (stage) {
            case FIT -> fit(m, input, o, name);
            case VALIDATE -> evaluation(Phase.VALIDATE, m, input, name);
            case TEST -> evaluation(Phase.TEST, m, input, name);
            case PREDICT -> {
                if (!overrides(m, "predictStep", "forward")) {
                    throw new MisconfigurationException("predict needs " + name + " to override forward or predictStep");
                }
                data(input.hasEvaluation(Phase.PREDICT, m), "predict", "predictDataloader", name);
            }
        }
    }

    private static void fit(LightningModule<Object> m, DataInput input, TrainerOptions o, String name) {
        for (String needed : new String[] {"trainingStep", "configureOptimizers"}) {
            if (!(needed.equals("trainingStep") ? hasTrainingStep(m) : overrides(m, needed))) {
                throw new MisconfigurationException("fit needs " + name + " to override " + needed + "(); the least a module must have are "
                        + "trainingStep(), configureOptimizers() and a training loader (trainDataloader() or an argument of fit)");
            }
        }
        data(input.hasTraining(m), "fit", "trainDataloader", name);
        boolean loader = input.hasEvaluation(Phase.VALIDATE, m);
        if (loader != hasStep(Phase.VALIDATE, m)) {
            LoggerFactory.getLogger(Trainer.class).warn(loader ? "{} has validation data but no validationStep; validation is skipped"
                    : "{} has a validationStep but no validation data; validation is skipped", name);
        }
        if (!m.automaticOptimization()) {
            if (o.clipValue != null) {
                throw new MisconfigurationException("gradient_clip_val=" + o.clipValue + " has no effect with manual optimization; call clipGradients in "
                        + "trainingStep, or remove the flag");
            }
            if (o.accumulate != 1) {
                throw new MisconfigurationException("accumulate_grad_batches=" + o.accumulate + " has no effect with manual optimization; accumulate in "
                        + "trainingStep, or remove the flag");
            }
        }
    }

    private static void evaluation(Phase phase, LightningModule<Object> m, DataInput input, String name) {
        String step = phase == Phase.TEST ? "testStep" : "validationStep";
        if (!hasStep(phase, m)) {
            throw new MisconfigurationException((phase == Phase.TEST ? "test" : "validate") + " needs " + name + " to override " + step + "()");
        }
        data(input.hasEvaluation(phase, m), phase == Phase.TEST ? "test" : "validate", phase.prefix() + "Dataloader", name);
    }

    private static void data(boolean there, String entry, String hook, String name) {
        if (!there) {
            throw noLoader(entry, hook, "nothing");
        }
    }

    static IllegalArgumentException noLoader(String entry, String hook, String found) {
        return new IllegalArgumentException(entry + " needs an Iterable of batches, but found " + found + "; pass a loader to " + entry
                + "(...), or override " + hook + "() in the module or data module");
    }

    /** @throws IllegalArgumentException if a hook gave no loader */
    static Iterable<?> loader(Iterable<?> loader, String entry, String hook) {
        if (loader == null) {
            throw noLoader(entry, hook, "null");
        }
        return loader;
    }

    /** With several loaders, a step must take the loader's index; with one, it must not ask for it. */
    static void loaderIndex(Phase phase, LightningModule<?> m, int loaders) {
        String step = phase == Phase.TEST ? "testStep" : phase == Phase.PREDICT ? "predictStep" : "validationStep";
        boolean two = overridesWith(m, step, 2);
        boolean three = overridesWith(m, step, 3) || overrides(m, step + "Output");
        if (loaders > 1 && two && !three) {
            throw new IllegalStateException(m.getClass().getSimpleName() + "." + step + "(batch, batchIndex) is run over " + loaders
                    + " loaders, but does not take the loader's index; override " + step + "(batch, batchIndex, loader)");
        }
        if (loaders <= 1 && three && !two && overridesWith(m, step, 3)) {
            throw new IllegalStateException(m.getClass().getSimpleName() + "." + step + "(batch, batchIndex, loader) asks for the loader's index, but there "
                    + "is one loader; override " + step + "(batch, batchIndex)");
        }
    }

    private static boolean overridesWith(LightningModule<?> m, String name, int parameters) {
        for (var method : m.getClass().getMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == parameters && !method.isBridge()
                    && method.getDeclaringClass() != LightningModule.class) {
                return true;
            }
        }
        return false;
    }

    /** @throws IllegalStateException if two callbacks would share a place in checkpoints */
    static void stateKeys(List<Callback> callbacks) {
        Set<String> seen = new HashSet<>();
        for (Callback c : callbacks) {
            if (Hook.STATE_DICT.isOverriddenBy(c) && !seen.add(c.stateKey())) {
                throw new IllegalStateException("two callbacks keep state under the key '" + c.stateKey()
                        + "'; override stateKey() so that they can be told apart, or remove one");
            }
        }
    }
}
