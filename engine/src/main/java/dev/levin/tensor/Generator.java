package dev.levin.tensor;

import dev.levin.graph.Buffer;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Trace;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/**
 * Counter-based random numbers (Philox4x32-10): a draw is a function of seed, step number, number of the draw within
 * the step, and element. Results depend neither on threads nor on fusion, and saving two numbers saves the stream.
 *
 * <p>Inside a {@link Step} all draws share one step number; outside, every draw takes a new one. Use a generator from
 * one thread at a time.
 */
public final class Generator {
    private static final ThreadLocal<Generator> DEFAULT = ThreadLocal.withInitial(() -> new Generator(0x5EED));

    private long seed;
    private long step;
    private Trace keyTrace;
    private Node key;
    private int draws;

    public Generator(long seed) {
        this.seed = seed;
    }

    /** The generator that functions use when none is given; one per thread. */
    public static Generator global() {
        return DEFAULT.get();
    }

    /** Starts the stream of a seed from its beginning. */
    public Generator manualSeed(long newSeed) {
        seed = newSeed;
        step = 0;
        keyTrace = null;
        return this;
    }

    /** {seed, step}: all there is to save. */
    public long[] state() {
        return new long[] {seed, step};
    }

    /** Continues a saved stream. */
    public void setState(long[] state) {
        if (state.length != 2) {
            throw new IllegalArgumentException("a generator's state is {seed, step}, not " + state.length + " numbers");
        }
        seed = state[0];
        step = state[1];
        keyTrace = null;
    }

    /** Random words for a shape (I32 bit patterns). */
    Node bits(Shape shape) {
        Trace trace = Context.current().trace();
        if (keyTrace != trace || !trace.isStep()) {
            HostArray words = HostArray.wrap(DType.I64, new long[] {seed, step++});
            key = Nodes.input(new Buffer.Host(words), Shape.of(2));
            keyTrace = trace;
            draws = 0;
        }
        return Nodes.randomBits(key, draws++, shape);
    }
}
