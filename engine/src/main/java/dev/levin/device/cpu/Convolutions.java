package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.device.cpu.gemm.MachineConv;
import dev.levin.device.cpu.gemm.MachineConvWeights;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Convolutions in machine code, for images with their channels last, where the processor has AVX-512 and they are faster
 * than oneDNN's. {@code -Dlevin.convolutions=machine|library} decides otherwise, for bisecting.
 */
final class Convolutions {
    /** What is asked first. */
    enum Mode { MACHINE, LIBRARY }

    private static final int HELD = 256;

    /** What one is made for. */
    private record Key(String direction, ConvSpec spec, boolean bias, boolean relu) {
    }

    private final Team team;
    private final Mode mode;
    private final Map<Key, Optional<?>> made = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Optional<?>> eldest) {
            return size() > HELD;
        }
    };

    Convolutions(Team team) {
        this(team, mode());
    }

    Convolutions(Team team, Mode mode) {
        this.team = team;
        this.mode = mode;
    }

    private static Mode mode() {
        String name = System.getProperty("levin.convolutions", "machine");
        try {
            return Mode.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-Dlevin.convolutions=" + name + ": use machine or library", e);
        }
    }

    Optional<MachineConv> forward(ConvSpec spec, boolean bias, boolean relu) {
        return made(MachineConv.class, MachineConv.suits(spec), new Key("forward", spec, bias, relu), () -> MachineConv.forward(team, spec, bias, relu));
    }

    Optional<MachineConv> backwardData(ConvSpec spec) {
        return made(MachineConv.class, MachineConv.suits(spec), new Key("data", spec, false, false), () -> MachineConv.backwardData(team, spec));
    }

    Optional<MachineConvWeights> backwardWeights(ConvSpec spec) {
        return made(MachineConvWeights.class, MachineConvWeights.suits(spec), new Key("weights", spec, false, false),
                () -> MachineConvWeights.of(team, spec));
    }

    private synchronized <T> Optional<T> made(Class<T> type, boolean suits, Key key, Supplier<Optional<T>> make) {
        if (mode != Mode.MACHINE || !suits) {
            return Optional.empty();
        }
        Optional<?> found = made.get(key);
        if (found == null) {
            found = make.get();
            made.put(key, found);
        }
        return found.map(type::cast);
    }
}
