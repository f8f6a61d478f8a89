package dev.levin.device.cpu.gemm;

import dev.levin.kernel.x64.CodeMemory;
import dev.levin.kernel.x64.Cpu;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/** Machine code that lives as long as this object, and how it is called. */
class ConvCalls {
    private static final MethodHandle COMPUTE = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG)) : null;
    private static final MethodHandle COPY = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)) : null;

    private boolean complete = true;

    /** Makes code executable; where the system refuses, {@link #complete} is false from then on. */
    final MemorySegment load(byte[] code) {
        MemorySegment m = CodeMemory.of(code, this).map(c -> c.entry(0)).orElse(MemorySegment.NULL);
        complete &= m.address() != 0;
        return m;
    }

    final boolean complete() {
        return complete;
    }

    /** Calls {@link ConvCode#compute}'s code. */
    final void compute(MemorySegment code, long words) {
        try {
            COMPUTE.invokeExact(code, words);
        } catch (Throwable e) {
            throw new IllegalStateException("machine code of a convolution can't be called", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Calls code that copies. */
    final void copy(MemorySegment code, long from, long to, long count, long x, long y) {
        try {
            COPY.invokeExact(code, from, to, count, x, y);
        } catch (Throwable e) {
            throw new IllegalStateException("machine code of a convolution can't be called", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
