package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.optim.CosineAnnealingWarmRestarts;
import dev.levin.optim.LBFGS;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.SGD;
import dev.levin.optim.Scheduler;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Follows trajectories of optimizers (given gradients, parameters after every step) and of learning-rate schedules. */
public final class OptimConformance {
    private final JsonNode json;
    private final double rtol;
    private final double atol;

    private OptimConformance(JsonNode json) {
        this.json = json;
        rtol = json.at("/tol/rtol").doubleValue();
        atol = json.at("/tol/atol").doubleValue();
    }

    /**
     * @param source a file of cases, or a folder of such files ({@code .json}, {@code .json.gz})
     * @throws IOException if it can't be read
     */
    public static Report run(Path source) throws IOException {
        List<Verdict> verdicts = new ArrayList<>();
        for (JsonNode file : CorpusFiles.read(source)) {
            for (JsonNode json : file.path("cases")) {
                verdicts.add(new OptimConformance(json).judge());
            }
        }
        if (verdicts.isEmpty()) {
            throw new IllegalArgumentException(source + " holds no optimizer cases: {\"cases\": [...]} is missing or empty");
        }
        return new Report(verdicts);
    }

    private Verdict judge() {
        String id = json.path("id").asText("?");
        String scheduler = json.at("/scheduler/type").asText("");
        String name = scheduler.isEmpty() ? json.path("optimizer").asText() : scheduler;
        boolean lbfgs = json.has("function");
        boolean known = lbfgs || (scheduler.isEmpty() ? OptimTable.OPTIMIZERS : OptimTable.SCHEDULERS).containsKey(name);
        if (!known) {
            return new Verdict(id, name, Verdict.Outcome.NOT_SUPPORTED, name, List.of());
        }
        String difference;
        try {
            difference = lbfgs ? lbfgs() : scheduler.isEmpty() ? optimizer(name) : scheduler(name);
        } catch (RuntimeException e) {
            difference = e.toString();
        }
        return new Verdict(id, name, difference == null ? Verdict.Outcome.PASSED : Verdict.Outcome.FAILED,
                difference == null ? "" : difference, List.of());
    }

    // ---- optimizers ---------------------------------------------------------------------------------------------------

    private String optimizer(String name) {
        List<Parameter> parameters = new ArrayList<>();
        json.get("params0").forEach(p -> parameters.add(new Parameter("p" + parameters.size(), CorpusTensors.read(p))));
        Optimizer optimizer = OptimTable.OPTIMIZERS.get(name).make(groups(parameters), Args.of(json.path("kwargs")));
        for (int step = 0; step < json.get("trajectory").size(); step++) {
            JsonNode grads = json.get("grads").get(step);
            for (int i = 0; i < parameters.size(); i++) {
                Parameter p = parameters.get(i);
                p.setGrad(grads.get(i).isNull() ? null : tensor(grads.get(i), p));
            }
            Step.run(json.path("id").asText("case"), () -> optimizer.step());
            for (int i = 0; i < parameters.size(); i++) {
                String d = difference(parameters.get(i).toDoubles(), json.get("trajectory").get(step).get(i));
                if (d != null) {
                    return "step " + (step + 1) + ", parameter " + i + d;
                }
            }
        }
        return null;
    }

