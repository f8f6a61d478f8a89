package dev.levin.kernel.jvm;

import dev.levin.kernel.Kernel;
import java.util.List;

/** Runs tiles; keeps runners (with their scratch) for reuse. */
final class JvmKernel implements CompiledKernel {
    /** A kernel that never does more than this much work stays on scalar code. */
    private static final long WARM_AFTER = 100_000;

    private final Kernel kernel;
    private final String name;
    private final Tiling tiling;
    private final AccessPlan[] plans;
    private final Variant scratch;
    /** Null if vectors are off. */
    private final Variant vector;
    private final Warmer warmer;
    private final long keptTiles;
    private final long reducedTiles;
    /** Elements processed while vector code was not ready; racy, only its magnitude matters. */
    private long processed;

    JvmKernel(Kernel kernel, Tiling tiling, Variant scratch, Variant vector, Warmer warmer) {
        this.kernel = kernel;
        this.name = kernel.spec().name();
        this.tiling = tiling;
        this.scratch = scratch;
        this.vector = vector;
        this.warmer = warmer;
        plans = kernel.geometry().accesses().stream().map(a -> new AccessPlan(a, tiling)).toArray(AccessPlan[]::new);
        keptTiles = tiling.keptTiles(kernel);
        reducedTiles = tiling.reducedTiles(kernel);
    }

    /** True once launches run vector code. */
    boolean usesVectors() {
        return vector != null && vector.generated.ready();
    }

    /** Vector code if it is compiled, else scalar code over scratch arrays; both give the same bits. */
    private Variant variant() {
        if (vector == null) {
            return scratch;
        }
        if (vector.generated.ready()) {
            return vector;
        }
        processed += size();
        if (processed > WARM_AFTER) {
            warmer.request(vector);
        }
        return scratch;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return kernel.outer() * kernel.reduced();
    }

    @Override
    public Launch launch(long[] addresses, double[] uniforms) {
        if (addresses.length != kernel.spec().buffers().size()) {
            throw new IllegalArgumentException(name + " takes " + kernel.spec().buffers().size() + " buffers, got "
                    + addresses.length);
        }
        return new Run(addresses, uniforms);
    }

    private TileRunner runner(Variant v, long[] addresses, double[] uniforms) {
        TileRunner r = v.idle.poll();
        if (r == null) {
            r = new TileRunner(kernel, tiling, v.lowered, plans, v.generated.code, v.vectorFolds);
        }
        r.bind(addresses, uniforms);
        return r;
    }

    private final class Run implements Launch {
        private final long[] addresses;
        private final double[] uniforms;
        private Variant variant;
        private final int chunks = tiling.chunks();
        private final int capacity = TileRunner.resultCapacity(tiling);
        /** Results of pieces: [reduction][(kept tile, chunk, element)]; floats in {@code d}, ints in {@code l}. */
        private double[][] d;
        private long[][] l;
        private long[][] at;

        Run(long[] addresses, double[] uniforms) {
            this.addresses = addresses;
            this.uniforms = uniforms;
            again();
        }

        @Override
        public void again() {
            Variant now = variant();
            if (now != variant) {
                variant = now;
                prepare();
            }
        }

        private void prepare() {
            List<Lowered.Reduction> all = chunks > 1 ? variant.lowered.reductions() : List.of();
            int partials = (int) (keptTiles * chunks * capacity);
            d = new double[all.size()][];
            l = new long[all.size()][];
            at = new long[all.size()][];
            for (int k = 0; k < all.size(); k++) {
                boolean floats = all.get(k).kind().isFloat();
                d[k] = floats ? new double[partials] : null;
                l[k] = floats ? null : new long[partials];
                at[k] = all.get(k).op().isArg() ? new long[partials] : null;
            }
        }

        @Override
        public int units() {
            return Math.toIntExact(keptTiles * chunks);
        }

        @Override
        public void run(int from, int to) {
            if (from >= to) {
                return;
            }
            TileRunner r = runner(variant, addresses, uniforms);
            for (int unit = from; unit < to; unit++) {
                int kept = unit / chunks;
                int chunk = unit % chunks;
                r.stages(kept, reducedTiles * chunk / chunks, reducedTiles * (chunk + 1) / chunks);
                if (chunks == 1) {
                    r.epilogue(kept);
                } else {
                    save(r, unit);
                }
            }
            variant.idle.add(r);
        }

        private void save(TileRunner r, int unit) {
            for (int k = 0; k < d.length; k++) {
                Folds f = r.folds()[k];
                if (d[k] != null) {
                    System.arraycopy(f.d, 0, d[k], unit * capacity, capacity);
                } else {
                    System.arraycopy(f.l, 0, l[k], unit * capacity, capacity);
                }
                if (f.at != null) {
                    System.arraycopy(f.at, 0, at[k], unit * capacity, capacity);
                }
            }
        }

        @Override
        public void finish() {
            if (chunks == 1) {
                return;
            }
            TileRunner r = runner(variant, addresses, uniforms);
            for (int kept = 0; kept < keptTiles; kept++) {
                r.combine(kept, chunks, capacity, d, l, at);
            }
            variant.idle.add(r);
        }
    }
}
