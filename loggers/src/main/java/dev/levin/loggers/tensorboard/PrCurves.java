package dev.levin.loggers.tensorboard;

import dev.levin.type.HostArray;

/** Precision and recall over evenly spaced thresholds. */
final class PrCurves {
    private PrCurves() {}

    /**
     * Rows tp, fp, tn, fn, precision, recall; column t counts a prediction as positive if it is at least
     * {@code t / (thresholds - 1)}.
     *
     * @param labels 0 or 1 each
     * @param predictions 0..1 each
     * @param weights null for 1 each
     */
    static float[] compute(HostArray labels, HostArray predictions, double[] weights, int thresholds) {
        double[] tp = new double[thresholds];
        double[] fp = new double[thresholds];
        for (int i = 0; i < predictions.length(); i++) {
            double weight = weights == null ? 1 : weights[i];
            int bucket = (int) Math.floor(scaled(predictions, i, thresholds - 1));
            double label = labels.getDouble(i);
            tp[bucket] += label * weight;
            fp[bucket] += (1 - label) * weight;
        }
        for (int t = thresholds - 2; t >= 0; t--) {
            tp[t] += tp[t + 1];
            fp[t] += fp[t + 1];
        }
        float[] table = new float[6 * thresholds];
        for (int t = 0; t < thresholds; t++) {
            double fn = tp[0] - tp[t];
            table[t] = (float) tp[t];
            table[thresholds + t] = (float) fp[t];
            table[2 * thresholds + t] = (float) (fp[0] - fp[t]);
            table[3 * thresholds + t] = (float) fn;
            // The floor makes a threshold that nothing reaches read 0 instead of NaN.
            table[4 * thresholds + t] = (float) (tp[t] / Math.max(1e-7, tp[t] + fp[t]));
            table[5 * thresholds + t] = (float) (tp[t] / Math.max(1e-7, tp[t] + fn));
        }
        return table;
    }

    /** In the precision of the predictions, so that F32 values meet the same threshold as in PyTorch. */
    private static double scaled(HostArray predictions, int i, int steps) {
        double p = predictions.getDouble(i);
        return switch (predictions.dtype()) {
            case F64 -> p * steps;
            default -> (float) p * steps;
        };
    }

    /** @throws IllegalArgumentException if lengths differ, or a value lies outside its range */
    static void check(String tag, HostArray labels, HostArray predictions, double[] weights, int thresholds) {
        if (thresholds < 2) {
            throw new IllegalArgumentException("PR curve '" + tag + "' needs at least 2 thresholds, got " + thresholds);
        }
        if (labels.length() != predictions.length() || weights != null && weights.length != labels.length()) {
            throw new IllegalArgumentException("PR curve '" + tag + "' got " + labels.length() + " labels, "
                    + predictions.length() + " predictions"
                    + (weights == null ? "" : " and " + weights.length + " weights") + "; they must be as many");
        }
        for (int i = 0; i < labels.length(); i++) {
            double label = labels.getDouble(i);
            double p = predictions.getDouble(i);
            if (label != 0 && label != 1) {
                throw new IllegalArgumentException("PR curve '" + tag + "': label " + i + " is " + label
                        + "; allowed are 0 and 1 (for several classes log one curve each)");
            }
            if (!(p >= 0 && p <= 1)) {
                throw new IllegalArgumentException("PR curve '" + tag + "': prediction " + i + " is " + p
                        + "; expected a probability from 0 to 1 (apply sigmoid or softmax to logits first)");
            }
        }
    }
}
