package dev.levin.device.cpu.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * The C functions, with every pointer as a {@code long}. Only touched once {@link DnnlLibrary} has loaded the library.
 *
 * <p>The hot ones have a typed method; those that build descriptors go through {@link Fn}.
 */
@SuppressWarnings("restricted")
final class Native {
    /** All of memory, for reading and writing at raw addresses. */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup DNNL = DnnlLibrary.result().symbols();

    private static final MethodHandle EXECUTE =
            handle(DNNL, "dnnl_primitive_execute", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
    private static final MethodHandle SET_DATA =
            quick(DNNL, "dnnl_memory_set_data_handle", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle OMP_SET = quick(DNNL, "omp_set_num_threads", null, JAVA_INT);
    private static final MethodHandle MALLOC = handle(LINKER.defaultLookup(), "malloc", JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FREE = handle(LINKER.defaultLookup(), "free", null, JAVA_LONG);

    private Native() {
    }

    private static MethodHandle handle(SymbolLookup lookup, String name, MemoryLayout result, MemoryLayout... args) {
        return link(symbol(lookup, name), result, args);
    }

    /** For functions that only touch a few words: no thread state transition. */
    private static MethodHandle quick(SymbolLookup lookup, String name, MemoryLayout result, MemoryLayout... args) {
        return link(symbol(lookup, name), result, args, Linker.Option.critical(false));
    }

    private static MemorySegment symbol(SymbolLookup lookup, String name) {
        return lookup.find(name).orElseThrow(() -> new DnnlUnavailable("the loaded oneDNN has no " + name + "; version 3 or later is needed"));
    }

    private static MethodHandle link(MemorySegment symbol, MemoryLayout result, MemoryLayout[] args, Linker.Option... options) {
        var type = result == null ? FunctionDescriptor.ofVoid(args) : FunctionDescriptor.of(result, args);
        return LINKER.downcallHandle(symbol, type, options);
    }

    /** Makes library calls of the current thread sequential; a thread-local setting of libgomp, a few ns. */
    static void sequential() {
        try {
            OMP_SET.invokeExact(1);
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    static void execute(long primitive, long stream, int count, long args, Object what) {
        int status;
        try {
            status = (int) EXECUTE.invokeExact(primitive, stream, count, args);
        } catch (Throwable t) {
            throw rethrow(t);
        }
        if (status != 0) {
            throw new DnnlException(status, "dnnl_primitive_execute", String.valueOf(what));
        }
    }

    static void setData(long memory, long address) {
        int status;
        try {
            status = (int) SET_DATA.invokeExact(memory, address);
        } catch (Throwable t) {
            throw rethrow(t);
        }
        if (status != 0) {
            throw new DnnlException(status, "dnnl_memory_set_data_handle", "");
        }
    }

    /** 64-byte aligned memory from the C heap; free it with {@link #free}. */
    static long alloc(long bytes) {
        long raw;
        try {
            raw = (long) MALLOC.invokeExact(bytes + 128);
        } catch (Throwable t) {
            throw rethrow(t);
        }
        if (raw == 0) {
            throw new OutOfMemoryError("no " + bytes + " bytes of native memory for oneDNN scratch");
        }
        long address = (raw + 127) & -64L;
        MEMORY.set(JAVA_LONG, address - 8, raw);
        return address;
    }

    static void free(long address) {
        try {
            FREE.invokeExact(MEMORY.get(JAVA_LONG, address - 8));
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    static RuntimeException rethrow(Throwable t) {
        if (t instanceof Error e) {
            throw e;
        }
        if (t instanceof RuntimeException r) {
            return r;
        }
        return new IllegalStateException(t);
    }

    /**
     * A function that builds or queries descriptors. Signature letters: {@code p} pointer or 64-bit int, {@code i} int,
     * {@code f} float; the last letter is the result ({@code v} for none).
     */
    enum Fn {
        dnnl_version("p"),
        dnnl_get_effective_cpu_isa("i"),
        dnnl_set_primitive_cache_capacity("ii"),
        dnnl_engine_create("pipi"),
        dnnl_engine_destroy("pi"),
        dnnl_stream_create("ppii"),
        dnnl_stream_destroy("pi"),
        dnnl_memory_create("ppppi"),
        dnnl_memory_destroy("pi"),
        dnnl_memory_desc_create_with_strides("pipipi"),
        dnnl_memory_desc_create_with_tag("pipiii"),
        dnnl_memory_desc_create_with_blob("ppi"),
        dnnl_memory_desc_create_submemory("ppppi"),
        dnnl_memory_desc_get_blob("pppi"),
        dnnl_memory_desc_get_size("pp"),
        dnnl_memory_desc_query("pipi"),
        dnnl_memory_desc_equal("ppi"),
        dnnl_memory_desc_clone("ppi"),
        dnnl_memory_desc_destroy("pi"),
        dnnl_primitive_attr_create("pi"),
        dnnl_primitive_attr_destroy("pi"),
        dnnl_primitive_attr_set_scratchpad_mode("pii"),
        dnnl_primitive_attr_set_deterministic("pii"),
        dnnl_primitive_attr_set_post_ops("ppi"),
        dnnl_post_ops_create("pi"),
        dnnl_post_ops_destroy("pi"),
        dnnl_post_ops_append_sum("pfiii"),
        dnnl_post_ops_append_eltwise("piffi"),
        dnnl_primitive_desc_destroy("pi"),
        dnnl_primitive_desc_next_impl("pi"),
        dnnl_primitive_desc_query("piipi"),
        dnnl_primitive_desc_query_md("piip"),
        dnnl_primitive_create("ppi"),
        dnnl_primitive_destroy("pi"),
        dnnl_reorder_primitive_desc_create("ppppppi"),
        dnnl_sum_primitive_desc_create("pppipppi"),
        dnnl_matmul_primitive_desc_create("pppppppi"),
        dnnl_convolution_forward_primitive_desc_create("ppiipppppppppi"),
        dnnl_convolution_backward_data_primitive_desc_create("ppipppppppppi"),
        dnnl_convolution_backward_weights_primitive_desc_create("ppippppppppppi"),
        dnnl_pooling_forward_primitive_desc_create("ppiippppppppi"),
        dnnl_pooling_backward_primitive_desc_create("ppipppppppppi"),
        dnnl_lstm_forward_primitive_desc_create("ppiipppppppppppipi"),
        dnnl_lstm_backward_primitive_desc_create("ppiippppppppppppppppppppppippi"),
        dnnl_lbr_gru_forward_primitive_desc_create("ppiipppppppipi"),
        dnnl_lbr_gru_backward_primitive_desc_create("ppiippppppppppppppippi"),
        dnnl_vanilla_rnn_forward_primitive_desc_create("ppiiipppppppiffpi"),
        dnnl_vanilla_rnn_backward_primitive_desc_create("ppiiippppppppppppppiffppi"),
        dnnl_softmax_forward_primitive_desc_create("ppiippipi"),
        dnnl_softmax_backward_primitive_desc_create("ppipppippi"),
        dnnl_layer_normalization_forward_primitive_desc_create("ppipppfipi"),
        dnnl_layer_normalization_backward_primitive_desc_create("ppippppfippi");

        private final String signature;
        private final MemorySegment symbol;
        /** Linked when first called: a process uses few of them, and linking one takes a millisecond or more. */
        private volatile MethodHandle handle;

        Fn(String signature) {
            this.signature = signature;
            symbol = symbol(DNNL, name());
        }

        private MethodHandle linked() {
            MethodHandle h = handle;
            if (h == null) {
                char result = signature.charAt(signature.length() - 1);
                MemoryLayout[] args = new MemoryLayout[signature.length() - 1];
                for (int i = 0; i < args.length; i++) {
                    args[i] = layout(signature.charAt(i));
                }
                h = link(symbol, result == 'v' ? null : layout(result), args).asSpreader(Object[].class, args.length);
                handle = h;
            }
            return h;
        }

        private static MemoryLayout layout(char c) {
            return switch (c) {
                case 'p' -> JAVA_LONG;
                case 'i' -> JAVA_INT;
                case 'f' -> JAVA_FLOAT;
                default -> throw new AssertionError(c);
            };
        }

        /** The function's result: Integer or Long. */
        Object call(Object... args) {
            try {
                return linked().invoke(args);
            } catch (Throwable t) {
                throw rethrow(t);
            }
        }

        /** Calls a function that returns a status. */
        void check(Object what, Object... args) {
            int status = (int) call(args);
            if (status != 0) {
                throw new DnnlException(status, name(), String.valueOf(what));
            }
        }

        /** Calls a function whose first argument is an out-parameter for the object it makes; returns that object. */
        long make(Object what, Object... args) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment out = arena.allocate(JAVA_LONG);
                Object[] all = new Object[args.length + 1];
                all[0] = out.address();
                System.arraycopy(args, 0, all, 1, args.length);
                check(what, all);
                return out.get(JAVA_LONG, 0);
            }
        }
    }

    static MemorySegment longs(Arena arena, long... values) {
        return arena.allocateFrom(JAVA_LONG, Arrays.copyOf(values, Math.max(values.length, 12)));
    }

    static String string(long address) {
        return address == 0 ? "" : MEMORY.asSlice(address).getString(0);
    }
}
