package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.type.Shape;

/**
 * Finds square matrices that are zero above the diagonal, as the weights of causal attention and their gradients are: a product leaves out
 * the blocks there.
 *
 * <p>What is multiplied by zero is taken for zero, as if the other factor were finite.
 */
public final class Causal {
    /** Where an operand's elements are zero. */
    public enum Zeros { NONE, ABOVE, BELOW }

    private enum Kind { OTHER, FALSE, TRUE, ZERO, LEAST }

    private static final int MAX_DEPTH = 24;

    private final Program program;

    private Causal(Program program) {
        this.program = program;
    }

    /** Where the matrices of a value of the program are zero. */
    public static Zeros zeros(Program program, int value) {
        return new Causal(program).zeros(value);
    }

    /** Follows transposes. */
    private Zeros zeros(int value) {
        int at = value;
        boolean turned = false;
        while (true) {
            Instr in = program.instr(at);
            if (in.op() == Op.PERMUTE && swaps(in.attr())) {
                turned = !turned;
            } else if (in.op() != Op.RESHAPE || !sameMatrices(at, in.inputs()[0])) {
                break;
            }
            at = in.inputs()[0];
        }
        return above(at, 0) != Kind.ZERO ? Zeros.NONE : turned ? Zeros.BELOW : Zeros.ABOVE;
    }

    private static boolean swaps(long[] axes) {
        int r = axes.length;
        for (int k = 0; k < r; k++) {
            if (axes[k] != (k == r - 1 ? r - 2 : k == r - 2 ? r - 1 : k)) {
                return false;
            }
        }
        return r >= 2;
    }

    private boolean isSquare(int i) {
        Shape s = program.instr(i).shape();
        return s.rank() >= 2 && s.dim(s.rank() - 1) == s.dim(s.rank() - 2);
    }

    private boolean sameMatrices(int i, int k) {
        Shape s = program.instr(i).shape();
        Shape t = program.instr(k).shape();
        int r = s.rank();
        int q = t.rank();
        return r >= 2 && q >= 2 && s.dim(r - 1) == t.dim(q - 1) && s.dim(r - 2) == t.dim(q - 2);
    }

    /** What a value is above the diagonals of its matrices. */
    private Kind above(int i, int depth) {
        Instr in = program.instr(i);
        if (depth > MAX_DEPTH) {
            return Kind.OTHER;
        }
        Kind everywhere = constant(i);
        if (everywhere != Kind.OTHER) {
            return everywhere;
        }
        if (!isSquare(i)) {
            return Kind.OTHER;
        }
        int[] x = in.inputs();
        return switch (in.op()) {
            case RESHAPE, EXPAND -> sameMatrices(i, x[0]) ? above(x[0], depth + 1) : Kind.OTHER;
            case LE, LT -> counts(i, x[0], true) && counts(i, x[1], false) ? Kind.FALSE : Kind.OTHER;
            case NOT -> switch (above(x[0], depth + 1)) {
                case FALSE -> Kind.TRUE;
                case TRUE -> Kind.FALSE;
                default -> Kind.OTHER;
            };
            case WHERE -> {
                Kind c = above(x[0], depth + 1);
                Kind yes = c == Kind.FALSE ? Kind.OTHER : above(x[1], depth + 1);
                Kind no = c == Kind.TRUE ? Kind.OTHER : above(x[2], depth + 1);
                yield c == Kind.TRUE ? yes : c == Kind.FALSE ? no : yes == no ? yes : Kind.OTHER;
            }
            case ADD, SUB -> {
                Kind left = above(x[0], depth + 1);
                yield left == Kind.LEAST || left == Kind.ZERO && above(x[1], depth + 1) == Kind.ZERO ? left : Kind.OTHER;
            }
            case EXP -> above(x[0], depth + 1) == Kind.LEAST ? Kind.ZERO : Kind.OTHER;
            case MUL -> above(x[0], depth + 1) == Kind.ZERO || above(x[1], depth + 1) == Kind.ZERO ? Kind.ZERO : Kind.OTHER;
            case DIV, NEG, CAST -> above(x[0], depth + 1) == Kind.ZERO ? Kind.ZERO : Kind.OTHER;
            default -> Kind.OTHER;
        };
    }

    /** What a number that is repeated everywhere is. */
    private Kind constant(int i) {
        int at = i;
        while (program.instr(at).op() == Op.EXPAND || program.instr(at).op() == Op.RESHAPE) {
            at = program.instr(at).inputs()[0];
        }
        Instr in = program.instr(at);
        if (in.op() != Op.CONST || !in.dtype().isFloat()) {
            return Kind.OTHER;
        }
        double v = Double.longBitsToDouble(in.attr()[0]);
        return v == 0 ? Kind.ZERO : v == Double.NEGATIVE_INFINITY ? Kind.LEAST : Kind.OTHER;
    }

    /** Whether a value holds the number of each column, or of each row, for a mask {@code i} of its shape. */
    private boolean counts(int i, int value, boolean columns) {
        Shape s = program.instr(i).shape();
        Domain domain = Domain.axes(s);
        Reach r = domain.full().in(s, domain, i);
        int at = value;
        try {
            while (program.instr(at).op() == Op.RESHAPE || program.instr(at).op() == Op.EXPAND) {
                r = r.operands(program, at, domain).getFirst();
                at = program.instr(at).inputs()[0];
            }
        } catch (Reach.SplitNeeded | Reach.NotAffine e) {
            // no plain number of a row or column
            return false;
        }
        long[] steps = r.linearSteps(domain.rank());
        for (int k = 0; k < steps.length; k++) {
            int want = k == steps.length - (columns ? 1 : 2) ? 1 : 0;
            if (domain.extent(k) != 1 && steps[k] != want) {
                return false;
            }
        }
        return program.instr(at).op() == Op.IOTA && r.linearOffset() == 0;
    }
}
