package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * What the planner knows about each instruction of a normalised program before it groups: who reads it, whether it is
 * generated on the spot, a host scalar, a routine, and which values must exist in memory.
 */
final class Analysis {
    /** Operations in the cone of a value that is generated wherever it is needed. */
    private static final int MAX_GENERATED = 14;
    /** More parts than this are copied into their places; a kernel would choose among all of them at each position. */
    private static final int MAX_SELECTED = 8;
    /** Up to so many parts a kernel always chooses: it can compute them and what reads them too. */
    private static final int MAX_CHOSEN = 2;
    /** Mean bytes of a part in a row from which copying is fast. */
    private static final long MIN_BLOCK = 256;

    final Program program;
    final List<List<Integer>> users = new ArrayList<>();
    /** Numbers that the host computes before a run: scalar functions of literals and arguments. */
    final BitSet uniform = new BitSet();
    /** Values made from positions, literals and random keys by few operations: never stored for a reader's sake. */
    final BitSet generated = new BitSet();
    /** The routine that stores an instruction's value; null for everything a kernel computes. */
    final Call[] call;
    /** Instructions computed inside a routine only. */
    final BitSet absorbed = new BitSet();
    /** Values that must exist in memory, contiguous; never RESHAPE. */
    final BitSet demanded = new BitSet();
    /** Reshapes of the same memory as what they read. */
    private final int[] stripped;

    Analysis(Program program, Set<Integer> barriers, boolean epilogues) {
        this.program = program;
        int n = program.size();
        call = new Call[n];
        stripped = new int[n];
        for (int i = 0; i < n; i++) {
            users.add(new ArrayList<>());
        }
        for (int i = 0; i < n; i++) {
            Instr in = program.instr(i);
            stripped[i] = in.op() == Op.RESHAPE ? stripped[in.inputs()[0]] : i;
            for (int k : in.inputs()) {
                List<Integer> u = users.get(k);
                if (u.isEmpty() || u.getLast() != i) {
                    u.add(i);
                }
            }
        }
        classify(barriers);
        if (epilogues) {
            new Epilogues(this).absorb();
        }
        barriers.forEach(b -> demanded.set(strip(b)));
        demand();
    }

    Instr instr(int i) {
        return program.instr(i);
    }

    /** The value whose memory this one is: reshapes have none of their own. */
    int strip(int i) {
        return stripped[i];
    }

    static boolean isLeaf(Op op) {
        return op == Op.INPUT || op == Op.VARIABLE;
    }

    /** Whether a generated kernel can compute the op. */
    static boolean isKernelOp(Op op) {
        return op.isPointwise() || op.kind() == Op.Kind.REDUCE || op.kind() == Op.Kind.VIEW || op == Op.RANDOM_BITS
                || op == Op.IOTA || op == Op.CONST || op == Op.SCALAR || op == Op.GATHER;
    }

    /** Reductions over axes of extent 1, which only programs have that were not normalised: no domain has such axes. */
    private boolean reducesNothing(Instr in) {
        return in.op().kind() == Op.Kind.REDUCE
                && java.util.Arrays.stream(in.attr()).allMatch(axis -> program.instr(in.inputs()[0]).shape().dim((int) axis) == 1);
    }

    /** Functions that have no kernel instruction. */
    private static boolean isRare(Instr in) {
        return in.op() == Op.ERFC || in.op() == Op.POLYGAMMA && in.attr(0) > 0;
    }

    /** Concatenations that are copied: many parts, or some that are computed as such and long enough to be copied fast. */
    private boolean isWide(Instr in) {
        int parts = in.inputs().length;
        if (in.op() != Op.CONCAT || parts <= MAX_CHOSEN) {
            return false;
        }
        long block = in.dtype().bytes();
        for (int k = in.attr(0); k < in.shape().rank(); k++) {
            block *= in.shape().dim(k);
        }
        boolean computed = java.util.Arrays.stream(in.inputs()).map(this::strip)
                .noneMatch(k -> instr(k).op().kind() == Op.Kind.VIEW && call[k] == null || generated.get(k));
        return parts > MAX_SELECTED || computed && block >= parts * MIN_BLOCK;
    }

