package dev.levin.kernel.cuda;

import dev.levin.kernel.Kernel;
import dev.levin.type.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Runs one kernel's host code. */
public final class HostRun {
    private HostRun() {
    }

    /** The code of a kernel for a device of {@code processors} multiprocessors. */
    public static CudaCode code(Kernel k, int processors) {
        return CudaEmitter.emit(k.spec(), Schedule.of(k, processors), true);
    }

    /** Runs on copies of the buffers and returns them; {@code many}: through a table with an empty first entry. */
    public static HostArray[] run(HostCode host, CudaCode code, Kernel k, int processors, boolean many, double[] uniforms, HostArray... buffers) {
        LaunchShape shape = LaunchShape.of(k, code.schedule(), processors);
        try (Arena arena = Arena.ofConfined()) {
            long[] words = code.arguments().words(k, shape);
            MemorySegment[] memory = new MemorySegment[buffers.length];
            for (int b = 0; b < buffers.length; b++) {
                memory[b] = arena.allocate(Math.max(256, buffers[b].bytes()), 256);
                memory[b].copyFrom(buffers[b].segment());
                words[code.arguments().buffer(b)] = memory[b].address();
            }
            MemorySegment u = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, uniforms.length == 0 ? new double[1] : uniforms);
            MemorySegment trap = arena.allocate(32, 8);
            words[code.arguments().uniforms()] = u.address();
            words[code.arguments().trap()] = trap.address();
            words[code.arguments().scratch()] = arena.allocate(Math.max(16, shape.scratchBytes()), 16).address();
            MemorySegment block = arena.allocateFrom(ValueLayout.JAVA_LONG, words);
            if (many) {
                launchMany(arena, host, code, shape, block);
            } else {
                MemorySegment p = arena.allocateFrom(ValueLayout.JAVA_LONG, block.address());
                host.launch(code.name(), shape.blocks(), code.schedule().threads(), p);
                if (shape.finishBlocks() > 0) {
                    host.launch(code.finish(), shape.finishBlocks(), LaunchShape.FINISH_THREADS, p);
                }
            }
            if (trap.get(ValueLayout.JAVA_LONG, 0) != 0) {
                throw new IndexOutOfBoundsException("trap " + trap.get(ValueLayout.JAVA_LONG, 0) + ": index "
                        + trap.get(ValueLayout.JAVA_LONG, 16) + " of " + trap.get(ValueLayout.JAVA_LONG, 24));
            }
            HostArray[] out = new HostArray[buffers.length];
            for (int b = 0; b < buffers.length; b++) {
                out[b] = HostArray.allocate(buffers[b].dtype(), buffers[b].length()).copyFrom(memory[b]);
            }
            return out;
        }
    }

    /** A table of one kernel that starts at block 0. */
    private static void launchMany(Arena arena, HostCode host, CudaCode code, LaunchShape shape, MemorySegment block) {
        MemorySegment first = arena.allocateFrom(ValueLayout.JAVA_INT, 0);
        MemorySegment table = arena.allocateFrom(ValueLayout.JAVA_LONG, block.address(), first.address(), 1L);
        MemorySegment p = arena.allocateFrom(ValueLayout.JAVA_LONG, table.address());
        host.launch(code.many(), shape.blocks(), code.schedule().threads(), p);
        if (shape.finishBlocks() > 0) {
            host.launch(code.finishMany(), shape.finishBlocks(), LaunchShape.FINISH_THREADS, p);
        }
    }
}
