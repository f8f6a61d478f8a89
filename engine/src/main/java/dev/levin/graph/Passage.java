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
    }

    /** A pending value the part gives a variable; {@link VariableTable#NONE} where it takes one away. */
    record Effect(WeakReference<Variable> variable, int value) {
    }

    private final long mode;
    private final WeakReference<?>[] same;
    private final long[] words;
    private final int[] inputs;
    /** Nodes made before the part. */
    final int start;
    final Event end;
    final int[] outputs;
    final List<Read> reads;
    final List<Effect> effects;
    private Event[] body;

    Passage(long mode, Object[] same, long[] words, int[] inputs, int start, Event end, int[] outputs, List<Read> reads, List<Effect> effects) {
        this.mode = mode;
        this.same = new WeakReference<?>[same.length];
        for (int i = 0; i < same.length; i++) {
            this.same[i] = same[i] == null ? null : new WeakReference<>(same[i]);
        }
        this.words = words;
        this.inputs = inputs;
        this.start = start;
        this.end = end;
        this.outputs = outputs;
        this.reads = List.copyOf(reads);
        this.effects = List.copyOf(effects);
    }

    @SuppressWarnings("unchecked")
    boolean fits(long nowMode, Object[] nowSame, long[] nowWords, int[] nowInputs) {
        if (mode != nowMode || same.length != nowSame.length || !Arrays.equals(words, nowWords) || !Arrays.equals(inputs, nowInputs)) {
            return false;
        }
        for (int i = 0; i < same.length; i++) {
            if (same[i] == null ? nowSame[i] != null : nowSame[i] == null || !((WeakReference<Object>) same[i]).refersTo(nowSame[i])) {
                return false;
            }
        }
        return true;
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
