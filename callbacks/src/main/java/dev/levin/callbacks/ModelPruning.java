package dev.levin.callbacks;

import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.slf4j.LoggerFactory;

/**
 * Sets the least important weights to zero at the end of epochs, and keeps them there. Each pruning takes its amount of the
 * weights that are left. What is pruned is zero in the model itself, so that checkpoints and exports need nothing more.
 *
 * <p>{@link #l1} and {@link #random} choose single weights, {@link #lnStructured} and {@link #randomStructured} whole slices
 * of an axis.
 */
public final class ModelPruning implements Callback {
    /** Importance of the elements of a parameter; the lowest go first. */
    @FunctionalInterface
    public interface Score {
        double[] of(float[] values);
    }

    private final String name;
    private final Score score;
    /** Axis whose slices are pruned; -1 for single weights. */
    private final int axis;
    private final double norm;
    private final IntToDoubleFunction amount;
    private BiPredicate<String, Parameter> parameters = (n, p) -> p.dim() > 1;
    private IntPredicate when = epoch -> true;
    private IntPredicate lottery = epoch -> false;
    private boolean global = true;
    private boolean atTrainEpochEnd = true;
    private boolean verbose;

    private final Map<String, Tensor> masks = new LinkedHashMap<>();
    private final Map<String, float[]> originals = new LinkedHashMap<>();

    private ModelPruning(String name, Score score, int axis, double norm, IntToDoubleFunction amount) {
        this.name = name;
        this.score = score;
        this.axis = axis;
        this.norm = norm;
        this.amount = amount;
    }

    private static IntToDoubleFunction checked(double amount) {
        if (!(amount >= 0) || amount > 1 && amount != Math.rint(amount)) {
            throw new MisconfigurationException("the amount to prune is a fraction from 0 to 1 or a whole number of weights, got " + amount);
        }
        return epoch -> amount;
    }

    /** The smallest absolute values. {@code amount}: a fraction up to 1, or a number of weights above. */
    public static ModelPruning l1(double amount) {
        return l1(checked(amount));
    }

    /** The smallest absolute values, by an amount that depends on the epoch. */
    public static ModelPruning l1(IntToDoubleFunction amount) {
        return custom("l1_unstructured", ModelPruning::magnitude, amount);
    }

    /** Any weights. */
    public static ModelPruning random(double amount) {
        return custom("random_unstructured", ModelPruning::chance, checked(amount));
    }

    /** Slices of an axis with the smallest norm; each parameter by itself. */
    public static ModelPruning lnStructured(double amount, int axis, double norm) {
        if (!(norm > 0)) {
            throw new MisconfigurationException("ln_structured needs a norm above 0, such as 1 or 2, got " + norm);
        }
        return new ModelPruning("ln_structured", null, axisOf(axis), norm, checked(amount));
    }

    /** Any slices of an axis; each parameter by itself. */
    public static ModelPruning randomStructured(double amount, int axis) {
        return new ModelPruning("random_structured", null, axisOf(axis), 0, checked(amount));
    }

    /** Weights by a score of one's own. */
    public static ModelPruning custom(String name, Score score, IntToDoubleFunction amount) {
        return new ModelPruning(name, score, -1, 0, amount);
    }

    private static int axisOf(int axis) {
        if (axis < 0) {
            throw new MisconfigurationException("structured pruning needs the axis of its slices, 0 or more, got " + axis);
        }
        return axis;
    }

    private static double[] magnitude(float[] v) {
        return IntStream.range(0, v.length).mapToDouble(i -> Math.abs(v[i])).toArray();
    }

    private static double[] chance(float[] v) {
        return Tensor.rand(v.length).toDoubles();
    }

    /** Which parameters are pruned; by default those with more than one axis. */
    public ModelPruning parameters(BiPredicate<String, Parameter> wanted) {
        parameters = wanted;
        return this;
    }

    /** Whether parameters are pruned together (the default) or the same amount of each; slices always by parameter. */
    public ModelPruning global(boolean on) {
        global = on;
        return this;
    }

    /** Epochs at whose end is pruned; all by default. */
    public ModelPruning when(IntPredicate epoch) {
        when = epoch;
        return this;
    }

    /** Epochs after whose pruning the weights that are left go back to where they started (Frankle and Carbin 2018). */
    public ModelPruning lotteryTicket(IntPredicate epoch) {
        lottery = epoch;
        return this;
    }

    /** False prunes at the end of validation runs instead of training epochs. */
    public ModelPruning onTrainEpochEnd(boolean on) {
        atTrainEpochEnd = on;
        return this;
    }

    /** Reports how sparse the model is after each pruning. */
    public ModelPruning verbose(boolean on) {
        verbose = on;
        return this;
    }

    /** Share of zeros by pruning among the weights that may be pruned; 0 before the first. */
    public double sparsity() {
        double all = masks.values().stream().mapToDouble(Tensor::numel).sum();
        double left = masks.values().stream().mapToDouble(m -> m.sum().item()).sum();
        return all == 0 ? 0 : 1 - left / all;
    }

    // ---- the run ------------------------------------------------------------------------------------------------------------

