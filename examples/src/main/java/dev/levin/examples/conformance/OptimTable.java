package dev.levin.examples.conformance;

import dev.levin.optim.ASGD;
import dev.levin.optim.Adadelta;
import dev.levin.optim.Adagrad;
import dev.levin.optim.Adam;
import dev.levin.optim.AdamW;
import dev.levin.optim.Adamax;
import dev.levin.optim.ChainedScheduler;
import dev.levin.optim.ConstantLR;
import dev.levin.optim.CosineAnnealingLR;
import dev.levin.optim.CosineAnnealingWarmRestarts;
import dev.levin.optim.CyclicLR;
import dev.levin.optim.ExponentialLR;
import dev.levin.optim.LambdaLR;
import dev.levin.optim.LinearLR;
import dev.levin.optim.Lion;
import dev.levin.optim.MultiStepLR;
import dev.levin.optim.MultiplicativeLR;
import dev.levin.optim.NAdam;
import dev.levin.optim.OneCycleLR;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.PolynomialLR;
import dev.levin.optim.RAdam;
import dev.levin.optim.RMSprop;
import dev.levin.optim.ReduceLROnPlateau;
import dev.levin.optim.Rprop;
import dev.levin.optim.SGD;
import dev.levin.optim.Scheduler;
import dev.levin.optim.SequentialLR;
import dev.levin.optim.StepLR;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongToDoubleFunction;

/** Optimizers and schedulers by PyTorch's names, made from PyTorch's arguments. */
final class OptimTable {
    /** How an optimizer is made. */
    interface MakeOptimizer {
        Optimizer make(List<ParamGroup> groups, Args a);
    }

    /** How a scheduler is made. */
    interface MakeScheduler {
        Scheduler make(Optimizer optimizer, Args a);
    }

    static final Map<String, MakeOptimizer> OPTIMIZERS = optimizers();
    static final Map<String, MakeScheduler> SCHEDULERS = schedulers();

    private OptimTable() {
    }

    private static double at(Args a, String name, int i, double otherwise) {
        return a.list(name) == null ? otherwise : ((Number) a.list(name).get(i)).doubleValue();
    }

    private static double beta1(Args a) {
        return at(a, "betas", 0, 0.9);
    }

    private static double beta2(Args a) {
        return at(a, "betas", 1, 0.999);
    }

    private static Map<String, MakeOptimizer> optimizers() {
        Map<String, MakeOptimizer> m = new TreeMap<>();
        m.put("SGD", (g, a) -> new SGD(g, a.f("lr", 1e-3), a.f("momentum", 0), a.f("dampening", 0), a.f("weight_decay", 0),
                a.flag("nesterov", false), a.flag("maximize", false)));
        m.put("Adam", (g, a) -> new Adam(g, a.f("lr", 1e-3), beta1(a), beta2(a), a.f("eps", 1e-8), a.f("weight_decay", 0),
                a.flag("amsgrad", false), a.flag("maximize", false)));
        m.put("AdamW", (g, a) -> new AdamW(g, a.f("lr", 1e-3), beta1(a), beta2(a), a.f("eps", 1e-8), a.f("weight_decay", 0.01),
                a.flag("amsgrad", false), a.flag("maximize", false)));
        m.put("RMSprop", (g, a) -> new RMSprop(g, a.f("lr", 1e-2), a.f("alpha", 0.99), a.f("eps", 1e-8), a.f("weight_decay", 0),
                a.f("momentum", 0), a.flag("centered", false), a.flag("maximize", false)));
        m.put("Adagrad", (g, a) -> new Adagrad(g, a.f("lr", 1e-2), a.f("lr_decay", 0), a.f("weight_decay", 0),
                a.f("initial_accumulator_value", 0), a.f("eps", 1e-10), a.flag("maximize", false)));
        m.put("Adadelta", (g, a) -> new Adadelta(g, a.f("lr", 1), a.f("rho", 0.9), a.f("eps", 1e-6), a.f("weight_decay", 0),
                a.flag("maximize", false)));
        m.put("Adamax", (g, a) -> new Adamax(g, a.f("lr", 2e-3), beta1(a), beta2(a), a.f("eps", 1e-8), a.f("weight_decay", 0),
                a.flag("maximize", false)));
        m.put("NAdam", (g, a) -> new NAdam(g, a.f("lr", 2e-3), beta1(a), beta2(a), a.f("eps", 1e-8), a.f("weight_decay", 0),
                a.f("momentum_decay", 4e-3), a.flag("decoupled_weight_decay", false), a.flag("maximize", false)));
        m.put("RAdam", (g, a) -> new RAdam(g, a.f("lr", 1e-3), beta1(a), beta2(a), a.f("eps", 1e-8), a.f("weight_decay", 0),
                a.flag("decoupled_weight_decay", false), a.flag("maximize", false)));
        m.put("ASGD", (g, a) -> new ASGD(g, a.f("lr", 1e-2), a.f("lambd", 1e-4), a.f("alpha", 0.75), a.f("t0", 1e6),
                a.f("weight_decay", 0), a.flag("maximize", false)));
        m.put("Rprop", (g, a) -> new Rprop(g, a.f("lr", 1e-2), at(a, "etas", 0, 0.5), at(a, "etas", 1, 1.2),
                at(a, "step_sizes", 0, 1e-6), at(a, "step_sizes", 1, 50), a.flag("maximize", false)));
        m.put("Lion", (g, a) -> new Lion(g, a.f("lr", 1e-4), beta1(a), at(a, "betas", 1, 0.99), a.f("weight_decay", 0)));
        return Collections.unmodifiableMap(m);
    }

