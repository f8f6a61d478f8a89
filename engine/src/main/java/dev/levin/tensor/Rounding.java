package dev.levin.tensor;

/** How {@link Tensor#div(Tensor, Rounding)} rounds a quotient: PyTorch's {@code rounding_mode}. */
public enum Rounding {
    /** Towards zero, as integer division in C. */
    TRUNC,
    /** Towards minus infinity, as {@code //} in Python. */
    FLOOR
}