    private void classify(Set<Integer> barriers) {
        int[] cone = new int[program.size()];
        for (int i = 0; i < cone.length; i++) {
            Instr in = program.instr(i);
            boolean empty = in.shape().numel() == 0;
            for (int k : in.inputs()) {
                empty |= program.instr(k).shape().numel() == 0;
            }
            if (!isLeaf(in.op()) && (!isKernelOp(in.op()) || isRare(in) || isWide(in) || empty || reducesNothing(in))) {
                call[i] = Call.of(i);
                continue;
            }
            if (isHostScalar(in)) {
                uniform.set(i);
                generated.set(i);
                continue;
            }
            if (in.op() == Op.IOTA) {
                generated.set(i);
                cone[i] = 1;
            } else if (in.op() == Op.RANDOM_BITS) {
                generated.set(i);
                cone[i] = 3;
            } else if (in.op().isPointwise() || in.op().kind() == Op.Kind.VIEW) {
                boolean all = true;
                int size = in.op().isPointwise() ? weight(in.op()) : 0;
                for (int k : in.inputs()) {
                    all &= generated.get(k);
                    size += cone[k];
                }
                cone[i] = size;
                generated.set(i, all && size <= MAX_GENERATED);
            }
            if (barriers.contains(i)) {
                // It could not be followed everywhere: it is stored, and read like any other value.
                generated.clear(i);
            }
        }
    }

    /** Rough cost: the transcendental functions count four. */
    static int weight(Op op) {
        return switch (op) {
            case EXP, LOG, LOG1P, EXPM1, TANH, SIGMOID, ERF, POW, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ATAN2, FMOD -> 4;
            case LGAMMA, POLYGAMMA, ERFINV -> 8;
            default -> 1;
        };
    }

    private boolean isHostScalar(Instr in) {
        if (in.op() == Op.CONST || in.op() == Op.SCALAR) {
            return true;
        }
        if (!in.op().isPointwise() && in.op() != Op.RESHAPE && in.op() != Op.EXPAND || isRare(in)) {
            return false;
        }
        if (in.shape().numel() != 1 && in.op().isPointwise()) {
            return false;
        }
        for (int k : in.inputs()) {
            if (!uniform.get(k)) {
                return false;
            }
        }
        return true;
    }

    /** What must be in memory: outputs, new values of variables, operands of routines, random keys. */
    private void demand() {
        for (int o : program.outputs()) {
            demanded.set(strip(o));
        }
        for (Program.Assign a : program.assigns()) {
            demanded.set(strip(a.value()));
        }
        for (int i = 0; i < call.length; i++) {
            if (call[i] != null && !absorbed.get(i)) {
                operands(call[i]).forEach(k -> demanded.set(strip(k)));
                demanded.set(i);
            } else if (program.instr(i).op() == Op.RANDOM_BITS) {
                demanded.set(strip(program.instr(i).inputs()[0]));
            }
        }
    }

    /** The instructions a routine reads, in order: the main ones, then bias and addend where there are. Products look through views. */
    List<Integer> operands(Call c) {
        List<Integer> ids = new ArrayList<>();
        Instr main = program.instr(c.main());
        int from = Call.addsToZeros(program, c.main()) ? 1 : 0;
        for (int n = from; n < main.inputs().length; n++) {
            int k = main.inputs()[n];
            ids.add(main.op() == Op.MATMUL ? MatrixView.of(program, k).source()
                    : ImageView.isImage(main.op(), n) ? ImageView.of(program, k).source() : k);
        }
        if (c.bias() >= 0) {
            ids.add(c.bias());
        }
        if (c.addend() >= 0) {
            ids.add(c.addend());
        }
        return ids;
    }
}
