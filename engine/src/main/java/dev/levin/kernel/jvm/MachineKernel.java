package dev.levin.kernel.jvm;

import dev.levin.kernel.Kernel;
import dev.levin.kernel.Pick;
import dev.levin.kernel.Value;
import dev.levin.kernel.x64.CodeMemory;
import dev.levin.kernel.x64.Cpu;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A kernel as machine code of this processor: fast from its first run on. */
final class MachineKernel implements CompiledKernel {
    private static final MethodHandle CALL = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)) : null;
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** {@code -Dlevin.kernels.dump=FOLDER} writes each kernel there: its program, and its code for a disassembler. */
    private static final String DUMP = System.getProperty("levin.kernels.dump");

    private final Kernel kernel;
    private final String name;
    private final int units;
    private final int partialBytes;
    private final boolean pieces;
    private final int scratchBytes;
    private final DType[] uniformType;
    private final MemorySegment run;
    private final MemorySegment finish;

    /** Memory of one thread, as large as the largest kernel it ran needs. */
    private static final class Scratch {
        private long size;
        private MemorySegment memory;

        long address(int bytes) {
            if (bytes > size) {
                size = Math.max(bytes, 1 << 16);
                memory = Arena.ofAuto().allocate(size, 64);
            }
            return memory.address();
        }
    }

    private MachineKernel(Kernel kernel, Tiling tiling, Lowered lowered, MachineEmitter.Code code) {
        this.kernel = kernel;
        name = kernel.spec().name();
        units = Math.toIntExact(tiling.keptTiles(kernel) * tiling.chunks());
        pieces = tiling.chunks() > 1;
        partialBytes = pieces ? 8 * TileRunner.resultCapacity(tiling) * lowered.reductions().size() * units : 0;
        scratchBytes = code.scratch();
        uniformType = new DType[MachineEmitter.uniforms(kernel)];
        for (Value v : kernel.spec().values()) {
            if (v instanceof Value.Uniform u) {
                uniformType[u.slot()] = u.dtype();
            }
        }
        CodeMemory memory = CodeMemory.of(code.bytes(), this).orElse(null);
        run = memory == null ? null : memory.entry(0);
        finish = memory == null ? null : memory.entry(code.finish());
    }

    /** The kernel, if it and this machine allow. */
    static Optional<MachineKernel> of(Kernel kernel, Tiling tiling) {
        if (!Cpu.avx512()) {
            return Optional.empty();
        }
        Lowered lowered = Lowering.forMachine(kernel, tiling);
        AccessPlan[] plans = kernel.geometry().accesses().stream().map(x -> new AccessPlan(x, tiling)).toArray(AccessPlan[]::new);
        if (!MachineEmitter.supports(kernel, tiling, lowered, plans) || mixedUniforms(kernel)) {
            if (DUMP != null) {
                System.err.println("no machine code: " + kernel + "\n" + lowered.stages() + " " + lowered.epilogue());
            }
            return Optional.empty();
        }
        MachineEmitter.Code code = MachineEmitter.emit(kernel, tiling, lowered, plans);
        if (DUMP != null) {
            dump(kernel, lowered, code);
        }
        var k = new MachineKernel(kernel, tiling, lowered, code);
        return k.run == null ? Optional.empty() : Optional.of(k);
    }

    private static void dump(Kernel kernel, Lowered lowered, MachineEmitter.Code code) {
        try {
            Files.write(Path.of(DUMP, kernel.spec().name() + ".bin"), code.bytes());
            Files.writeString(Path.of(DUMP, kernel.spec().name() + ".txt"), kernel + "\n" + lowered.stages() + "\n" + lowered.epilogue() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("-Dlevin.kernels.dump=" + DUMP + ": use an existing folder", e);
        }
    }

    /** The parameter block holds each uniform once, in one type. */
    private static boolean mixedUniforms(Kernel kernel) {
        var types = new DType[MachineEmitter.uniforms(kernel)];
        for (Value v : kernel.spec().values()) {
            if (v instanceof Value.Uniform u) {
                if (types[u.slot()] != null && types[u.slot()] != u.dtype()) {
                    return true;
                }
                types[u.slot()] = u.dtype();
            }
        }
        return false;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return kernel.outer() * kernel.reduced();
    }

    @Override
    public Launch launch(long[] addresses, double[] uniforms) {
        if (addresses.length != kernel.spec().buffers().size()) {
            throw new IllegalArgumentException(name + " takes " + kernel.spec().buffers().size() + " buffers, got " + addresses.length);
        }
        return new Run(addresses, uniforms);
    }

    /** Raw bits of a uniform as scratch arrays hold its dtype. */
    private static long bits(DType type, double v) {
        return switch (type) {
            case F64 -> Double.doubleToRawLongBits(v);
            case F32 -> Float.floatToRawIntBits((float) v);
            case F16 -> Float.floatToRawIntBits(Float.float16ToFloat(Float.floatToFloat16((float) v)));
            case BF16 -> Float.floatToRawIntBits(HostArray.bf16ToFloat(HostArray.floatToBf16((float) v)));
            case I64 -> (long) v;
            case BOOL -> v != 0 ? 1 : 0;
            case I32 -> (int) v;
            case I16 -> (short) (int) v;
            case I8 -> (byte) (int) v;
            case U8 -> (int) v & 0xff;
        };
    }

    private final class Run implements Launch {
        private final long[] addresses;
        private final double[] uniforms;
        private final MemorySegment params;
        private final MemorySegment partials;
        private final long at;
        private final long[] knownAddresses;
        private final double[] knownUniforms;

        Run(long[] addresses, double[] uniforms) {
            this.addresses = addresses;
            this.uniforms = uniforms;
            knownAddresses = new long[addresses.length];
            knownUniforms = new double[uniformType.length];
            Arrays.fill(knownUniforms, Double.NaN);
            params = Arena.ofAuto().allocate(8L * (addresses.length + uniformType.length + 3), 64);
            partials = partialBytes == 0 ? MemorySegment.NULL : Arena.ofAuto().allocate(partialBytes, 64);
            params.setAtIndex(ValueLayout.JAVA_LONG, addresses.length + uniformType.length, partials.address());
            at = params.address();
            again();
        }

        @Override
        public void again() {
            for (int k = 0; k < addresses.length; k++) {
                if (addresses[k] != knownAddresses[k]) {
                    knownAddresses[k] = addresses[k];
                    params.setAtIndex(ValueLayout.JAVA_LONG, k, addresses[k]);
                }
            }
            for (int k = 0; k < uniformType.length; k++) {
                if (uniformType[k] != null && uniforms[k] != knownUniforms[k]) {
                    knownUniforms[k] = uniforms[k];
                    params.setAtIndex(ValueLayout.JAVA_LONG, addresses.length + k, bits(uniformType[k], uniforms[k]));
                }
            }
        }

        @Override
        public int units() {
            return units;
        }

        @Override
        public void run(int from, int to) {
            if (from < to) {
                call(run, from, to);
            }
        }

        @Override
        public void finish() {
            if (pieces) {
                call(finish, 0, 0);
            }
        }

        private void call(MemorySegment entry, long from, long to) {
            try {
                CALL.invokeExact(entry, at, from, to, SCRATCH.get().address(scratchBytes));
            } catch (Throwable e) {
                throw new IllegalStateException(name + " can't be called", e);
            } finally {
                // code and parameters live as long as this object
                Reference.reachabilityFence(this);
            }
            int fault = addresses.length + uniformType.length + 1;
            long load = params.getAtIndex(ValueLayout.JAVA_LONG, fault);
            if (load != 0) {
                params.setAtIndex(ValueLayout.JAVA_LONG, fault, 0);
                throw outOfRange((Value.Load) kernel.spec().values().get((int) load - 1), params.getAtIndex(ValueLayout.JAVA_LONG, fault + 1));
            }
        }

        private IndexOutOfBoundsException outOfRange(Value.Load load, long index) {
            long extent = kernel.geometry().accesses().get(load.access()).picks().stream().mapToLong(Pick::extent)
                    .filter(e -> index < 0 || index >= e).max().orElse(0);
            return new IndexOutOfBoundsException("index " + index + " is out of range for an axis of extent " + extent + " in " + name + ": " + load);
        }
    }
}