    private static Map<String, MakeScheduler> schedulers() {
        Map<String, MakeScheduler> m = new TreeMap<>();
        m.put("StepLR", (o, a) -> new StepLR(o, a.i("step_size", 1), a.f("gamma", 0.1)));
        m.put("MultiStepLR", (o, a) -> new MultiStepLR(o, a.ints("milestones"), a.f("gamma", 0.1)));
        m.put("ExponentialLR", (o, a) -> new ExponentialLR(o, a.f("gamma", 0.1)));
        m.put("CosineAnnealingLR", (o, a) -> new CosineAnnealingLR(o, a.i("T_max", 1), a.f("eta_min", 0)));
        m.put("CosineAnnealingWarmRestarts", (o, a) -> new CosineAnnealingWarmRestarts(o, a.i("T_0", 1), a.i("T_mult", 1), a.f("eta_min", 0)));
        m.put("OneCycleLR", OptimTable::oneCycle);
        m.put("CyclicLR", (o, a) -> {
            int up = a.i("step_size_up", 2000);
            return new CyclicLR(o, perGroup(o, a, "base_lr", 0), perGroup(o, a, "max_lr", 1), new CyclicLR.Options(up, a.i("step_size_down", up),
                    CyclicLR.Mode.valueOf(a.text("mode", "triangular").toUpperCase(Locale.ROOT)), a.f("gamma", 1),
                    a.flag("cycle_momentum", true), a.f("base_momentum", 0.8), a.f("max_momentum", 0.9)));
        });
        m.put("LinearLR", (o, a) -> new LinearLR(o, a.f("start_factor", 1.0 / 3), a.f("end_factor", 1), a.i("total_iters", 5)));
        m.put("ConstantLR", (o, a) -> new ConstantLR(o, a.f("factor", 1.0 / 3), a.i("total_iters", 5)));
        m.put("PolynomialLR", (o, a) -> new PolynomialLR(o, a.i("total_iters", 5), a.f("power", 1)));
        m.put("LambdaLR", (o, a) -> new LambdaLR(o, lambdas(a, o)));
        m.put("MultiplicativeLR", (o, a) -> new MultiplicativeLR(o, lambdas(a, o)));
        m.put("SequentialLR", (o, a) -> new SequentialLR(o, nested(o, a), a.ints("milestones")));
        m.put("ChainedScheduler", (o, a) -> new ChainedScheduler(nested(o, a)));
        m.put("ReduceLROnPlateau", (o, a) -> new ReduceLROnPlateau(o, new ReduceLROnPlateau.Options(a.text("mode", "min").equals("max"),
                a.f("factor", 0.1), a.i("patience", 10), a.f("threshold", 1e-4), a.text("threshold_mode", "rel").equals("abs"),
                a.i("cooldown", 0), 0, a.f("eps", 1e-8)), perGroup(o, a, "min_lr", 0)));
        return Collections.unmodifiableMap(m);
    }

    /** A list, or one number for all groups. */
    private static List<Double> perGroup(Optimizer o, Args a, String name, double otherwise) {
        return a.list(name) == null ? Collections.nCopies(o.paramGroups().size(), a.f(name, otherwise))
                : a.list(name).stream().map(v -> ((Number) v).doubleValue()).toList();
    }

    private static Scheduler oneCycle(Optimizer o, Args a) {
        List<Double> max = new ArrayList<>();
        for (int i = 0; i < o.paramGroups().size(); i++) {
            max.add(at(a, "max_lr", i, a.list("max_lr") == null ? a.f("max_lr", 1) : 0));
        }
        int steps = a.i("total_steps", a.i("epochs", 1) * a.i("steps_per_epoch", 1));
        return new OneCycleLR(o, max, steps, new OneCycleLR.Options(a.f("pct_start", 0.3),
                a.text("anneal_strategy", "cos").equals("linear") ? OneCycleLR.Anneal.LINEAR : OneCycleLR.Anneal.COS,
                a.flag("cycle_momentum", true), a.f("base_momentum", 0.85), a.f("max_momentum", 0.95), a.f("div_factor", 25),
                a.f("final_div_factor", 1e4), a.flag("three_phase", false)));
    }

    private static List<LongToDoubleFunction> lambdas(Args a, Optimizer o) {
        if (a.list("lr_lambda") == null) {
            return Collections.nCopies(o.paramGroups().size(), Formula.of(a.text("lr_lambda", "1")));
        }
        return a.list("lr_lambda").stream().map(s -> Formula.of(s.toString())).toList();
    }

    /** The schedulers inside another one, in order. */
    private static List<Scheduler> nested(Optimizer o, Args a) {
        List<Scheduler> list = new ArrayList<>();
        for (Object s : a.list("schedulers")) {
            Map<?, ?> spec = (Map<?, ?>) s;
            list.add(SCHEDULERS.get((String) spec.get("type")).make(o, Args.of((Map<?, ?>) spec.get("kwargs"))));
        }
        return list;
    }
}
