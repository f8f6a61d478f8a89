package dev.levin.loggers.tensorboard;

import dev.levin.loggers.tensorboard.proto.HistogramProto;
import dev.levin.type.HostArray;
import java.util.Arrays;
import java.util.Optional;

/** Counts values into bins as {@code torch.utils.tensorboard} does. */
final class Histograms {
    /** 1e-12 growing by a tenth up to 1e20, mirrored, with 0 between: TensorBoard's usual bins. */
    private static final double[] EXPONENTIAL = exponential();

    private Histograms() {}

    private static double[] exponential() {
        double[] positive = new double[1024];
        int n = 0;
        for (double v = 1e-12; v < 1e20; v *= 1.1) {
            positive[n++] = v;
        }
        double[] edges = new double[2 * n + 1];
        for (int i = 0; i < n; i++) {
            edges[n - 1 - i] = -positive[i];
            edges[n + 1 + i] = positive[i];
        }
        return edges;
    }

    static Optional<HistogramProto> of(HostArray values) {
        return of(values, EXPONENTIAL);
    }

    /**
     * Bin i holds {@code edges[i] <= v < edges[i + 1]}, the last one its upper edge too; values beyond the edges go to the
     * outermost bins. NaN and infinities are left out, of the statistics too.
     *
     * @param edges at least two, increasing
     * @return empty if no value is finite
     */
    static Optional<HistogramProto> of(HostArray values, double[] edges) {
        int bins = edges.length - 1;
        long[] counts = new long[bins];
        long num = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < values.length(); i++) {
            double v = values.getDouble(i);
            if (!Double.isFinite(v)) {
                continue;
            }
            // -0.0 sorts before 0.0 in binarySearch but belongs to the bin that starts at 0.
            int at = Arrays.binarySearch(edges, v == 0 ? 0.0 : v);
            int bin = at >= 0 ? at : -at - 2;
            counts[Math.clamp(bin, 0, bins - 1)]++;
            num++;
            min = Math.min(min, v);
            max = Math.max(max, v);
            sum += v;
            squares += v * v;
        }
        if (num == 0) {
            return Optional.empty();
        }
        int first = 0;
        while (counts[first] == 0) {
            first++;
        }
        int last = bins - 1;
        while (counts[last] == 0) {
            last--;
        }
        var histogram = HistogramProto.newBuilder().setMin(min).setMax(max).setNum(num).setSum(sum).setSumSquares(squares);
        // Only right limits are stored: an empty bucket in front carries the left limit of the first one in use.
        histogram.addBucketLimit(edges[first]).addBucket(0);
        for (int i = first; i <= last; i++) {
            histogram.addBucketLimit(edges[i + 1]).addBucket(counts[i]);
        }
        return Optional.of(histogram.build());
    }
}
