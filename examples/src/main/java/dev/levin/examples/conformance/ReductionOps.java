package dev.levin.examples.conformance;

import dev.levin.tensor.Linalg;
import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/** Sums, extremes, order statistics, norms, running functions. */
final class ReductionOps {
    private ReductionOps() {
    }

    /** A function of axes (none: all) and whether they stay. */
    private interface Over {
        Tensor apply(Tensor x, int[] axes, boolean keepdim);
    }

    private static void over(OpTable table, String name, Over f) {
        table.one(name, a -> f.apply(typed(a), a.ints("dim"), a.flag("keepdim", false)));
    }

    private static Tensor typed(Args a) {
        return a.type() == null ? a.t(0) : a.t(0).to(a.type());
    }

    private static List<Tensor> pair(Tensor.Indexed r) {
        return List.of(r.values(), r.indices());
    }

    static void register(OpTable table) {
        over(table, "torch.sum", Tensor::sum);
        over(table, "torch.mean", Tensor::mean);
        over(table, "torch.nansum", Tensor::nansum);
        over(table, "torch.nanmean", Tensor::nanmean);
        over(table, "torch.amax", Tensor::amax);
        over(table, "torch.amin", Tensor::amin);
        over(table, "torch.logsumexp", Tensor::logsumexp);
        over(table, "torch.any", Tensor::any);
        over(table, "torch.all", Tensor::all);
        table.one("torch.prod", a -> a.has("dim") ? typed(a).prod(a.i("dim", 0), a.flag("keepdim", false)) : typed(a).prod());
        table.one("torch.count_nonzero", a -> a.t(0).countNonzero(a.ints("dim")));
        extremes(table);
        moments(table);
        order(table);
        norms(table);
        running(table);
    }

    private static void extremes(OpTable table) {
        table.many("torch.max", a -> a.count() > 1 ? List.of(a.t(0).maximum(a.t(1)))
                : a.has("dim") ? pair(a.t(0).max(a.i("dim", 0), a.flag("keepdim", false))) : List.of(a.t(0).max()));
        table.many("torch.min", a -> a.count() > 1 ? List.of(a.t(0).minimum(a.t(1)))
                : a.has("dim") ? pair(a.t(0).min(a.i("dim", 0), a.flag("keepdim", false))) : List.of(a.t(0).min()));
        table.one("torch.argmax", a -> a.has("dim") ? a.t(0).argmax(a.i("dim", 0), a.flag("keepdim", false)) : whole(a, a.t(0).argmax()));
        table.one("torch.argmin", a -> a.has("dim") ? a.t(0).argmin(a.i("dim", 0), a.flag("keepdim", false)) : whole(a, a.t(0).argmin()));
        table.many("torch.aminmax", a -> {
            Tensor.MinMax r = a.has("dim") ? a.t(0).aminmax(a.i("dim", 0), a.flag("keepdim", false)) : a.t(0).aminmax();
            return List.of(r.min(), r.max());
        });
    }

    /** With keepdim and no axis, every axis stays with extent 1. */
    private static Tensor whole(Args a, Tensor scalar) {
        int[] ones = new int[a.t(0).dim()];
        java.util.Arrays.fill(ones, 1);
        return a.flag("keepdim", false) ? scalar.reshape(ones) : scalar;
    }

    private static void moments(OpTable table) {
        moment(table, "torch.var", Tensor::var);
        moment(table, "torch.std", Tensor::std);
        table.many("torch.var_mean", a -> a.t(0).varMean(a.ints("dim"), correction(a), a.flag("keepdim", false)));
        table.many("torch.std_mean", a -> a.t(0).stdMean(a.ints("dim"), correction(a), a.flag("keepdim", false)));
        table.one("torch.cov", a -> a.t(0).cov(a.i("correction", 1)));
        table.one("torch.corrcoef", a -> a.t(0).corrcoef());
    }

    private interface Moment {
        Tensor apply(Tensor x, int[] axes, int correction, boolean keepdim);
    }

    private static void moment(OpTable table, String name, Moment f) {
        table.one(name, a -> f.apply(a.t(0), a.ints("dim"), correction(a), a.flag("keepdim", false)));
    }

    private static int correction(Args a) {
        return a.has("correction") ? a.i("correction", 1) : a.flag("unbiased", true) ? 1 : 0;
    }

