package dev.levin.device.cpu.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * One use of oneDNN: its engine, the team it splits work over, and a bounded cache of compiled primitives.
 *
 * <pre>{@code
 * try (var team = new Team(); var dnnl = Dnnl.open(team)) {
 *     Matmul mm = dnnl.matmul(MatmulSpec.dense(DType.F32, 64, 784, 128));
 *     mm.run(a, b, 0, c);          // raw addresses
 * }
 * }</pre>
 *
 * <p>Thread-safe. Closing frees the cache and the scratch memory; operations must not run then or later.
 */
public final class Dnnl implements AutoCloseable {
    /** Primitives kept by default; one with its generated code takes 50 KB (convolution) to 600 KB (matmul). */
    public static final int DEFAULT_CACHE = 1024;

    private static final int CPU = 1;

    private final Team team;
    private final long engine;
    private final PrimitiveCache cache;
    private final int concurrency;
    private final AtomicLong scratchBytes = new AtomicLong();
    private final Pool<Slot> slots;

    private Dnnl(Team team, int cacheCapacity) {
        this.team = team;
        engine = Fn.dnnl_engine_create.make("engine", CPU, 0L);
        cache = new PrimitiveCache(cacheCapacity);
        // One for each thread's task, and up to four for the caller's staging.
        concurrency = team.size() + 4;
        slots = new Pool<>(concurrency, () -> new Slot(engine, scratchBytes), Slot::destroy);
    }

    /** Whether the library could be loaded, with the reason if not. */
    public record Availability(boolean available, String reason) { }

    private static final class Probe {
        static final Availability AVAILABILITY = probe();

        private static Availability probe() {
            var result = DnnlLibrary.result();
            if (!result.loaded()) {
                return new Availability(false, result.reason());
            }
            try {
                // One cache for primitives is enough: ours, which is bounded and knows what is in use.
                Fn.dnnl_set_primitive_cache_capacity.check("primitive cache", 0);
                return new Availability(true, "");
            } catch (RuntimeException | LinkageError e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                return new Availability(false, "oneDNN at " + result.path() + " cannot be used: " + cause.getMessage());
            }
        }
    }

    /** Tries to load the library, once a process; never throws. */
    public static Availability availability() {
        return Probe.AVAILABILITY;
    }

    static void requireLoaded() {
        if (!availability().available()) {
            throw new DnnlUnavailable(availability().reason());
        }
    }

    /** Opens the library for {@code team}, which stays the caller's. */
    public static Dnnl open(Team team) {
        return open(team, DEFAULT_CACHE);
    }

    /**
     * Opens the library with a cache of at most {@code cacheCapacity} primitives.
     *
     * @throws DnnlUnavailable if it cannot be loaded; see {@link #availability()}
     */
    public static Dnnl open(Team team, int cacheCapacity) {
        requireLoaded();
        if (cacheCapacity < 1) {
            throw new IllegalArgumentException("a cache of " + cacheCapacity + " primitives; use 1 or more, normally "
                    + DEFAULT_CACHE);
        }
        return new Dnnl(team, cacheCapacity);
    }

    /** Version, instruction set and types, for reports; empty if the library is not available. */
    public static Optional<CpuFeatures> features() {
        if (!availability().available()) {
            return Optional.empty();
        }
        long v = (long) Fn.dnnl_version.call();
        String version = Native.MEMORY.get(JAVA_INT, v) + "." + Native.MEMORY.get(JAVA_INT, v + 4) + "."
                + Native.MEMORY.get(JAVA_INT, v + 8);
        int isa = (int) Fn.dnnl_get_effective_cpu_isa.call();
        boolean fastBf16 = (isa & 0xe7) == 0xe7;
        boolean fastF16 = (isa & 0x1ef) == 0x1ef;
        try (var team = new Team(1); var dnnl = open(team, 4)) {
            return Optional.of(new CpuFeatures(version, CpuFeatures.isaName(isa),
                    dnnl.supports(MatmulSpec.dense(DType.BF16, 16, 16, 16)), fastBf16,
                    dnnl.supports(MatmulSpec.dense(DType.F16, 16, 16, 16)), fastF16, DnnlLibrary.result().path()));
        }
    }

    /** A matrix product; see {@link MatmulSpec}. */
    public Matmul matmul(MatmulSpec spec) {
        return new Matmul(this, spec);
    }

    /** True if {@link #matmul} can make this product; if not, use the generated kernel. */
    public boolean supports(MatmulSpec spec) {
        try {
            matmul(spec);
            return true;
        } catch (DnnlException | IllegalArgumentException e) {
            return false;
        }
    }

