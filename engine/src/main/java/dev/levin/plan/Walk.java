package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Follows what a kernel needs from its members back to memory, without making code: says whether one kernel can compute
 * them, at which domain, and what it reads.
 */
final class Walk {
    /** Values a member may need at other positions than its own before the kernel is refused. */
    private static final int MAX_RECOMPUTED = 48;

    private final Analysis a;
    private final IntPredicate member;
    private final IntPredicate stored;
    private final Set<Reach.Key> seen = new HashSet<>();
    private final Set<Integer> started = new HashSet<>();
    /** Values read from memory. */
    final Set<Integer> loads = new HashSet<>();
    /** Of these, the ones not read exactly once at every position, in order. */
    final Set<Integer> misaligned = new HashSet<>();
    /** Whether anything is reduced. */
    boolean reduces;
    private int recomputed;
    private String refusal;
    Domain domain;

    /**
     * @param member what the kernel computes
     * @param stored what is in memory though a kernel computes it
     */
    Walk(Analysis analysis, Domain domain, IntPredicate member, IntPredicate stored) {
        a = analysis;
        this.domain = domain;
        this.member = member;
        this.stored = stored;
    }

    /** Null if one kernel can compute the given members, else the reason. {@link Reach.NotAffine} where a view is in the way. */
    String check(List<Integer> members) {
        while (true) {
            try {
                seen.clear();
                started.clear();
                reduces = false;
                loads.clear();
                misaligned.clear();
                recomputed = 0;
                refusal = null;
                for (int m : members) {
                    start(m);
                    if (refusal != null) {
                        return refusal;
                    }
                }
                return null;
            } catch (Reach.SplitNeeded s) {
                domain = domain.split(s.axis, s.inner);
            }
        }
    }

    private void start(int m) {
        if (!started.add(m)) {
            return;
        }
        Instr in = a.instr(m);
        long n = in.shape().numel();
        boolean full = n == domain.numel();
        if (!full && n != domain.outer()) {
            refusal = "numel " + n + " is neither all of " + domain + " nor its kept part";
            return;
        }
        if (in.op().kind() == Op.Kind.REDUCE) {
            if (full || !Domain.reduction(a.instr(in.inputs()[0]).shape(), in.attr()).sameRuns(domain)) {
                refusal = "reduces other axes than " + domain;
                return;
            }
            reduces = true;
            visit(in.inputs()[0], domain.full());
            return;
        }
        operands(m, full ? domain.full() : domain.outerReach());
    }

    private void operands(int i, Reach r) {
        Instr in = a.instr(i);
        if (in.op() == Op.RANDOM_BITS) {
            loads.add(a.strip(in.inputs()[0]));
            misaligned.add(a.strip(in.inputs()[0]));
            if (!r.choices().isEmpty() || !r.limits().isEmpty()) {
                throw new Reach.NotAffine(i);
            }
            return;
        }
        if (in.op() == Op.IOTA && !r.choices().isEmpty()) {
            throw new Reach.NotAffine(i);
        }
        List<Reach> reaches = r.operands(a.program, i, domain);
        // Indices are needed where something is loaded by them: not if a view in between repeats one element.
        int needed = in.op() == Op.GATHER || in.op() == Op.TAKE ? 1 : reaches.size();
        for (int k = 0; k < needed && refusal == null; k++) {
            visit(in.inputs()[k], reaches.get(k));
        }
    }

    private void visit(int i, Reach r) {
        i = a.strip(i);
        Instr in = a.instr(i);
        if (a.uniform.get(i) || refusal != null || !seen.add(r.key(i, domain.rank()))) {
            return;
        }
        if (a.generated.get(i) && !member.test(i)) {
            operands(i, r);
            return;
        }
        boolean ours = member.test(i);
        if (ours && canonical(i, r)) {
            start(i);
            return;
        }
        if (Analysis.isLeaf(in.op()) || a.call[i] != null || stored.test(i) && !ours) {
            loads.add(i);
            if (!canonical(i, r)) {
                misaligned.add(i);
            }
            r.choices().forEach(c -> visit(c.index(), c.at()));
            return;
        }
        if (in.op().kind() == Op.Kind.REDUCE) {
            refusal = "reduction %" + i + " is needed at other positions than its own";
            return;
        }
        if (in.op() != Op.IOTA && in.op().kind() != Op.Kind.VIEW && ++recomputed > MAX_RECOMPUTED) {
            refusal = "more than " + MAX_RECOMPUTED + " values would be computed at other positions too";
            return;
        }
        operands(i, r);
    }

    /** Whether a member is needed exactly where the kernel computes it. */
    private boolean canonical(int i, Reach r) {
        long n = a.instr(i).shape().numel();
        boolean full = n == domain.numel() && a.instr(i).op().kind() != Op.Kind.REDUCE;
        return r.choices().isEmpty() && r.limits().isEmpty() && r.same(full ? domain.full() : domain.outerReach(), domain.rank());
    }

}
