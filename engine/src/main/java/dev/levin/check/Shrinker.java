package dev.levin.check;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a failing sample smaller as long as it still fails: drops results, replaces instructions by leaves with the same
 * value or by their own operands, and drops what is no longer used.
 */
final class Shrinker {
    private static final long MAX_NANOS = 15_000_000_000L;

    private final Predicate<Sample> fails;
    private final long end = System.nanoTime() + MAX_NANOS;

    Shrinker(Predicate<Sample> fails) {
        this.fails = fails;
    }

    Sample shrink(Sample sample) {
        Sample best = sample;
        boolean progress = true;
        while (progress) {
            progress = false;
            for (Sample candidate : candidates(best)) {
                if (System.nanoTime() < end && stillFails(candidate)) {
                    best = candidate;
                    progress = true;
                    break;
                }
            }
        }
        return best;
    }

    private boolean stillFails(Sample candidate) {
        try {
            return fails.test(candidate);
        } catch (RuntimeException e) {
            // The smaller program is not a valid one, such as an index that has become out of range.
            return false;
        }
    }

    /** The boldest first. */
    private static List<Sample> candidates(Sample s) {
        Program p = s.program();
        List<Sample> out = new ArrayList<>();
        int roots = p.outputs().length + p.assigns().length;
        for (int i = 0; roots > 1 && i < roots; i++) {
            out.add(onlyRoot(s, i));
        }
        for (int i = 0; roots > 1 && i < roots; i++) {
            out.add(withoutRoot(s, i));
        }
        for (int i = 0; i < p.outputs().length; i++) {
            for (int k : p.instr(p.outputs()[i]).inputs()) {
                int[] outputs = p.outputs().clone();
                outputs[i] = k;
                out.add(rebuild(s, instrs(p), outputs, p.assigns()));
            }
        }
        for (int i = 0; i < p.assigns().length; i++) {
            int[] outputs = Arrays.copyOf(p.outputs(), p.outputs().length + 1);
            outputs[outputs.length - 1] = p.assigns()[i].value();
            out.add(withoutRoot(rebuild(s, instrs(p), outputs, p.assigns()), outputs.length + i));
        }
        HostArray[] values = ReferenceBackend.evaluateAll(p, s.bind(Device.CPU));
        for (int i = p.size() - 1; i >= 0; i--) {
            Program.Instr in = p.instr(i);
            if (in.op().kind() != Op.Kind.LEAF) {
                for (int k : in.inputs()) {
                    if (p.instr(k).dtype() == in.dtype() && p.instr(k).shape().equals(in.shape())) {
                        out.add(replace(s, i, k));
                    }
                }
                out.add(asLeaf(s, i, values[i]));
            }
        }
        return out;
    }

    private static Sample onlyRoot(Sample s, int root) {
        Program p = s.program();
        int n = p.outputs().length;
        return root < n ? rebuild(s, instrs(p), new int[] {p.outputs()[root]}, new Program.Assign[0])
                : rebuild(s, instrs(p), new int[0], new Program.Assign[] {p.assigns()[root - n]});
    }

    private static Sample withoutRoot(Sample s, int root) {
        Program p = s.program();
        List<Integer> outputs = new ArrayList<>(Arrays.stream(p.outputs()).boxed().toList());
        List<Program.Assign> assigns = new ArrayList<>(List.of(p.assigns()));
        if (root < outputs.size()) {
            outputs.remove(root);
        } else {
            assigns.remove(root - outputs.size());
        }
        return rebuild(s, instrs(p), outputs.stream().mapToInt(i -> i).toArray(), assigns.toArray(Program.Assign[]::new));
    }

    /** Every use of one instruction reads another of the same type instead. */
    private static Sample replace(Sample s, int old, int by) {
        Program p = s.program();
        Program.Instr[] instrs = instrs(p);
        for (int i = 0; i < instrs.length; i++) {
            instrs[i] = instrs[i].withInputs(Arrays.stream(instrs[i].inputs()).map(k -> k == old ? by : k).toArray());
        }
        return rebuild(s, instrs, Arrays.stream(p.outputs()).map(k -> k == old ? by : k).toArray(), Arrays.stream(p.assigns())
                .map(a -> a.value() == old ? new Program.Assign(a.slot(), by) : a).toArray(Program.Assign[]::new));
    }

    private static Sample asLeaf(Sample s, int i, HostArray value) {
        Program p = s.program();
        Program.Instr in = p.instr(i);
        List<Sample.Leaf> leaves = new ArrayList<>(s.leaves());
        Program.Instr[] instrs = instrs(p);
        instrs[i] = new Program.Instr(Op.INPUT, new long[] {leaves.size()}, in.dtype(), in.shape(), new int[0], in.path(), in.origin());
        leaves.add(new Sample.Leaf(Op.INPUT, in.dtype(), in.shape(), value));
        return rebuild(new Sample(p, leaves), instrs, p.outputs(), p.assigns());
    }

    private static Program.Instr[] instrs(Program p) {
        Program.Instr[] out = new Program.Instr[p.size()];
        Arrays.setAll(out, p::instr);
        return out;
    }

    /** Drops instructions and leaves that no root needs, and numbers the rest anew. */
    private static Sample rebuild(Sample s, Program.Instr[] instrs, int[] outputs, Program.Assign[] assigns) {
        boolean[] used = new boolean[instrs.length];
        Arrays.stream(outputs).forEach(i -> used[i] = true);
        Arrays.stream(assigns).forEach(a -> used[a.value()] = true);
        int[] number = new int[instrs.length];
        for (int i = instrs.length - 1; i >= 0; i--) {
            if (used[i]) {
                Arrays.stream(instrs[i].inputs()).forEach(k -> used[k] = true);
            }
        }
        int[] slot = new int[s.leaves().size()];
        Arrays.fill(slot, -1);
        List<Sample.Leaf> leaves = new ArrayList<>();
        List<Program.Instr> kept = new ArrayList<>();
        for (int i = 0; i < instrs.length; i++) {
            if (!used[i]) {
                continue;
            }
            Program.Instr in = instrs[i].withInputs(Arrays.stream(instrs[i].inputs()).map(k -> number[k]).toArray());
            if (in.op() == Op.INPUT || in.op() == Op.VARIABLE || in.op() == Op.SCALAR) {
                int at = slot(s, in.attr(0), slot, leaves);
                in = new Program.Instr(in.op(), new long[] {at}, in.dtype(), in.shape(), in.inputs(), in.path(), in.origin());
            }
            number[i] = kept.size();
            kept.add(in);
        }
        Program.Assign[] stores = Arrays.stream(assigns).map(a -> new Program.Assign(slot(s, a.slot(), slot, leaves), number[a.value()]))
                .toArray(Program.Assign[]::new);
        return new Sample(new Program(kept.toArray(Program.Instr[]::new), leaves.size(), Arrays.stream(outputs).map(i -> number[i]).toArray(),
                stores), leaves);
    }

    private static int slot(Sample s, int old, int[] slot, List<Sample.Leaf> leaves) {
        if (slot[old] < 0) {
            slot[old] = leaves.size();
            leaves.add(s.leaves().get(old));
        }
        return slot[old];
    }
}
