package dev.levin.optim;

import dev.levin.tensor.Engine;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Limited-memory BFGS (Nocedal and Wright, algorithm 7.4). One {@link #step(Supplier)} makes several iterations, each of
 * which calls the closure; the direction is computed on the host in double precision.
 */
public final class LBFGS extends Optimizer {
    private static final double MIN_CURVATURE = 1e-10;

    private final int maxIter;
    private final int maxEval;
    private final double toleranceGrad;
    private final double toleranceChange;
    private final int historySize;
    private final boolean strongWolfe;

    private record Pair(double[] y, double[] s, double rho) {
    }

    private final Deque<Pair> history = new ArrayDeque<>();
    private double[] direction;
    private double[] previousGradient;
    private double step;
    private double scale = 1;
    private long iterations;
    private long evaluations;

    public LBFGS(List<Parameter> parameters, double lr) {
        this(parameters, lr, 20, 25, 1e-7, 1e-9, 100, false);
    }

    /** @param strongWolfe search along each direction for a step with the strong Wolfe conditions */
    public LBFGS(List<Parameter> parameters, double lr, int maxIter, int maxEval, double toleranceGrad, double toleranceChange,
            int historySize, boolean strongWolfe) {
        super(List.of(ParamGroup.of(parameters)), Options.of("lr", lr));
        this.maxIter = maxIter;
        this.maxEval = maxEval;
        this.toleranceGrad = toleranceGrad;
        this.toleranceChange = toleranceChange;
        this.historySize = historySize;
        this.strongWolfe = strongWolfe;
    }

    /** Calls of the closure so far. */
    public long evaluations() {
        return evaluations;
    }

    /** Iterations so far, over all steps. */
    public long iterations() {
        return iterations;
    }

    @Override
    public void step() {
        throw new IllegalStateException("LBFGS evaluates the loss several times a step: call step(closure), the closure clearing "
                + "gradients, computing the loss and running backward");
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        throw new AssertionError("LBFGS updates all parameters together");
    }

    @Override
    public Tensor step(Supplier<Tensor> closure) {
        Tensor first = evaluate(closure);
        double loss = first.item();
        double[] gradient = gradient();
        int evals = 1;
        if (max(gradient) <= toleranceGrad) {
            return first;
        }
        for (int n = 1; n <= maxIter; n++) {
            iterations++;
            updateDirection(gradient);
            previousGradient = gradient;
            double lossBefore = loss;
            double lr = paramGroups().getFirst().lr();
            step = iterations == 1 ? Math.min(1, 1 / sumAbs(gradient)) * lr : lr;
            double slope = dot(gradient, direction);
            if (slope > -toleranceChange) {
                break;
            }
            if (strongWolfe) {
                double[] origin = values();
                LineSearch search = new LineSearch(t -> at(closure, origin, t), new LineSearch.Point(0, loss, gradient, slope),
                        max(direction), toleranceChange);
                LineSearch.Point found = search.search(step);
                step = found.t();
                loss = found.loss();
                gradient = found.gradient();
                evals += search.evaluations();
                set(origin, step);
            } else {
                set(values(), step);
                if (n != maxIter) {
                    loss = evaluate(closure).item();
                    gradient = gradient();
                    evals++;
                }
            }
            if (n == maxIter || evals >= maxEval || max(gradient) <= toleranceGrad || max(direction) * step <= toleranceChange
                    || Math.abs(loss - lossBefore) < toleranceChange) {
                break;
            }
        }
        Engine.flushOutsideStep();
        return first;
    }

    private Tensor evaluate(Supplier<Tensor> closure) {
        evaluations++;
        try (Grad _ = Grad.on()) {
            return closure.get().keep();
        }
    }

    private LineSearch.Point at(Supplier<Tensor> closure, double[] origin, double t) {
        set(origin, t);
        double loss = evaluate(closure).item();
        double[] g = gradient();
        return new LineSearch.Point(t, loss, g, dot(g, direction));
    }

    /** The two-loop recursion, after the last step has entered the history. */
    private void updateDirection(double[] gradient) {
        int n = gradient.length;
        if (iterations == 1) {
            history.clear();
            scale = 1;
        } else {
            double[] y = new double[n];
            double[] s = new double[n];
            for (int i = 0; i < n; i++) {
                y[i] = gradient[i] - previousGradient[i];
                s[i] = direction[i] * step;
            }
            double ys = dot(y, s);
            if (ys > MIN_CURVATURE) {
                if (history.size() == historySize) {
                    history.removeFirst();
                }
                history.addLast(new Pair(y, s, 1 / ys));
                scale = ys / dot(y, y);
            }
        }
        double[] q = new double[n];
        for (int i = 0; i < n; i++) {
            q[i] = -gradient[i];
        }
        Map<Pair, Double> alphas = new IdentityHashMap<>();
        history.descendingIterator().forEachRemaining(p -> {
            double alpha = dot(p.s, q) * p.rho;
            alphas.put(p, alpha);
            addScaled(q, p.y, -alpha);
        });
        for (int i = 0; i < n; i++) {
            q[i] *= scale;
        }
        for (Pair p : history) {
            addScaled(q, p.s, alphas.get(p) - dot(p.y, q) * p.rho);
        }
        direction = q;
    }

    private List<Parameter> parameters() {
        return paramGroups().getFirst().parameters();
    }

    private double[] gradient() {
        List<double[]> parts = new ArrayList<>();
        for (Parameter p : parameters()) {
            parts.add(p.grad() == null ? new double[(int) p.numel()] : p.grad().toDoubles());
        }
        return join(parts);
    }

    private double[] values() {
        return join(parameters().stream().map(Parameter::toDoubles).toList());
    }

    private static double[] join(List<double[]> parts) {
        double[] all = new double[parts.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (double[] p : parts) {
            System.arraycopy(p, 0, all, at, p.length);
            at += p.length;
        }
        return all;
    }

    /** Parameters := origin + t * direction. */
    private void set(double[] origin, double t) {
        int at = 0;
        for (Parameter p : parameters()) {
            HostArray h = HostArray.allocate(p.dtype(), p.numel());
            for (int i = 0; i < h.length(); i++, at++) {
                h.setDouble(i, origin[at] + t * direction[at]);
            }
            p.set(Tensor.of(h, p.shape()));
        }
        Engine.flushOutsideStep();
    }

    private static double dot(double[] a, double[] b) {
        double s = 0;
        for (int i = 0; i < a.length; i++) {
            s += a[i] * b[i];
        }
        return s;
    }

    private static void addScaled(double[] target, double[] v, double factor) {
        for (int i = 0; i < target.length; i++) {
            target[i] += factor * v[i];
        }
    }

    private static double max(double[] v) {
        double m = 0;
        for (double x : v) {
            m = Math.max(m, Math.abs(x));
        }
        return m;
    }

    private static double sumAbs(double[] v) {
        double s = 0;
        for (double x : v) {
            s += Math.abs(x);
        }
        return s;
    }

    @Override
    protected Map<String, Object> extraState() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("n_iter", iterations);
        m.put("func_evals", evaluations);
        if (direction != null) {
            m.put("t", step);
            m.put("H_diag", scale);
            m.put("d", Tensor.of(direction));
            m.put("prev_flat_grad", Tensor.of(previousGradient));
            m.put("old_dirs", history.stream().map(p -> (Object) Tensor.of(p.y)).toList());
            m.put("old_stps", history.stream().map(p -> (Object) Tensor.of(p.s)).toList());
        }
        return Map.of("lbfgs", m);
    }

    @Override
    @SuppressWarnings("unchecked")
    protected void loadExtraState(Map<String, Object> saved) {
        Map<String, Object> m = (Map<String, Object>) saved.get("lbfgs");
        iterations = ((Number) m.get("n_iter")).longValue();
        evaluations = ((Number) m.get("func_evals")).longValue();
        history.clear();
        if (m.containsKey("d")) {
            step = ((Number) m.get("t")).doubleValue();
            scale = ((Number) m.get("H_diag")).doubleValue();
            direction = ((Tensor) m.get("d")).to(DType.F64).toDoubles();
            previousGradient = ((Tensor) m.get("prev_flat_grad")).to(DType.F64).toDoubles();
            List<Tensor> ys = (List<Tensor>) m.get("old_dirs");
            List<Tensor> ss = (List<Tensor>) m.get("old_stps");
            for (int i = 0; i < ys.size(); i++) {
                double[] y = ys.get(i).toDoubles();
                double[] s = ss.get(i).toDoubles();
                history.addLast(new Pair(y, s, 1 / dot(y, s)));
            }
        }
    }
}
