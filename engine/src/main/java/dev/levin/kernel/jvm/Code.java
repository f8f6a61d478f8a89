package dev.levin.kernel.jvm;

import dev.levin.kernel.jvm.Micro.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects the instructions of one pass; equal instructions are shared. Methods return instruction numbers. */
final class Code {
    /** Whether {@link Op#SCALE} may be used. */
    private final boolean scales;
    private final List<Micro> list = new ArrayList<>();
    private final Map<Micro, Integer> known = new HashMap<>();

    Code(boolean scales) {
        this.scales = scales;
    }

    boolean scales() {
        return scales;
    }

    List<Micro> instructions() {
        return list;
    }

    Kind kind(int id) {
        return list.get(id).kind();
    }

    boolean isLiteral(int id) {
        return list.get(id).op() == Op.CONST;
    }

    private int add(Micro m) {
        return known.computeIfAbsent(m, x -> {
            list.add(x);
            return list.size() - 1;
        });
    }

    int in(Kind kind, int number) {
        return add(new Micro(Op.IN, kind, -1, -1, -1, number, null));
    }

    int f(float v) {
        return add(new Micro(Op.CONST, Kind.F, -1, -1, -1, Float.floatToRawIntBits(v), null));
    }

    int d(double v) {
        return add(new Micro(Op.CONST, Kind.D, -1, -1, -1, Double.doubleToRawLongBits(v), null));
    }

    int i(int v) {
        return add(new Micro(Op.CONST, Kind.I, -1, -1, -1, v, null));
    }

    int l(long v) {
        return add(new Micro(Op.CONST, Kind.L, -1, -1, -1, v, null));
    }

    int bool(boolean v) {
        return add(new Micro(Op.CONST, Kind.M, -1, -1, -1, v ? 1 : 0, null));
    }

    /** A literal of the given kind. */
    int literal(Kind kind, double v) {
        return switch (kind) {
            case F -> f((float) v);
            case D -> d(v);
            case I -> i((int) v);
            case L -> l((long) v);
            case M -> bool(v != 0);
        };
    }

    int un(Op op, int a) {
        return add(new Micro(op, kind(a), a, -1, -1, 0, null));
    }

    int bin(Op op, int a, int b) {
        boolean compare = op == Op.EQ || op == Op.LT || op == Op.LE;
        return add(new Micro(op, compare ? Kind.M : kind(a), a, b, -1, 0, null));
    }

    int add(int a, int b) {
        return bin(Op.ADD, a, b);
    }

    int sub(int a, int b) {
        return bin(Op.SUB, a, b);
    }

    int mul(int a, int b) {
        return bin(Op.MUL, a, b);
    }

    int div(int a, int b) {
        return bin(Op.DIV, a, b);
    }

    int fma(int a, int b, int c) {
        return add(new Micro(Op.FMA, kind(a), a, b, c, 0, null));
    }

    int and(int a, int b) {
        return bin(Op.AND, a, b);
    }

    int or(int a, int b) {
        return bin(Op.OR, a, b);
    }

    int xor(int a, int b) {
        return bin(Op.XOR, a, b);
    }

    int not(int m) {
        return un(Op.NOT, m);
    }

    /** Shift by a constant. */
    int shift(Op op, int a, int count) {
        return add(new Micro(op, kind(a), a, -1, -1, count, null));
    }

    int eq(int a, int b) {
        return bin(Op.EQ, a, b);
    }

    int lt(int a, int b) {
        return bin(Op.LT, a, b);
    }

    int le(int a, int b) {
        return bin(Op.LE, a, b);
    }

    int select(int mask, int yes, int no) {
        if (list.get(mask).op() == Op.NOT) {
            return select(list.get(mask).a(), no, yes);
        }
        return add(new Micro(Op.SEL, kind(yes), mask, yes, no, 0, null));
    }

    int convert(Kind to, int a) {
        return kind(a) == to ? a : add(new Micro(Op.CVT, to, a, -1, -1, 0, null));
    }

    /** {@code a * 2^n} for an integral {@code n}, both F. */
    int scale(int a, int n) {
        return bin(Op.SCALE, a, n);
    }

    int bits(Kind to, int a) {
        return add(new Micro(Op.BITS, to, a, -1, -1, 0, null));
    }

    /** Element of a table of {@link Tables} by the low four bits of an F. */
    int lookup(String table, int index) {
        return add(new Micro(Op.LOOKUP, Kind.F, index, -1, -1, 0, table));
    }

    /** Static method of {@link ScalarMath} whose parameters and result have the operands' kind. */
    int call(String name, int a, int b) {
        return add(new Micro(Op.CALL, kind(a), a, b, -1, 0, name));
    }
}