    /** One group for all, or with overrides one for each parameter. */
    private List<ParamGroup> groups(List<Parameter> parameters) {
        if (!json.has("groups")) {
            return List.of(ParamGroup.of(parameters));
        }
        List<ParamGroup> groups = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            ParamGroup g = ParamGroup.of(List.of(parameters.get(i)));
            json.get("groups").get(i).properties().forEach(e -> override(g, e.getKey(), e.getValue()));
            groups.add(g);
        }
        return groups;
    }

    private static void override(ParamGroup g, String name, JsonNode value) {
        List<String> names = switch (name) {
            case "betas" -> List.of("beta1", "beta2");
            case "etas" -> List.of("eta_minus", "eta_plus");
            case "step_sizes" -> List.of("step_min", "step_max");
            default -> List.of(name);
        };
        if (!value.isArray() && !value.isNumber()) {
            throw new IllegalArgumentException("a group can override numbers, not " + name + " = " + value);
        }
        for (int i = 0; i < names.size(); i++) {
            g.set(names.get(i), value.isArray() ? value.get(i).doubleValue() : value.doubleValue());
        }
    }

    private static Tensor tensor(JsonNode values, Parameter like) {
        HostArray out = HostArray.allocate(like.dtype(), like.numel());
        for (int i = 0; i < out.length(); i++) {
            out.setDouble(i, CorpusTensors.number(values.get(i)));
        }
        return Tensor.of(out, like.shape());
    }

    private String difference(double[] actual, JsonNode expected) {
        for (int i = 0; i < actual.length; i++) {
            double want = CorpusTensors.number(expected.get(i));
            if (!CorpusTensors.close(actual[i], want, rtol, atol)) {
                return "[" + i + "] = " + actual[i] + ", expected " + want;
            }
        }
        return null;
    }

    // ---- LBFGS --------------------------------------------------------------------------------------------------------

    private String lbfgs() {
        Parameter x = new Parameter("x", CorpusTensors.read(json.get("params0")));
        Args a = Args.of(json.path("kwargs"));
        int maxIter = a.i("max_iter", 20);
        LBFGS optimizer = new LBFGS(List.of(x), a.f("lr", 1), maxIter, a.i("max_eval", maxIter * 5 / 4), a.f("tolerance_grad", 1e-7),
                a.f("tolerance_change", 1e-9), a.i("history_size", 100), a.text("line_search_fn", "").equals("strong_wolfe"));
        for (int step = 0; step < json.get("trajectory").size(); step++) {
            Tensor loss = optimizer.step(() -> {
                optimizer.zeroGrad();
                Tensor y = function(x);
                y.backward();
                return y;
            });
            double want = CorpusTensors.number(json.get("loss_at_step_start").get(step));
            if (!CorpusTensors.close(loss.item(), want, rtol, atol)) {
                return "step " + (step + 1) + ": loss = " + loss.item() + ", expected " + want;
            }
            String d = difference(x.toDoubles(), json.get("trajectory").get(step));
            if (d != null) {
                return "step " + (step + 1) + ", x" + d;
            }
        }
        long evaluations = json.path("func_evals").longValue();
        long iterations = json.path("n_iter").longValue();
        return json.has("func_evals") && optimizer.evaluations() != evaluations ? optimizer.evaluations() + " evaluations, expected " + evaluations
                : json.has("n_iter") && optimizer.iterations() != iterations ? optimizer.iterations() + " iterations, expected " + iterations : null;
    }

    private Tensor function(Tensor x) {
        int n = (int) x.numel();
        Tensor i = Tensor.arange(n).to(DType.F64);
        Tensor left = x.narrow(0, 0, n - 1);
        Tensor right = x.narrow(0, 1, n - 1);
        return switch (json.get("function").textValue()) {
            case "quadratic" -> i.add(1.0).mul(x.square()).sum().mul(0.5).sub(x.sum()).add(left.mul(right).sum().mul(0.5));
            case "rosenbrock" -> right.sub(left.square()).square().mul(100.0).add(left.rsub(1.0).square()).sum();
            case "logsumexp" -> x.logsumexp(0).add(x.sub(i).square().sum().mul(0.5));
            case String other -> throw new UnsupportedOperationException("no closed form named " + other);
        };
    }

    // ---- schedulers ---------------------------------------------------------------------------------------------------

    private String scheduler(String name) {
        SGD sgd = new SGD(List.of(group(0.1), group(0.01)), 0.1, 0.9, 0, 0, false, false);
        Scheduler s = OptimTable.SCHEDULERS.get(name).make(sgd, Args.of(json.at("/scheduler/kwargs")));
        JsonNode lr = json.get("lr");
        JsonNode args = json.get("step_args");
        int from = args == null ? 0 : 1;
        for (int t = 0; t < lr.size(); t++) {
            if (args != null) {
                ((CosineAnnealingWarmRestarts) s).stepAt(args.get(t).doubleValue());
            } else if (t > 0 && json.has("metrics")) {
                s.step(json.get("metrics").get(t - 1).doubleValue());
            } else if (t > 0) {
                s.step();
            }
            String d = difference(values(sgd, "lr"), lr.get(t));
            if (d == null && json.has("momentum")) {
                d = difference(values(sgd, "momentum"), json.get("momentum").get(t));
                d = d == null ? null : ": momentum" + d;
            } else if (d != null) {
                d = ": lr" + d;
            }
            if (d != null) {
                return "step " + (t + from) + d;
            }
        }
        return null;
    }

    private static ParamGroup group(double lr) {
        return ParamGroup.of(List.of(new Parameter("w" + lr, Tensor.zeros(1)))).with("lr", lr);
    }

    private static double[] values(Optimizer o, String option) {
        return o.paramGroups().stream().mapToDouble(g -> g.get(option)).toArray();
    }
}
