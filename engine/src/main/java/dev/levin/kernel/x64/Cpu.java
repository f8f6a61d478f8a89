package dev.levin.kernel.x64;

import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RBX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDX;
import static dev.levin.kernel.x64.Assembler.RSI;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** What the processor says about itself. */
public final class Cpu {
    /** The foundation, double and quad word, byte and word, and vector length parts of AVX-512. */
    private static final int PARTS = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    /** The system saves general, vector, mask and upper vector registers. */
    private static final int STATE = 0xe6;

    private Cpu() {
    }

    /** True if machine code can run here and the processor has AVX-512 F, DQ, BW and VL, and FMA. */
    public static boolean avx512() {
        return Holder.AVX512;
    }

    private static final class Holder {
        static final boolean AVX512 = CodeMemory.supported() && detect();

        private static boolean detect() {
            var a = new Assembler();
            a.push(RBX);
            // rdi: three ints for leaf 1 ecx, leaf 7 ebx, xcr0
            a.mov(RSI, Assembler.RDI);
            a.movImm(RAX, 1);
            a.movImm(RCX, 0);
            a.cpuid();
            a.storeLow(Mem.at(RSI, 0), RCX, 4);
            // without this bit the last instruction does not exist
            var old = new Assembler.Label();
            a.mov(RAX, RCX);
            a.andImm(RAX, 1 << 27);
            a.jump(Assembler.Cond.E, old);
            a.movImm(RAX, 7);
            a.movImm(RCX, 0);
            a.cpuid();
            a.storeLow(Mem.at(RSI, 4), RBX, 4);
            a.movImm(RCX, 0);
            a.movImm(RDX, 0);
            a.xgetbv();
            a.storeLow(Mem.at(RSI, 8), RAX, 4);
            a.bind(old);
            a.pop(RBX);
            a.ret();
            var owner = new Object();
            try (Arena arena = Arena.ofConfined()) {
                var code = CodeMemory.of(a.bytes(), owner);
                if (code.isEmpty()) {
                    return false;
                }
                var out = arena.allocate(12, 8);
                Linker.nativeLinker().downcallHandle(code.get().entry(0), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS)).invoke(out);
                int one = out.getAtIndex(ValueLayout.JAVA_INT, 0);
                boolean saved = (one >> 27 & 1) != 0 && (out.getAtIndex(ValueLayout.JAVA_INT, 2) & STATE) == STATE;
                return saved && (one >> 12 & 1) != 0 && (out.getAtIndex(ValueLayout.JAVA_INT, 1) & PARTS) == PARTS;
            } catch (Throwable e) {
                return false;
            } finally {
                java.lang.ref.Reference.reachabilityFence(owner);
            }
        }
    }
}
