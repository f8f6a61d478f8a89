package dev.levin.device.cuda.execution;

import dev.levin.plan.MatrixView;
import java.util.ArrayList;
import java.util.List;

/**
 * Batch axes by which both operands of a product can be walked, outermost first, with the strides of each; neighbours are
 * merged where both strides allow it.
 */
record BatchAxes(List<Long> extents, List<Long> a, List<Long> b) {
    /** Null where the operands' axes cut the batch at different places. */
    static BatchAxes of(MatrixView x, MatrixView y) {
        List<Long> e = new ArrayList<>();
        List<Long> s = new ArrayList<>();
        List<Long> t = new ArrayList<>();
        int i = x.batch().length - 1;
        int j = y.batch().length - 1;
        long restX = i < 0 ? 1 : x.batch()[i];
        long restY = j < 0 ? 1 : y.batch()[j];
        long stepX = i < 0 ? 0 : x.strides()[i];
        long stepY = j < 0 ? 0 : y.strides()[j];
        while (i >= 0 && j >= 0) {
            long n = restX == 1 || restY == 1 ? 1 : gcd(restX, restY);
            if (n == 1 && restX > 1 && restY > 1) {
                return null;
            }
            if (n > 1) {
                int last = e.size() - 1;
                if (last >= 0 && s.get(last) * e.get(last) == stepX && t.get(last) * e.get(last) == stepY) {
                    e.set(last, e.get(last) * n);
                } else {
                    e.add(n);
                    s.add(stepX);
                    t.add(stepY);
                }
            }
            restX /= n;
            restY /= n;
            stepX *= n;
            stepY *= n;
            if (restX == 1 && --i >= 0) {
                restX = x.batch()[i];
                stepX = x.strides()[i];
            }
            if (restY == 1 && --j >= 0) {
                restY = y.batch()[j];
                stepY = y.strides()[j];
            }
        }
        return new BatchAxes(e.reversed(), s.reversed(), t.reversed());
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
