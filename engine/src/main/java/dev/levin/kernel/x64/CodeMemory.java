package dev.levin.kernel.x64;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Cleaner;
import java.util.Locale;
import java.util.Optional;

/** Memory that holds machine code: written once, then executable and read-only until its owner is gone. */
public final class CodeMemory {
    private static final int READ_WRITE = 1 | 2;
    private static final int READ_EXECUTE = 1 | 4;
    private static final int PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final long PAGE = 4096;
    private static final Cleaner CLEANER = Cleaner.create();

    private final MemorySegment memory;

    private CodeMemory(MemorySegment memory) {
        this.memory = memory;
    }

    /** True on Linux for x86-64; other systems pass arguments or hand out memory differently. */
    public static boolean supported() {
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return System.getProperty("os.name", "").startsWith("Linux") && (arch.equals("amd64") || arch.equals("x86_64"));
    }

    /**
     * Copies the code to executable memory; empty if the system refuses such memory. It is unmapped when {@code owner} is
     * unreachable.
     */
    public static Optional<CodeMemory> of(byte[] code, Object owner) {
        long size = (code.length + PAGE - 1) / PAGE * PAGE;
        MemorySegment m = Calls.map(size);
        if (m == null) {
            return Optional.empty();
        }
        MemorySegment.copy(code, 0, m, ValueLayout.JAVA_BYTE, 0, code.length);
        if (!Calls.protect(m)) {
            Calls.unmap(m);
            return Optional.empty();
        }
        CLEANER.register(owner, () -> Calls.unmap(m));
        return Optional.of(new CodeMemory(m));
    }

    /** Address of the code at an offset. */
    public MemorySegment entry(int offset) {
        return MemorySegment.ofAddress(memory.address() + offset);
    }

    /** The C library's functions; looked up on first use. */
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final MethodHandle MMAP = find("mmap", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        private static final MethodHandle MPROTECT = find("mprotect",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        private static final MethodHandle MUNMAP = find("munmap",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

        private static MethodHandle find(String name, FunctionDescriptor type) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
        }

        static MemorySegment map(long size) {
            try {
                long at = (long) MMAP.invokeExact(0L, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
                return at == -1 ? null : MemorySegment.ofAddress(at).reinterpret(size, Arena.global(), null);
            } catch (Throwable e) {
                throw new IllegalStateException("mmap can't be called", e);
            }
        }

        static boolean protect(MemorySegment m) {
            try {
                return (int) MPROTECT.invokeExact(m.address(), m.byteSize(), READ_EXECUTE) == 0;
            } catch (Throwable e) {
                throw new IllegalStateException("mprotect can't be called", e);
            }
        }

        static void unmap(MemorySegment m) {
            try {
                int ignored = (int) MUNMAP.invokeExact(m.address(), m.byteSize());
            } catch (Throwable e) {
                throw new IllegalStateException("munmap can't be called", e);
            }
        }
    }
}
