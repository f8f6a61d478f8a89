package dev.levin.plan;

import java.util.Locale;

/**
 * Which passes run and which checks are on; part of what a plan depends on. Every pass can be turned off to find the
 * one that breaks a program.
 *
 * @param fuse how far kernels are merged
 * @param normalise common subexpressions, constant folding and identities
 * @param library bias and activation inside matrix products and convolutions
 * @param inPlace variables are updated in their own memory where every reader allows it; parts of a concatenation are stored in the whole
 * @param arena intermediates share memory by lifetime; off: each has its own range
 * @param remat cheap values are computed again instead of stored
 * @param multi equal kernels over different tensors run as one launch
 * @param layout convolution chains keep the library's blocked layouts
 * @param async runs happen on the submission thread
 * @param poison the arena is filled with NaN patterns before every run
 * @param checkNan every launch's results are searched for NaN
 * @param compare every run is repeated by the reference backend and compared
 */
public record PlanOptions(Fuse fuse, boolean normalise, boolean library, boolean inPlace, boolean arena, boolean remat,
        boolean multi, boolean layout, boolean async, boolean poison, boolean checkNan, boolean compare) {

    /** How far the grouper goes: one kernel an instruction, chains of scalar functions, or reductions too. */
    public enum Fuse { NONE, POINTWISE, ALL }

    public static final PlanOptions DEFAULT = new PlanOptions(Fuse.ALL, true, true, true, true, true, true, true, true,
            false, false, false);

    /** One kernel an instruction, no pass: the slow path that the others are compared with. */
    public static final PlanOptions UNFUSED = new PlanOptions(Fuse.NONE, false, false, false, false, false, false, false,
            false, false, false, false);

    /**
     * Reads {@code levin.fuse=none|pointwise|all} and {@code levin.normalise, library, inplace, arena, remat, multi,
     * layout, async, poison, nan, compare = true|false} from the system properties.
     */
    public static PlanOptions fromSystemProperties() {
        PlanOptions d = DEFAULT;
        String fuse = System.getProperty("levin.fuse", "all").toUpperCase(Locale.ROOT);
        Fuse level;
        try {
            level = Fuse.valueOf(fuse);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("levin.fuse=" + fuse.toLowerCase(Locale.ROOT)
                    + " is not a fusion level; use none, pointwise or all", e);
        }
        return new PlanOptions(level, flag("normalise", d.normalise), flag("library", d.library), flag("inplace", d.inPlace),
                flag("arena", d.arena), flag("remat", d.remat), flag("multi", d.multi), flag("layout", d.layout),
                flag("async", d.async), flag("poison", d.poison), flag("nan", d.checkNan), flag("compare", d.compare));
    }

    private static boolean flag(String name, boolean otherwise) {
        String v = System.getProperty("levin." + name);
        if (v == null) {
            return otherwise;
        }
        if (!v.equals("true") && !v.equals("false")) {
            throw new IllegalArgumentException("levin." + name + "=" + v + " must be true or false");
        }
        return v.equals("true");
    }

    public PlanOptions withFuse(Fuse level) {
        return new PlanOptions(level, normalise, library, inPlace, arena, remat, multi, layout, async, poison, checkNan, compare);
    }

    public PlanOptions withInPlace(boolean on) {
        return new PlanOptions(fuse, normalise, library, on, arena, remat, multi, layout, async, poison, checkNan, compare);
    }

    public PlanOptions withRemat(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, on, multi, layout, async, poison, checkNan, compare);
    }

    public PlanOptions withMulti(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, remat, on, layout, async, poison, checkNan, compare);
    }

    public PlanOptions withLibrary(boolean on) {
        return new PlanOptions(fuse, normalise, on, inPlace, arena, remat, multi, layout, async, poison, checkNan, compare);
    }

    public PlanOptions withLayout(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, remat, multi, on, async, poison, checkNan, compare);
    }

    public PlanOptions withAsync(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, remat, multi, layout, on, poison, checkNan, compare);
    }

    public PlanOptions withPoison(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, remat, multi, layout, async, on, checkNan, compare);
    }

    public PlanOptions withCheckNan(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, remat, multi, layout, async, poison, on, compare);
    }

    public PlanOptions withCompare(boolean on) {
        return new PlanOptions(fuse, normalise, library, inPlace, arena, remat, multi, layout, async, poison, checkNan, on);
    }
}
