package dev.levin.kernel.jvm;

/**
 * One machine-level instruction of a pass. Operands are positions of earlier instructions.
 *
 * @param imm literal bits for CONST (float or double bits, int, long), the input number for IN, the shift count for
 *     SHL/SHR/USHR with {@code b < 0}
 * @param call static method of {@link ScalarMath} for CALL, table for LOOKUP, else null
 */
record Micro(Op op, Kind kind, int a, int b, int c, long imm, String call) {
    enum Op {
        IN, CONST,
        ADD, SUB, MUL, DIV, REM, NEG, ABS, SQRT, MAX, MIN, FMA,
        AND, OR, XOR, SHL, SHR, USHR,
        /** Results of kind M. */
        EQ, LT, LE,
        /** Of an M. */
        NOT,
        /** {@code a (M) ? b : c}. */
        SEL,
        /** Conversion from the operand's kind to this kind; float to int saturates; M to I gives 0 or 1. */
        CVT,
        /** Same bits: F and I, or D and L. */
        BITS,
        CALL,
        /** Element of the table {@code call} of {@link Tables} that the low four bits of {@code a} name; both F. */
        LOOKUP,
        /** {@code a * 2^b} of two F, where b is integral; one rounding. In machine code only. */
        SCALE
    }
}
