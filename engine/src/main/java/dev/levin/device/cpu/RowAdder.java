package dev.levin.device.cpu;

import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.R9;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RDX;
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

/** Machine code that adds rows of F32 to rows of a table picked by index, one after the other. */
final class RowAdder {
    private static final MethodHandle CALL = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)) : null;
    private static final int WIDTH = 16;

    private final MemorySegment code;

    private RowAdder(byte[] bytes) {
        CodeMemory memory = CodeMemory.of(bytes, this).orElse(null);
        code = memory == null ? null : memory.entry(0);
    }

    /** For rows of {@code stride} floats of which {@code width} are added; empty if this processor can't. */
    static Optional<RowAdder> of(int stride, int width) {
        if (!Cpu.avx512()) {
            return Optional.empty();
        }
        var adder = new RowAdder(emit(4 * stride, width));
        return adder.code == null ? Optional.empty() : Optional.of(adder);
    }

    private static byte[] emit(int stride, int width) {
        var a = new Assembler();
        int full = width / WIDTH * WIDTH * 4;
        var rows = new Label();
        var done = new Label();
        if (width % WIDTH != 0) {
            a.movImm(RAX, (1 << width % WIDTH) - 1);
            a.kmovFrom(1, RAX);
        }
        // RDI table, RSI rows, RDX indices, RCX how many
        a.bind(rows);
        a.cmpImm(RCX, 0);
        a.jump(Cond.LE, done);
        a.load(RAX, Mem.at(RDX, 0));
        a.mulImm(RAX, stride, R9);
        a.add(RAX, RDI);
        if (full > 0) {
            var lanes = new Label();
            a.movImm(R9, 0);
            a.bind(lanes);
            a.v(Insn.MOVUPS, L512, 0, 0, Mem.at(RAX, R9, 1, 0), Mask.NONE, false);
            a.v(Insn.ADDPS, L512, 0, 0, Mem.at(RSI, R9, 1, 0), Mask.NONE, false);
            a.v(Insn.STOREUPS, L512, 0, 0, Mem.at(RAX, R9, 1, 0), Mask.NONE, false);
            a.addImm(R9, 4 * WIDTH);
            a.cmpImm(R9, full);
            a.jump(Cond.L, lanes);
        }
        if (width % WIDTH != 0) {
            var rest = new Mask(1, true);
            a.v(Insn.MOVUPS, L512, 0, 0, Mem.at(RAX, full), rest, false);
            a.v(Insn.MOVUPS, L512, 1, 0, Mem.at(RSI, full), rest, false);
            a.v(Insn.ADDPS, L512, 0, 0, 1, Mask.NONE);
            a.v(Insn.STOREUPS, L512, 0, 0, Mem.at(RAX, full), new Mask(1, false), false);
        }
        a.addImm(RSI, stride);
        a.addImm(RDX, 8);
        a.addImm(RCX, -1);
        a.jump(rows);
        a.bind(done);
        a.ret();
        return a.bytes();
    }

    /** Adds {@code count} rows at address {@code rows} to the table's rows that the I64 at {@code indices} name; those must exist. */
    void add(long table, long rows, long indices, long count) {
        try {
            CALL.invokeExact(code, table, rows, indices, count);
        } catch (Throwable e) {
            throw new IllegalStateException("machine code can't be called", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
