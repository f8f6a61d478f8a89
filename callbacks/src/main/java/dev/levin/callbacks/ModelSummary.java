package dev.levin.callbacks;

import dev.levin.precision.Precision;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.SummaryPrinter;
import dev.levin.trainer.Trainer;

/**
 * Prints the layers of a model when fit starts: name, type, parameters and mode; with an
 * {@link LightningModule#exampleInput()} also the shapes that go in and come out, and the floating point operations.
 *
 * <p>Shapes and operations are read off the recorded computation; nothing is run for them. A layer that is not run through
 * {@code call} shows {@code ?} for its shapes.
 */
public final class ModelSummary implements SummaryPrinter {
    private final int maxDepth;

    /** Shows the modules that belong directly to the model. */
    public ModelSummary() {
        this(1);
    }

    /**
     * @param maxDepth levels of modules to show; -1 for all, 0 prints nothing
     */
    public ModelSummary(int maxDepth) {
        this.maxDepth = checked(maxDepth);
    }

    private static int checked(int depth) {
        if (depth < -1) {
            throw new IllegalArgumentException("max_depth can be -1 (all levels), 0 (off) or a number of levels, got " + depth);
        }
        return depth;
    }

    /**
     * The table of a model outside of any run.
     *
     * @param maxDepth levels to show; -1 for all, 0 for the totals only
     */
    public static String of(LightningModule<?> model, int maxDepth) {
        return new SummaryTable(model, checked(maxDepth), Precision.of("32-true")).toString();
    }

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        if (maxDepth != 0 && trainer.isGlobalZero()) {
            trainer.print(new SummaryTable(module, maxDepth, trainer.precision()).toString());
        }
    }
}
