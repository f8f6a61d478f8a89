package dev.levin.device.cuda.load;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Named ranges on the time line of NVIDIA's profilers (NVTX). The presets have no NVTX; its library comes with the toolkit and
 * with {@code pip install nvidia-nvtx}.
 */
public final class ProfilerRanges {
    private static final String FILE = "libnvtx3interop.so.1";

    private final MethodHandle push;
    private final MethodHandle pop;

    private ProfilerRanges(MethodHandle push, MethodHandle pop) {
        this.push = push;
        this.pop = pop;
    }

    /** @throws IllegalStateException where the library is not there */
    @SuppressWarnings("restricted")
    public static ProfilerRanges open() {
        for (Path folder : LibrarySearch.search().searched()) {
            Path p = folder.resolve(FILE);
            if (Files.isReadable(p)) {
                SymbolLookup l = SymbolLookup.libraryLookup(p, Arena.global());
                return new ProfilerRanges(DriverProbe.function(l, "nvtxRangePushA", FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                        DriverProbe.function(l, "nvtxRangePop", FunctionDescriptor.of(JAVA_INT)));
            }
        }
        throw new IllegalStateException(FILE + " was not found, which -Dlevin.cuda.nvtx=true needs; pip install nvidia-nvtx, or leave the switch off");
    }

    /** Begins a range on this thread. */
    public void push(String name) {
        try (Arena arena = Arena.ofConfined()) {
            int depth = (int) push.invokeExact(arena.allocateFrom(name));
        } catch (Throwable t) {
            throw new IllegalStateException("nvtxRangePushA", t);
        }
    }

    /** Ends the range begun last. */
    public void pop() {
        try {
            int depth = (int) pop.invokeExact();
        } catch (Throwable t) {
            throw new IllegalStateException("nvtxRangePop", t);
        }
    }
}
