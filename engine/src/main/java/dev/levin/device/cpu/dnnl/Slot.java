package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import java.util.concurrent.atomic.AtomicLong;

/** What one running task needs besides its operands: a stream and scratch memory that grows as asked and is reused. */
final class Slot {
    /** Uses of scratch memory that may be live at the same time. */
    enum Use { PRIMITIVE, FIRST, SECOND, THIRD }

    final long stream;
    private final AtomicLong held;
    private final long[] address = new long[Use.values().length];
    private final long[] size = new long[Use.values().length];

    Slot(long engine, AtomicLong held) {
        stream = Fn.dnnl_stream_create.make("stream", engine, 1);
        this.held = held;
    }

    /** At least {@code bytes} bytes, 64-byte aligned, with unspecified contents; valid until the next call for this use. */
    long scratch(Use use, long bytes) {
        int i = use.ordinal();
        if (bytes > size[i]) {
            release(i);
            long grown = Math.max(bytes, Math.min(2 * bytes, bytes + (1 << 20)));
            address[i] = Native.alloc(grown);
            size[i] = grown;
            held.addAndGet(grown);
        }
        return address[i];
    }

    private void release(int i) {
        if (address[i] != 0) {
            Native.free(address[i]);
            held.addAndGet(-size[i]);
            address[i] = 0;
            size[i] = 0;
        }
    }

    void destroy() {
        for (int i = 0; i < address.length; i++) {
            release(i);
        }
        Fn.dnnl_stream_destroy.call(stream);
    }
}
