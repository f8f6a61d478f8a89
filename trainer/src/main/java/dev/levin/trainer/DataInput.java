package dev.levin.trainer;

import dev.levin.data.Loader;
import org.slf4j.LoggerFactory;

/**
 * Where the batches of a run come from: loaders given to the entry point, else the data module, else the module's hooks.
 *
 * @param data may be null
 * @param train given to fit; may be null
 * @param eval given for validation, test or prediction; null for none given
 */
record DataInput(DataModule<Object> data, Iterable<?> train, Loaders<Object> eval) {
    static final DataInput HOOKS = new DataInput(null, null, null);

    private static boolean overrides(Object owner, String name, Class<?> base) {
        return owner != null && Hook.isOverridden(owner, name, DataHooks.class, base);
    }

    /** The training loader; null if there is none. */
    Iterable<?> training(LightningModule<Object> module, HookRunner hooks, boolean sequential) {
        Iterable<?> loader = train != null ? train
                : overrides(data, "trainDataloader", DataModule.class) ? hooks.call(Hook.TRAIN_DATALOADER, data::trainDataloader)
                : hooks.call(Hook.TRAIN_DATALOADER, module::trainDataloader);
        return sequential ? unshuffled(loader, "training") : loader;
    }

    boolean hasTraining(LightningModule<Object> module) {
        return train != null || overrides(data, "trainDataloader", DataModule.class) || overrides(module, "trainDataloader", LightningModule.class);
    }

    boolean hasEvaluation(Phase phase, LightningModule<Object> module) {
        String one = phase.prefix() + "Dataloader";
        return eval != null || overrides(data, one, DataModule.class) || overrides(data, one + "s", DataModule.class)
                || overrides(module, one, LightningModule.class) || overrides(module, one + "s", LightningModule.class);
    }

    Loaders<Object> evaluation(Phase phase, LightningModule<Object> module, HookRunner hooks) {
        if (eval != null) {
            return eval;
        }
        String one = phase.prefix() + "Dataloader";
        DataHooks<Object> owner = overrides(data, one, DataModule.class) || overrides(data, one + "s", DataModule.class) ? data : module;
        return switch (phase) {
            case TEST -> hooks.call(Hook.TEST_DATALOADER, owner::testDataloaders);
            case PREDICT -> hooks.call(Hook.PREDICT_DATALOADER, owner::predictDataloaders);
            default -> hooks.call(Hook.VAL_DATALOADER, owner::valDataloaders);
        };
    }

    static Iterable<?> unshuffled(Iterable<?> loader, String what) {
        if (loader instanceof Loader<?> l && l.isShuffled()) {
            LoggerFactory.getLogger(Trainer.class).warn("overfit_batches: the {} loader is read in a fixed order instead of shuffled", what);
            return l.unshuffled();
        }
        return loader;
    }
}
