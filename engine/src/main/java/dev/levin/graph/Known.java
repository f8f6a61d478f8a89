package dev.levin.graph;

import dev.levin.type.Device;
import java.lang.ref.WeakReference;

/** The program of a recorded step, with the places where its leaves are found again in a later step that is the same. */
public final class Known {
    private final Program program;
    private final Device device;
    /** Number of the source by slot; 0 where the leaf is one of {@link #fixed}. */
    private final int[] sources;
    /** Variables and arguments by slot. */
    private final WeakReference<?>[] fixed;
    /** Places of the outputs among the kept values. */
    private final int[] outputs;

    Known(Program program, Device device, int[] sources, WeakReference<?>[] fixed, int[] outputs) {
        this.program = program;
        this.device = device;
        this.sources = sources;
        this.fixed = fixed;
        this.outputs = outputs;
    }

    public Program program() {
        return program;
    }

    public Device device() {
        return device;
    }

    /** A buffer, variable or argument for each slot; null if one is gone. */
    Object[] leaves(Node[] from) {
        Object[] all = new Object[sources.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = sources[i] == 0 ? fixed[i].get() : from[Event.SOURCE - sources[i]].value();
            if (all[i] == null) {
                return null;
            }
        }
        return all;
    }

    int[] outputs() {
        return outputs;
    }
}
