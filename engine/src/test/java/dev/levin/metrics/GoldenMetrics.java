package dev.levin.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Builds the metric of a case made with torchmetrics, and feeds it. */
final class GoldenMetrics {
    private final JsonNode options;

    private GoldenMetrics(JsonNode options) {
        this.options = options;
    }

    static Metric<?> make(JsonNode c) {
        return new GoldenMetrics(c.get("options")).make(c.get("metric").textValue());
    }

    /** The arguments of each update. */
    static List<List<Tensor>> batches(JsonNode c) {
        List<List<Tensor>> batches = new ArrayList<>();
        for (JsonNode b : c.get("batches")) {
            List<Tensor> batch = new ArrayList<>();
            b.forEach(t -> batch.add(read(t)));
            batches.add(batch);
        }
        return batches;
    }

    static void update(Metric<?> metric, List<Tensor> batch) {
        switch (metric) {
            case PredictionMetric<?> m -> m.update(batch.get(0), batch.get(1));
            case MeanMetric m when batch.size() == 2 -> m.update(batch.get(0), batch.get(1));
            case Aggregate m -> m.update(batch.getFirst());
            case CatMetric m -> m.update(batch.getFirst());
            default -> throw new AssertionError(metric);
        }
    }

    /** What a metric computed, in the order in which torchmetrics returns it: all first parts of curves, then all second ones. */
    static List<Tensor> results(Metric<?> metric) {
        List<Tensor> flat = new ArrayList<>();
        switch (metric) {
            case ROC m -> {
                List<ROC.Curve> curves = m.compute();
                curves.forEach(p -> flat.add(p.fpr()));
                curves.forEach(p -> flat.add(p.tpr()));
                curves.forEach(p -> flat.add(p.thresholds()));
            }
            case PrecisionRecallCurve m -> {
                List<PrecisionRecallCurve.Curve> curves = m.compute();
                curves.forEach(p -> flat.add(p.precision()));
                curves.forEach(p -> flat.add(p.recall()));
                curves.forEach(p -> flat.add(p.thresholds()));
            }
            default -> flat.add((Tensor) metric.compute());
        }
        return flat;
    }

    private Metric<?> make(String name) {
        return switch (name) {
            case "Accuracy" -> new Accuracy(task());
            case "Precision" -> new Precision(task());
            case "Recall" -> new Recall(task());
            case "Specificity" -> new Specificity(task());
            case "F1Score" -> new F1Score(task());
            case "FBetaScore" -> new FBetaScore(task(), options.get("beta").doubleValue());
            case "ConfusionMatrix" -> new ConfusionMatrix(task(), choice(ConfusionMatrix.Normalize.class, "normalize"));
            case "CohenKappa" -> new CohenKappa(task(), choice(CohenKappa.Weights.class, "weights"));
            case "MatthewsCorrCoef" -> new MatthewsCorrCoef(task());
            case "AUROC" -> has("max_fpr") ? new AUROC(task(), null, options.get("max_fpr").doubleValue()) : new AUROC(task(), integer("thresholds", 0));
            case "AveragePrecision" -> new AveragePrecision(task(), integer("thresholds", 0));
            case "ROC" -> new ROC(task(), integer("thresholds", 0));
            case "PrecisionRecallCurve" -> new PrecisionRecallCurve(task(), integer("thresholds", 0));
            case "CalibrationError" -> new CalibrationError(task(), integer("n_bins", 15), choice(CalibrationError.Norm.class, "norm"));
            case "HingeLoss" -> new HingeLoss(task(), options.get("squared").booleanValue(),
                    has("mode") ? choice(HingeLoss.Mode.class, "mode") : HingeLoss.Mode.CRAMMER_SINGER);
            case "MeanSquaredError" -> new MeanSquaredError(options.get("squared").booleanValue(), integer("num_outputs", 1));
            case "MeanAbsoluteError" -> new MeanAbsoluteError(integer("num_outputs", 1));
            case "MeanAbsolutePercentageError" -> new MeanAbsolutePercentageError();
            case "SymmetricMeanAbsolutePercentageError" -> new SymmetricMeanAbsolutePercentageError();
            case "R2Score" -> new R2Score(integer("num_outputs", 1), integer("adjusted", 0), choice(Multioutput.class, "multioutput"));
            case "ExplainedVariance" -> new ExplainedVariance(integer("num_outputs", 1), choice(Multioutput.class, "multioutput"));
            case "PearsonCorrCoef" -> new PearsonCorrCoef(integer("num_outputs", 1));
            case "SpearmanCorrCoef" -> new SpearmanCorrCoef(integer("num_outputs", 1));
            case "Perplexity" -> has("ignore_index") ? new Perplexity(integer("ignore_index", 0)) : new Perplexity();
            case "MeanMetric" -> new MeanMetric(nan());
            case "SumMetric" -> new SumMetric(nan());
            case "MinMetric" -> new MinMetric(nan());
            case "MaxMetric" -> new MaxMetric(nan());
            case "CatMetric" -> new CatMetric();
            default -> throw new AssertionError("no metric " + name);
        };
    }

    private boolean has(String key) {
        return options.has(key);
    }

    private int integer(String key, int byDefault) {
        return has(key) ? options.get(key).intValue() : byDefault;
    }

    private <E extends Enum<E>> E choice(Class<E> type, String key) {
        return Enum.valueOf(type, options.get(key).textValue().toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private NanStrategy nan() {
        return has("nan") ? choice(NanStrategy.class, "nan") : NanStrategy.IGNORE;
    }

    private Task task() {
        Task t = switch (options.get("task").textValue()) {
            case "binary" -> Task.binary();
            case "multiclass" -> Task.multiclass(integer("classes", 0));
            default -> Task.multilabel(integer("classes", 0));
        };
        t = has("average") ? t.average(choice(Average.class, "average")) : t;
        t = has("top_k") ? t.topK(integer("top_k", 1)) : t;
        t = has("ignore_index") ? t.ignoreIndex(integer("ignore_index", 0)) : t;
        t = has("threshold") ? t.threshold(options.get("threshold").doubleValue()) : t;
        return has("zero_division") ? t.zeroDivision(options.get("zero_division").doubleValue()) : t;
    }

    static Tensor read(JsonNode e) {
        int[] dims = new int[e.get("shape").size()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = e.get("shape").get(i).intValue();
        }
        HostArray a = HostArray.allocate(DType.parse(e.get("dtype").textValue()), Shape.of(dims).numel());
        for (int i = 0; i < a.length(); i++) {
            JsonNode v = e.get("data").get(i);
            if (a.dtype().isFloat()) {
                a.setDouble(i, v.isTextual() ? Double.parseDouble(v.textValue()) : v.doubleValue());
            } else {
                a.setLong(i, v.longValue());
            }
        }
        return Tensor.of(a, Shape.of(dims));
    }
}
