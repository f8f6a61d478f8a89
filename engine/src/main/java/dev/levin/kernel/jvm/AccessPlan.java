package dev.levin.kernel.jvm;

import dev.levin.kernel.Access;
import dev.levin.kernel.Bound;
import dev.levin.kernel.IndexMap;
import dev.levin.kernel.Pick;
import dev.levin.kernel.Term;
import java.util.List;

/**
 * An access as seen from a tile: where the tile's first element is, and how far it is from lane to lane and row to row.
 */
final class AccessPlan {
    /** An index map whose terms on the tile's sides are plain strides, or that must be evaluated element by element. */
    static final class Linear {
        final IndexMap map;
        final long rowStride;
        final long laneStride;
        final boolean regular;
        private final Term[] terms;

        Linear(IndexMap map, Tiling t) {
            this.map = map;
            terms = map.terms().toArray(Term[]::new);
            rowStride = t.axisM() < 0 ? 0 : map.stride(t.axisM());
            laneStride = t.axisN() < 0 ? 0 : map.stride(t.axisN());
            regular = (t.axisM() < 0 || map.isAffineIn(t.axisM())) && (t.axisN() < 0 || map.isAffineIn(t.axisN()));
        }

        long at(long[] position) {
            long v = map.offset();
            for (Term t : terms) {
                long i = position[t.axis()];
                if (i != 0) {
                    v += t.isAffine() ? t.stride() * i : t.value(i);
                }
            }
            return v;
        }
    }

    final Linear index;
    final Linear[] bounds;
    final long[] limits;
    final Pick[] picks;
    /** True if lanes and rows of any tile can be walked with strides, though bounds may cut some off. */
    final boolean regular;

    AccessPlan(Access access, Tiling t) {
        index = new Linear(access.index(), t);
        List<Bound> b = access.bounds();
        bounds = b.stream().map(x -> new Linear(x.index(), t)).toArray(Linear[]::new);
        limits = b.stream().mapToLong(Bound::limit).toArray();
        picks = access.picks().toArray(Pick[]::new);
        boolean all = index.regular;
        for (Linear l : bounds) {
            all &= l.regular;
        }
        regular = all;
    }
}
