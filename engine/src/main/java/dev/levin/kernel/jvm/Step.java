package dev.levin.kernel.jvm;

import dev.levin.kernel.ReduceOp;
import dev.levin.kernel.Value;
import dev.levin.type.DType;
import java.util.List;

/** What happens to one tile, in order. */
sealed interface Step {
    /** An array of the frame. */
    record Slot(Kind kind, int number, Form form) {
    }

    /** Memory to scratch; {@code picks} are the arrays of index operands. */
    record LoadStep(Value.Load load, Slot to, List<Slot> picks, boolean remember) implements Step {
    }

    record IndexStep(Value.Index index, Slot to) implements Step {
    }

    record RandomStep(Value.Random random, Slot to) implements Step {
    }

    record UniformStep(Value.Uniform uniform, Slot to) implements Step {
    }

    /** A literal that picks: passes have their literals in the code, loads read theirs from an array. */
    record ConstStep(Value.Const constant, Slot to) implements Step {
    }

    /** Generated code; {@code memory} is what it reads or writes in memory itself, by number. */
    record PassStep(int pass, Form form, List<MemoryUse> memory) implements Step {
    }

    record MemoryUse(int access, int buffer, DType dtype) {
    }

    /** Folds a FULL array into state {@code number}. */
    record ReduceStep(int number, ReduceOp op, Slot from) implements Step {
    }

    /** Scratch to memory. */
    record StoreStep(int access, int buffer, DType dtype, Slot from) implements Step {
    }
}
