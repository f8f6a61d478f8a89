package dev.levin.device.cpu.dnnl;

import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RSI;

import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.CodeMemory;
import dev.levin.kernel.x64.Cpu;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * {@link Relu} in machine code of processors with AVX-512, on whole vectors of 64 bytes: what the JVM makes of a loop over
 * native memory is up to ten times slower, and which it is differs from run to run.
 */
final class ReluCode {
    /** Bytes of a vector. */
    static final int VECTOR = 64;
    /** Owns the code, of which there are three, as long as the process lives. */
    private static final Object KEPT = new Object();
    private static final MethodHandle CALL = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)) : null;

    private final MemorySegment code;

    private ReluCode(MemorySegment code) {
        this.code = code;
    }

    /** For 32-bit elements, or pairs of 16-bit ones, whose infinity has these bits; empty where it can't run. */
    static Optional<ReluCode> of(int infinity, boolean pairs) {
        if (!Cpu.avx512()) {
            return Optional.empty();
        }
        int each = pairs ? 0x10001 : 1;
        int low = pairs ? 0x7fff : 0x7fffffff;
        return CodeMemory.of(bytes((low + 1) * each, (low - infinity) * each, pairs ? 15 : 31), KEPT).map(m -> new ReluCode(m.entry(0)));
    }

    private static byte[] bytes(int sign, int toSign, int shift) {
        var a = new Assembler();
        var again = new Label();
        a.bind(again);
        a.v(Insn.MOVUPS, L512, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
        a.v(Insn.PANDD, L512, 1, 0, a.constant(sign), Mask.NONE, true);
        spread(a, 1, shift);
        // a magnitude beyond infinity carries into the sign: NaN
        a.v(Insn.PANDD, L512, 3, 0, a.constant(~sign), Mask.NONE, true);
        a.v(Insn.PADDD, L512, 3, 3, a.constant(toSign), Mask.NONE, true);
        a.v(Insn.PANDD, L512, 3, 3, a.constant(sign), Mask.NONE, true);
        spread(a, 3, shift);
        // negative and not NaN
        a.v(Insn.PANDD, L512, 3, 3, 1, Mask.NONE);
        a.v(Insn.PXORD, L512, 1, 1, 3, Mask.NONE);
        a.v(Insn.PANDD, L512, 1, 1, 0, Mask.NONE);
        a.v(Insn.PXORD, L512, 0, 0, 1, Mask.NONE);
        a.v(Insn.STOREUPS, L512, 0, 0, Mem.at(RDI, 0), Mask.NONE, false);
        a.addImm(RDI, VECTOR);
        a.addImm(RSI, -1);
        a.cmpImm(RSI, 0);
        a.jump(Cond.NE, again);
        a.ret();
        return a.bytes();
    }

    /** Copies the sign bit of each element to all of its bits. */
    private static void spread(Assembler a, int v, int shift) {
        a.shift(false, 2, 2, v, shift);
        a.v(Insn.PSUBD, L512, 2, v, 2, Mask.NONE);
        a.v(Insn.PORD, L512, v, v, 2, Mask.NONE);
    }

    /** On {@code vectors} vectors from this address on. */
    void run(long address, long vectors) {
        if (vectors == 0) {
            return;
        }
        try {
            CALL.invokeExact(code, address, vectors);
        } catch (Throwable e) {
            throw new IllegalStateException("machine code of RELU can't be called", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
