package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.device.cpu.dnnl.DnnlException;
import dev.levin.device.cpu.dnnl.Matmul;
import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.gemm.JavaGemm;
import dev.levin.device.cpu.gemm.MachineGemm;
import dev.levin.type.DType;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Code for matrix products: machine code where the processor has AVX-512, else oneDNN, else Java.
 * {@code -Dlevin.products=machine|library|java} decides otherwise, for bisecting.
 */
final class Products {
    /** What is asked first; the others follow in this order. */
    enum Mode { MACHINE, LIBRARY, JAVA }

    private static final int HELD = 512;

    private final Dnnl dnnl;
    private final Team team;
    private final Mode mode;
    private final Map<MatmulSpec, Optional<MachineGemm>> machine = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<MatmulSpec, Optional<MachineGemm>> eldest) {
            return size() > HELD;
        }
    };

    /** @param dnnl null without the library */
    Products(Dnnl dnnl, Team team) {
        this(dnnl, team, mode());
    }

    Products(Dnnl dnnl, Team team, Mode mode) {
        this.dnnl = dnnl;
        this.team = team;
        this.mode = mode;
    }

    private static Mode mode() {
        String name = System.getProperty("levin.products", "machine");
        try {
            return Mode.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-Dlevin.products=" + name + ": use machine, library or java", e);
        }
    }

    /** The product in machine code, where that is the best choice. */
    synchronized Optional<MachineGemm> machine(MatmulSpec spec) {
        if (mode != Mode.MACHINE || !MachineGemm.suits(spec)) {
            return Optional.empty();
        }
        return machine.computeIfAbsent(spec, s -> MachineGemm.of(team, s));
    }

    /** The library's product, where it has a fast one. */
    Optional<Matmul> library(MatmulSpec spec) {
        boolean type = spec.input() == DType.F32 || spec.input().isHalf();
        if (dnnl == null || mode == Mode.JAVA || !type) {
            return Optional.empty();
        }
        try {
            return Optional.of(dnnl.matmul(spec)).filter(Matmul::isOptimized);
        } catch (DnnlException | IllegalArgumentException e) {
            // no such primitive
            return Optional.empty();
        }
    }

    /** The product in Java. */
    Optional<JavaGemm> java(MatmulSpec spec) {
        return JavaGemm.supports(spec) ? Optional.of(new JavaGemm(team, spec)) : Optional.empty();
    }
}