    /** A forward convolution of plain operands. */
    public ConvForward convForward(ConvSpec spec) {
        return convForward(spec, ConvLayouts.NONE, null, PostOps.NONE);
    }

    /**
     * A forward convolution.
     *
     * @param layouts the caller's layouts, null for plain ones
     * @param bias    type of the bias, or null for none
     * @throws DnnlException if the library cannot do it; {@link DnnlException#isUnsupported()} tells a missing kernel
     */
    public ConvForward convForward(ConvSpec spec, ConvLayouts layouts, DType bias, PostOps post) {
        return new ConvForward(this, spec, layouts, bias, post);
    }

    /** The gradient of a convolution to its source, for the caller's layouts (null for plain ones). */
    public ConvBackwardData convBackwardData(ConvSpec spec, ConvLayouts layouts) {
        return new ConvBackwardData(this, spec, layouts);
    }

    /** The gradient of a convolution to its weights and, unless {@code bias} is null, its bias. */
    public ConvBackwardWeights convBackwardWeights(ConvSpec spec, ConvLayouts layouts, DType bias) {
        return new ConvBackwardWeights(this, spec, layouts, bias);
    }

    /**
     * The layouts a convolution works best on. Fix what is decided already, e.g. the source by the layer before, and the
     * library chooses the rest.
     *
     * @param fixed layouts that are decided, null for those that are open
     */
    public ConvLayouts preferred(ConvSpec spec, ConvDirection direction, ConvLayouts fixed) {
        return ConvKernels.layouts(ConvKernels.compile(this, spec, direction, fixed, null, PostOps.NONE));
    }

    /**
     * A pooling.
     *
     * @param src      layout of the source, null for plain
     * @param dst      layout of the destination, null for plain; {@link #preferred(PoolSpec, DnnlLayout)} names the best
     * @param training whether {@link Pooling#backward} will be called
     */
    public Pooling pooling(PoolSpec spec, DnnlLayout src, DnnlLayout dst, boolean training) {
        return new Pooling(this, spec, src, dst, training);
    }

    /** The layout of the destination a pooling works best on, for a source laid out as {@code src}. */
    public DnnlLayout preferred(PoolSpec spec, DnnlLayout src) {
        return Pooling.preferred(this, spec, src);
    }

    /** Softmax, or its logarithm, over the last axis of dense {@code [rows, cols]}. */
    public Softmax softmax(DType dtype, long rows, long cols, boolean log) {
        return new Softmax(this, dtype, rows, cols, log);
    }

    /** Layer normalisation over the last axis of dense {@code [rows, cols]}, with F32 scale and shift. */
    public LayerNorm layerNorm(DType dtype, long rows, long cols, float epsilon) {
        return new LayerNorm(this, dtype, rows, cols, epsilon);
    }

    /** One layer and direction of a recurrent network; {@code training} if {@link Rnn#backward} will be called. */
    public Rnn rnn(RnnSpec spec, boolean training) {
        return new Rnn(this, spec, training);
    }

    /** A copy between layouts of the same shape. */
    public Reorder reorder(DnnlLayout from, DnnlLayout to) {
        return new Reorder(this, from, to);
    }

    /** Number of compiled primitives held. */
    public int cachedPrimitives() {
        return cache.size();
    }

    /** Number of primitives compiled so far; a steady state compiles none. */
    public long compiledPrimitives() {
        return cache.compiled();
    }

    /** Bytes of scratch memory held, over all threads. */
    public long scratchBytes() {
        return scratchBytes.get();
    }

    /** Frees scratch memory that is not in use; it comes back as needed. */
    public void trim() {
        slots.clear();
    }

    @Override
    public void close() {
        cache.clear();
        slots.clear();
        Fn.dnnl_engine_destroy.call(engine);
    }

    Team team() {
        return team;
    }

    long engine() {
        return engine;
    }

    int concurrency() {
        return concurrency;
    }

    Slot takeSlot() {
        return slots.take();
    }

    void giveSlot(Slot slot) {
        slots.give(slot);
    }

    Compiled compiled(Object key, Supplier<Primitive> make) {
        return new Compiled(cache, key, make);
    }

    /** Makes a primitive from the descriptor a builder returns, destroying the descriptors on the way. */
    Primitive build(Object what, DescriptorBuilder builder, int... args) {
        try (var scope = new DescriptorScope()) {
            long desc = scope.own(Fn.dnnl_primitive_desc_destroy, builder.build(scope));
            return new Primitive(what, engine, concurrency, desc, args);
        }
    }

    /** Creates a primitive descriptor; everything else it makes belongs to the scope. */
    @FunctionalInterface
    interface DescriptorBuilder {
        long build(DescriptorScope scope);
    }
}
