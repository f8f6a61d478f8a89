package dev.levin.kernel.x64;

/**
 * A memory operand {@code [base + index * scale + disp]}, or a constant of the code's pool.
 *
 * @param base general register, -1 for a pool constant
 * @param index general register or -1
 * @param disp bytes; for a pool constant its offset in the pool
 */
public record Mem(int base, int index, int scale, int disp) {
    public static Mem at(int base, long disp) {
        return new Mem(base, -1, 1, Math.toIntExact(disp));
    }

    public static Mem at(int base, int index, int scale, long disp) {
        return new Mem(base, index, scale, Math.toIntExact(disp));
    }

    /** The same place, some bytes further. */
    public Mem plus(int bytes) {
        return new Mem(base, index, scale, Math.addExact(disp, bytes));
    }
}
