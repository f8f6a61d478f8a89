package dev.levin.metrics;

/**
 * What is classified, and the options of torchmetrics that go with it.
 *
 * {@snippet :
 * var top5 = new Accuracy(Task.multiclass(1000).topK(5));
 * var tagged = new F1Score(Task.multilabel(20).threshold(0.3).average(Average.MACRO));
 * }
 *
 * @param kind one class of two, one of several, or several independent labels
 * @param classes number of classes or labels; 1 for binary tasks
 * @param threshold probabilities above it count as positive (binary and multi-label)
 * @param ignoreIndex targets of this value do not count; null for none
 * @param average how classes are averaged; null for the metric's default
 * @param topK a target among the k largest scores counts as found (multi-class)
 * @param zeroDivision what precision, recall and F-beta are where they are 0 / 0: 0 or 1
 */
public record Task(Kind kind, int classes, double threshold, Long ignoreIndex, Average average, int topK, double zeroDivision) {
    /** One class of two, one of several, or several independent labels. */
    public enum Kind { BINARY, MULTICLASS, MULTILABEL }

    public Task {
        if (kind != Kind.BINARY && classes < 2) {
            throw new IllegalArgumentException("a " + kind + " metric needs at least 2 classes, not " + classes);
        }
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("the threshold must be in [0, 1], not " + threshold);
        }
        if (topK < 1 || topK > classes || topK > 1 && kind != Kind.MULTICLASS) {
            throw new IllegalArgumentException("topK must be 1 or, in multi-class tasks, up to the number of classes (" + classes + "), not " + topK);
        }
        if (zeroDivision != 0 && zeroDivision != 1) {
            throw new IllegalArgumentException("zeroDivision must be 0 or 1, not " + zeroDivision);
        }
    }

    /** Targets 0 and 1; predictions are probabilities, logits or 0 and 1 of the targets' shape. */
    public static Task binary() {
        return new Task(Kind.BINARY, 1, 0.5, null, null, 1, 0);
    }

    /** Targets are class numbers [N, ...]; predictions are scores [N, C, ...] or class numbers. */
    public static Task multiclass(int numClasses) {
        return new Task(Kind.MULTICLASS, numClasses, 0.5, null, null, 1, 0);
    }

    /** Targets are 0 and 1, [N, L, ...]; predictions are probabilities, logits or 0 and 1 of that shape. */
    public static Task multilabel(int numLabels) {
        return new Task(Kind.MULTILABEL, numLabels, 0.5, null, null, 1, 0);
    }

    public Task threshold(double value) {
        return new Task(kind, classes, value, ignoreIndex, average, topK, zeroDivision);
    }

    public Task ignoreIndex(long target) {
        return new Task(kind, classes, threshold, target, average, topK, zeroDivision);
    }

    public Task average(Average how) {
        return new Task(kind, classes, threshold, ignoreIndex, how, topK, zeroDivision);
    }

    public Task topK(int k) {
        return new Task(kind, classes, threshold, ignoreIndex, average, k, zeroDivision);
    }

    public Task zeroDivision(double value) {
        return new Task(kind, classes, threshold, ignoreIndex, average, topK, value);
    }

    Average averageOr(Average byDefault) {
        return average == null ? byDefault : average;
    }
}
