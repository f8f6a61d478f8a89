package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Device;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.List;

/**
 * A part of a step that is a function of what was recorded before it, of its inputs and of a key: gradients, the update of
 * an optimizer. When all of these come again, the part is not recorded again; its results are nodes of which nothing but
 * the type is made until somebody asks for more.
 */
final class Passage {

    /** A variable the part reads, as it was; {@code leaf} is the number of the leaf the part makes for it, or none. */
    record Read(WeakReference<Variable> variable, boolean requiresGrad, DType dtype, Device device, int leaf) {
        /** The variable, if it still is as it was. */
        Variable unchanged() {
            Variable v = variable.get();
            return v != null && v.requiresGrad() == requiresGrad && v.dtype() == dtype && v.device().equals(device) ? v : null;
        }
    }

    /** A pending value the part gives a variable; {@link VariableTable#NONE} where it takes one away. */
    record Effect(WeakReference<Variable> variable, DType dtype, Device device, int value) {
        Effect(Variable v, int value) {
            this(new WeakReference<>(v), v.dtype(), v.device(), value);
        }

        boolean isPossible() {
            Variable v = variable.get();
            return v != null && v.dtype() == dtype && v.device().equals(device);
        }
    }

    private static final Read[] NO_READS = {};
    private static final Effect[] NO_EFFECTS = {};

    /** Mode, words and inputs. */
    private final long[] key;
    /** Objects of the key: names and classes themselves, others weakly. */
    private final Object[] same;
    /** Nodes made before the part. */
    final int start;
    final Event end;
    final int[] outputs;
    /** What made the outputs; null where that was before the part. */
    private final Event[] makers;
    final Read[] reads;
    final Effect[] effects;
    private Event[] body;

    Passage(long[] key, Object[] same, int start, Event end, int[] outputs, List<Read> reads, List<Effect> effects) {
        this.key = key;
        this.same = new Object[same.length];
        for (int i = 0; i < same.length; i++) {
            this.same[i] = same[i] == null || isName(same[i]) ? same[i] : new WeakReference<>(same[i]);
        }
        this.start = start;
        this.end = end;
        this.outputs = outputs;
        this.reads = reads.isEmpty() ? NO_READS : reads.toArray(Read[]::new);
        this.effects = effects.isEmpty() ? NO_EFFECTS : effects.toArray(Effect[]::new);
        makers = new Event[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            makers[i] = outputs[i] >= start ? body()[outputs[i] - start] : null;
        }
    }

    private static boolean isName(Object o) {
        return o instanceof String || o instanceof Class<?>;
    }

    /** Mode, words and inputs as one list of numbers. */
    static long[] key(long mode, long[] words, int[] inputs) {
        long[] all = new long[1 + words.length + inputs.length];
        all[0] = mode << 8 | words.length;
        System.arraycopy(words, 0, all, 1, words.length);
        for (int i = 0; i < inputs.length; i++) {
            all[1 + words.length + i] = inputs[i];
        }
        return all;
    }

    @SuppressWarnings("unchecked")
    boolean fits(long[] nowKey, Object[] nowSame) {
        if (same.length != nowSame.length || !Arrays.equals(key, nowKey)) {
            return false;
        }
        for (int i = 0; i < same.length; i++) {
            if (same[i] != nowSame[i] && !(nowSame[i] != null && same[i] instanceof WeakReference<?> r && ((WeakReference<Object>) r).refersTo(nowSame[i]))) {
                return false;
            }
        }
        return true;
    }

    /** What made an output; null where that was before the part. */
    Event maker(int output) {
        return makers[output];
    }

    /** Number of nodes the part makes. */
    int size() {
        return end.nodes - start;
    }

    /** The part's nodes. */
    Event[] body() {
        if (body == null) {
            Event[] all = new Event[size()];
            for (Event e = end; e.nodes > start; e = e.before) {
                if (e.kind == Event.Kind.NODE) {
                    all[e.nodes - start - 1] = e;
                }
            }
            body = all;
        }
        return body;
    }
}
