package dev.levin.plan;

import dev.levin.type.DType;

/**
 * Memory that a plan reads or writes.
 *
 * @param kind who owns it
 * @param slot the leaf slot for INPUT and VARIABLE
 * @param value the instruction whose value it first holds
 */
public record Storage(Kind kind, int slot, int value, DType dtype, long numel) {
    /** Owner of a storage. */
    public enum Kind {
        /** A copy of a bound input, at an offset of the arena. */
        INPUT,
        /** The memory of a variable. */
        VARIABLE,
        /** An intermediate, at an offset of the arena. */
        ARENA
    }

    public long bytes() {
        return numel * dtype.bytes();
    }
}
