package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.memory.HostMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An argument block in native memory with the {@code void*[]} that points at it; lives as long as the object. */
final class Block {
    /** The largest block that goes by value; larger ones are passed through a table in device memory. */
    static final int MAX_BYTES = 4000;

    private final MemorySegment memory;
    private final long words;
    private final long parameters;

    Block(int count) {
        memory = Arena.ofAuto().allocate(8L * count + 8, 8);
        parameters = memory.address();
        words = parameters + 8;
        HostMemory.putLong(parameters, words);
    }

    void set(int word, long v) {
        HostMemory.putLong(words + 8L * word, v);
    }

    void set(long[] all) {
        MemorySegment.copy(all, 0, memory, ValueLayout.JAVA_LONG, 8, all.length);
    }

    /** Address of the {@code void*[]}. */
    long parameters() {
        return parameters;
    }
}
