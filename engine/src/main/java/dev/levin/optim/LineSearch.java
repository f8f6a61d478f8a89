package dev.levin.optim;

/**
 * A step length that satisfies the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, algorithms 3.5
 * and 3.6), with cubic interpolation.
 */
final class LineSearch {
    private static final double SUFFICIENT = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final int MAX_TRIALS = 25;

    /** A trial step with the loss there, the gradient, and its slope along the direction. */
    record Point(double t, double loss, double[] gradient, double slope) {
    }

    @FunctionalInterface
    interface Objective {
        Point at(double t);
    }

    private final Objective objective;
    private final Point start;
    private final double directionMax;
    private final double tolerance;
    private int evaluations;
    private int trials;

    LineSearch(Objective objective, Point start, double directionMax, double tolerance) {
        this.objective = objective;
        this.start = start;
        this.directionMax = directionMax;
        this.tolerance = tolerance;
    }

    int evaluations() {
        return evaluations;
    }

    private Point evaluate(double t) {
        evaluations++;
        return objective.at(t);
    }

    private boolean tooHigh(Point p) {
        return p.loss > start.loss + SUFFICIENT * p.t * start.slope;
    }

    private boolean flatEnough(Point p) {
        return Math.abs(p.slope) <= -CURVATURE * start.slope;
    }

    Point search(double first) {
        Point previous = start;
        Point now = evaluate(first);
        while (trials < MAX_TRIALS) {
            if (tooHigh(now) || trials > 1 && now.loss >= previous.loss || now.slope >= 0 && !flatEnough(now)) {
                return zoom(previous, now);
            }
            if (flatEnough(now)) {
                return now;
            }
            double next = cubic(previous, now, now.t + 0.01 * (now.t - previous.t), now.t * 10);
            previous = now;
            now = evaluate(next);
            trials++;
        }
        return start.loss <= now.loss ? start : now;
    }

    private Point zoom(Point a, Point b) {
        Point low = a.loss <= b.loss ? a : b;
        Point high = low == a ? b : a;
        boolean stuck = false;
        while (trials < MAX_TRIALS && Math.abs(high.t - low.t) * directionMax >= tolerance) {
            double min = Math.min(low.t, high.t);
            double max = Math.max(low.t, high.t);
            Point left = low.t < high.t ? low : high;
            double t = cubic(left, left == low ? high : low, min, max);
            double margin = 0.1 * (max - min);
            if (Math.min(max - t, t - min) < margin) {
                if (stuck || t >= max || t <= min) {
                    t = Math.abs(t - max) < Math.abs(t - min) ? max - margin : min + margin;
                    stuck = false;
                } else {
                    stuck = true;
                }
            } else {
                stuck = false;
            }
            Point now = evaluate(t);
            trials++;
            if (tooHigh(now) || now.loss >= low.loss) {
                high = now;
                if (high.loss < low.loss) {
                    Point swap = low;
                    low = high;
                    high = swap;
                }
            } else {
                if (flatEnough(now)) {
                    return now;
                }
                if (now.slope * (high.t - low.t) >= 0) {
                    high = low;
                }
                low = now;
            }
        }
        return low;
    }

    /** Minimum of the cubic through two points with their slopes, kept within bounds; their middle if it has none. */
    private static double cubic(Point a, Point b, double min, double max) {
        Point left = a.t <= b.t ? a : b;
        Point right = left == a ? b : a;
        double d1 = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t);
        double square = d1 * d1 - left.slope * right.slope;
        if (square < 0) {
            return (min + max) / 2;
        }
        double d2 = Math.sqrt(square);
        double t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
        return Math.min(Math.max(t, min), max);
    }
}