    private Map<String, Parameter> targets(LightningModule<?> module) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        module.namedParameters().forEach((n, p) -> {
            if (parameters.test(n, p)) {
                found.put(n, p);
            }
        });
        return found;
    }

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        Map<String, Parameter> targets = targets(module);
        if (targets.isEmpty()) {
            throw new MisconfigurationException("ModelPruning finds no parameter to prune; there are " + module.namedParameters().keySet()
                    + ". Choose with parameters((name, parameter) -> ...)");
        }
        targets.forEach((n, p) -> {
            if (axis >= p.dim()) {
                throw new MisconfigurationException("ModelPruning prunes slices of axis " + axis + ", which " + n + " of shape " + p.shape() + " does not have");
            }
            originals.putIfAbsent(n, p.toFloats().clone());
        });
        apply(targets);
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        if (!masks.isEmpty()) {
            apply(targets(module));
        }
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (atTrainEpochEnd) {
            prune(module, trainer.currentEpoch());
        }
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        if (!atTrainEpochEnd && trainer.stage() == Stage.FIT && !trainer.isSanityChecking()) {
            prune(module, trainer.currentEpoch());
        }
    }

    private void prune(LightningModule<?> module, int epoch) {
        double share = amount.applyAsDouble(epoch);
        if (!when.test(epoch) || share == 0) {
            return;
        }
        Map<String, Parameter> targets = targets(module);
        List<String> names = new ArrayList<>(targets.keySet());
        if (axis >= 0) {
            names.forEach(n -> slices(n, targets.get(n), share));
        } else if (global) {
            weights(names, targets, share);
        } else {
            names.forEach(n -> weights(List.of(n), targets, share));
        }
        if (lottery.test(epoch)) {
            targets.forEach((n, p) -> p.set(Tensor.of(originals.get(n).clone(), p.shape().dims()).to(p.dtype())));
        }
        apply(targets);
        if (verbose) {
            LoggerFactory.getLogger(ModelPruning.class).info("{} in epoch {}: {} % of the weights are pruned", name, epoch, Math.round(sparsity() * 1000) / 10.0);
        }
    }

    private float[] mask(String n, Parameter p) {
        float[] all = new float[(int) p.numel()];
        Arrays.fill(all, 1);
        return masks.containsKey(n) ? masks.get(n).toFloats().clone() : all;
    }

    private record Place(int parameter, int index, double score) {}

    private void weights(List<String> names, Map<String, Parameter> targets, double share) {
        List<float[]> newMasks = new ArrayList<>();
        List<Place> left = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Parameter p = targets.get(names.get(i));
            float[] m = mask(names.get(i), p);
            double[] scores = score.of(p.toFloats());
            newMasks.add(m);
            for (int j = 0; j < m.length; j++) {
                if (m[j] != 0) {
                    left.add(new Place(i, j, scores[j]));
                }
            }
        }
        left.sort(Comparator.comparingDouble(Place::score));
        int n = number(share, left.size());
        left.subList(0, n).forEach(x -> newMasks.get(x.parameter)[x.index] = 0);
        for (int i = 0; i < names.size(); i++) {
            masks.put(names.get(i), Tensor.of(newMasks.get(i), targets.get(names.get(i)).shape().dims()));
        }
    }

    private static int number(double share, int of) {
        return Math.min(of, share <= 1 ? (int) Math.rint(share * of) : (int) share);
    }

    private void slices(String n, Parameter p, double share) {
        int[] dims = p.shape().dims();
        int inner = Arrays.stream(dims).skip(axis + 1L).reduce(1, (a, b) -> a * b);
        float[] m = mask(n, p);
        float[] v = p.toFloats();
        double[] sums = new double[dims[axis]];
        boolean[] alive = new boolean[dims[axis]];
        for (int i = 0; i < m.length; i++) {
            int slice = i / inner % dims[axis];
            sums[slice] += Math.pow(Math.abs(v[i]), norm);
            alive[slice] |= m[i] != 0;
        }
        double[] importance = norm > 0 ? sums : Tensor.rand(sums.length).toDoubles();
        List<Integer> order = IntStream.range(0, sums.length).filter(i -> alive[i]).boxed().sorted(Comparator.comparingDouble(i -> importance[i])).toList();
        List<Integer> gone = order.subList(0, number(share, order.size()));
        for (int i = 0; i < m.length; i++) {
            if (gone.contains(i / inner % dims[axis])) {
                m[i] = 0;
            }
        }
        masks.put(n, Tensor.of(m, dims));
    }

    /** One compiled step. */
    private void apply(Map<String, Parameter> targets) {
        if (masks.isEmpty()) {
            return;
        }
        try (Grad _ = Grad.off()) {
            Step.run("prune", () -> targets.forEach((n, p) -> {
                Tensor m = masks.get(n);
                if (m != null) {
                    p.set(p.mul(m.to(p.device()).to(p.dtype())));
                }
            }));
        }
    }

    // ---- state --------------------------------------------------------------------------------------------------------------

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("masks", new LinkedHashMap<>(masks));
        Map<String, Object> starts = new LinkedHashMap<>();
        originals.forEach((n, v) -> starts.put(n, Tensor.of(v.clone(), v.length)));
        m.put("originals", starts);
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        masks.clear();
        originals.clear();
        ((Map<?, ?>) state.get("masks")).forEach((n, m) -> masks.put((String) n, (Tensor) m));
        ((Map<?, ?>) state.get("originals")).forEach((n, v) -> originals.put((String) n, ((Tensor) v).toFloats().clone()));
    }
}