    private static void order(OpTable table) {
        table.many("torch.median", a -> a.has("dim") ? pair(a.t(0).median(a.i("dim", -1), a.flag("keepdim", false)))
                : List.of(a.t(0).median()));
        table.many("torch.nanmedian", a -> a.has("dim") ? pair(a.t(0).nanmedian(a.i("dim", -1), a.flag("keepdim", false)))
                : List.of(a.t(0).nanmedian()));
        table.many("torch.mode", a -> pair(a.t(0).mode(a.i("dim", -1), a.flag("keepdim", false))));
        table.many("torch.kthvalue", a -> pair(a.t(0).kthvalue(a.i("k", 1), a.i("dim", -1), a.flag("keepdim", false))));
        table.one("torch.quantile", a -> quantile(a, false));
        table.one("torch.nanquantile", a -> quantile(a, true));
        table.one("torch.histc", a -> a.t(0).histc(a.i("bins", 100), a.f("min", 0), a.f("max", 0)));
    }

    private static Tensor quantile(Args a, boolean skipNaN) {
        Tensor x = a.has("dim") ? a.t(0) : a.t(0).flatten();
        Tensor q = a.count() > 1 ? a.t(1) : a.list("q") == null ? Tensor.scalar(a.f("q"), x.dtype())
                : Tensor.of(a.list("q").stream().mapToDouble(v -> ((Number) v).doubleValue()).toArray()).to(x.dtype());
        var how = Tensor.Interpolation.valueOf(a.text("interpolation", "linear").toUpperCase(Locale.ROOT));
        boolean keep = a.flag("keepdim", false);
        Tensor r = skipNaN ? x.nanquantile(q, a.i("dim", 0), keep && a.has("dim"), how)
                : x.quantile(q, a.i("dim", 0), keep && a.has("dim"), how);
        if (keep && !a.has("dim")) {
            for (int i = 0; i < a.t(0).dim(); i++) {
                r = r.unsqueeze(-1);
            }
        }
        return r;
    }

    private static void norms(OpTable table) {
        table.one("torch.linalg.vector_norm", a -> Linalg.vectorNorm(typed(a), a.f("ord", 2), a.ints("dim"), a.flag("keepdim", false)));
        table.one("torch.linalg.matrix_norm", a -> {
            int[] d = a.ints("dim", -2, -1);
            boolean keep = a.flag("keepdim", false);
            return named(a, "fro") ? Linalg.matrixNorm(a.t(0), a.text("ord", "fro"), d[0], d[1], keep)
                    : Linalg.matrixNorm(a.t(0), a.f("ord"), d[0], d[1], keep);
        });
        table.one("torch.linalg.norm", a -> {
            boolean keep = a.flag("keepdim", false);
            if (!a.has("ord")) {
                return Linalg.vectorNorm(a.t(0), 2, a.ints("dim"), keep);
            }
            return named(a, null) ? Linalg.norm(a.t(0), a.text("ord", "fro"), a.ints("dim"), keep)
                    : Linalg.norm(a.t(0), a.f("ord"), a.ints("dim"), keep);
        });
        table.one("torch.norm", a -> named(a.with(java.util.Map.of("ord", a.raw("p") == null ? 2L : a.raw("p"))), null)
                && !"fro".equals(a.raw("p")) ? Linalg.matrixNorm(a.t(0), "nuc", -2, -1, a.flag("keepdim", false))
                : a.t(0).norm("fro".equals(a.raw("p")) ? 2 : a.f("p", 2), a.ints("dim"), a.flag("keepdim", false)));
        table.one("torch.dist", a -> a.t(0).dist(a.t(1), a.f("p", 2)));
        table.one("torch.renorm", a -> a.t(0).renorm(a.f("p", 2), a.i("dim", 0), a.f("maxnorm", 1)));
    }

    private static boolean named(Args a, String otherwise) {
        String ord = a.text("ord", otherwise);
        return "fro".equals(ord) || "nuc".equals(ord);
    }

    private static void running(OpTable table) {
        table.one("torch.cumsum", a -> typed(a).cumsum(a.i("dim", 0)));
        table.one("torch.cumprod", a -> typed(a).cumprod(a.i("dim", 0)));
        table.one("torch.logcumsumexp", a -> a.t(0).logcumsumexp(a.i("dim", 0)));
        table.many("torch.cummax", a -> pair(a.t(0).cummax(a.i("dim", 0))));
        table.many("torch.cummin", a -> pair(a.t(0).cummin(a.i("dim", 0))));
        table.one("torch.diff", a -> a.t(0).diff(a.i("n", 1), a.i("dim", -1), a.t("prepend"), a.t("append")));
        table.one("torch.trapezoid", a -> a.count() > 1 ? a.t(0).trapezoid(a.t(1), a.i("dim", -1))
                : a.t(0).trapezoid(a.f("dx", 1), a.i("dim", -1)));
    }
}
