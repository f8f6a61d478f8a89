package dev.levin.plan;

import dev.levin.type.DType;

/**
 * Memory that a plan reads or writes.
 *
 * @param kind who owns it
 * @param slot the leaf slot for INPUT and VARIABLE
 * @param value the instruction whose value it first holds
 * @param within the storage that this one is a part of, -1 for none
 * @param start bytes from the start of that storage
 * @param dense whether the elements are neighbours in memory; those of a part of a concatenation may have others between them
 */
public record Storage(Kind kind, int slot, int value, DType dtype, long numel, int within, long start, boolean dense) {
    Storage(Kind kind, int slot, int value, DType dtype, long numel) {
        this(kind, slot, value, dtype, numel, -1, 0, true);
    }

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
