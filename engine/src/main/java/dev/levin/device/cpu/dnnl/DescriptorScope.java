package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/** Owns the short-lived native objects one primitive is built from; closing destroys them in reverse order. */
final class DescriptorScope implements AutoCloseable {
    private record Owned(Fn destroy, long handle) { }

    private final Deque<Owned> owned = new ArrayDeque<>();
    private final Arena arena = Arena.ofConfined();

    long own(Fn destroy, long handle) {
        owned.push(new Owned(destroy, handle));
        return handle;
    }

    /** A native memory descriptor equal to {@code layout}; 0 (none) for null. */
    long desc(DnnlLayout layout) {
        return layout == null ? 0 : own(Fn.dnnl_memory_desc_destroy, layout.newNative());
    }

    /** A descriptor that leaves the layout to the library. */
    long any(DnnlLayout shape) {
        return own(Fn.dnnl_memory_desc_destroy, DnnlLayout.newAny(shape.dtype(), shape.dimsArray()));
    }

    long dims(long... values) {
        return Native.longs(arena, values).address();
    }

    /** Any number of pointers or dimensions. */
    long longs(long... values) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, values).address();
    }

    MemorySegment floats(float... values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    /** Attributes every primitive here has: scratch memory given by the caller, deterministic kernels, and post-ops. */
    long attributes(PostOps post) {
        long attr = own(Fn.dnnl_primitive_attr_destroy, Fn.dnnl_primitive_attr_create.make("attributes"));
        Fn.dnnl_primitive_attr_set_scratchpad_mode.check("attributes", attr, 1);
        Fn.dnnl_primitive_attr_set_deterministic.check("attributes", attr, 1);
        if (!post.isEmpty()) {
            long ops = own(Fn.dnnl_post_ops_destroy, Fn.dnnl_post_ops_create.make(post));
            if (post.accumulate()) {
                Fn.dnnl_post_ops_append_sum.check(post, ops, 1f, 0, 0);
            }
            if (post.activation() != PostOps.Activation.NONE) {
                Fn.dnnl_post_ops_append_eltwise.check(post, ops, post.activation().code(),
                        post.activation() == PostOps.Activation.SILU ? 1f : 0f, 0f);
            }
            Fn.dnnl_primitive_attr_set_post_ops.check(post, attr, ops);
        }
        return attr;
    }

    @Override
    public void close() {
        for (Owned o : owned) {
            o.destroy.call(o.handle);
        }
        arena.close();
    }
}
