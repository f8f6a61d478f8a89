package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.gemm.MachineGemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A matrix product in machine code. Products of one plan that read the same value in the same way, as every time step of a
 * recurrent layer reads its weight, share one copy of it in the order of the tiles; the first of them makes it.
 */
final class MachineProduct implements CopyingRoutine {
    /** Rows beyond which a copy of one's own costs next to nothing. */
    private static final long ROWS = 512;
    private static final long COPY_BYTES = 16 << 20;

    /** How an operand is read: equal ones have equal copies. */
    private record Operand(int source, long offset, List<Long> strides, long k, long n) {
    }

    private final MachineGemm gemm;
    private final Operand weight;
    private final boolean few;
    private final long offsetA;
    private final long offsetB;
    private final boolean bias;
    private MemorySegment copy;
    private boolean makesCopy;

    MachineProduct(MachineGemm gemm, MatmulSpec spec, int source, long offsetA, long offsetB) {
        this.gemm = gemm;
        this.offsetA = offsetA;
        this.offsetB = offsetB;
        bias = spec.bias() != null;
        weight = new Operand(source, offsetB, spec.bStrides(), spec.k(), spec.n());
        few = spec.m() <= ROWS;
    }

    /** Lets the products among a plan's routines, given in the order in which they run, share copies. */
    static void share(List<Routine> routines) {
        Map<Operand, List<MachineProduct>> users = new HashMap<>();
        for (Routine r : routines) {
            if (r instanceof MachineProduct p && p.few && p.gemm.copyBytes() > 0 && p.gemm.copyBytes() <= COPY_BYTES) {
                users.computeIfAbsent(p.weight, w -> new ArrayList<>()).add(p);
            }
        }
        for (List<MachineProduct> group : users.values()) {
            if (group.size() > 1) {
                MemorySegment memory = Arena.ofAuto().allocate(group.getFirst().gemm.copyBytes(), 64);
                group.forEach(p -> p.copy = memory);
                group.getFirst().makesCopy = true;
            }
        }
    }

    /** 0 also where products share a copy, and for so many rows that making one costs next to nothing. */
    @Override
    public long copyBytes() {
        return copy == null && few ? gemm.copyBytes() : 0;
    }

    @Override
    public void copy(long weight, long to) {
        gemm.copy(weight + offsetB, to);
    }

    @Override
    public void runCopied(long[] x, long from, long y) {
        gemm.runCopied(x[0] + offsetA, from, bias ? x[2] : 0, y);
    }

    @Override
    public void run(long[] x, long y) {
        if (copy == null) {
            gemm.run(x[0] + offsetA, x[WEIGHT] + offsetB, bias ? x[2] : 0, y);
            return;
        }
        if (makesCopy) {
            copy(x[WEIGHT], copy.address());
        }
        runCopied(x, copy.address(), y);
    }
}
