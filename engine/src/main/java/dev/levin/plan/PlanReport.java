package dev.levin.plan;

import dev.levin.graph.Program;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A plan as text: launches with their traffic, memory by layer, reasons. */
final class PlanReport {
    private PlanReport() {
    }

    static String of(Plan plan) {
        StringBuilder b = new StringBuilder();
        b.append(plan.launches().size()).append(" launches, arena ").append(kib(plan.arenaBytes())).append(" (at least ")
                .append(kib(plan.maxLiveBytes())).append(")\n");
        int n = 0;
        for (Plan.Launch l : plan.launches()) {
            b.append(String.format(Locale.ROOT, "%4d  ", n++));
            switch (l) {
                case Plan.KernelLaunch k -> kernel(b, plan, k);
                case Plan.CallLaunch c -> call(b, plan, c);
            }
            b.append('\n');
        }
        b.append("memory by layer:\n");
        Map<String, Long> bytes = new HashMap<>();
        for (int s = 0; s < plan.storages().size(); s++) {
            if (plan.offsets()[s] >= 0) {
                Storage x = plan.storages().get(s);
                bytes.merge(plan.program().instr(x.value()).path(), x.bytes(), Long::sum);
            }
        }
        bytes.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(20)
                .forEach(e -> b.append("      ").append(kib(e.getValue())).append("  ").append(e.getKey().isEmpty() ? "(no layer)" : e.getKey()).append('\n'));
        if (!plan.notes().isEmpty()) {
            b.append("not fused, not in place:\n");
            plan.notes().stream().distinct().limit(200).forEach(x -> b.append("      ").append(x).append('\n'));
        }
        return b.toString();
    }

    private static void kernel(StringBuilder b, Plan plan, Plan.KernelLaunch k) {
        LoweredKernel first = k.kernels().getFirst();
        long bytes = 0;
        for (LoweredKernel x : k.kernels()) {
            for (int s : x.buffers()) {
                bytes += plan.storages().get(s).bytes();
            }
        }
        b.append(String.format(Locale.ROOT, "%-44s %-16s %10s", first.kernel().spec().name()
                + (k.kernels().size() > 1 ? " x" + k.kernels().size() : ""),
                first.kernel().outer() + (first.kernel().reduced() > 1 ? "x" + first.kernel().reduced() : ""), kib(bytes)));
        b.append("  ").append(java.util.Arrays.stream(first.members()).mapToObj(m -> "%" + m).collect(Collectors.joining(" ")));
        String path = path(plan.program(), first.members());
        b.append(path.isEmpty() ? "" : "  " + path);
    }

    private static void call(StringBuilder b, Plan plan, Plan.CallLaunch c) {
        Program.Instr main = plan.program().instr(c.call().main());
        long bytes = plan.storages().get(c.result()).bytes();
        for (int s : c.operands()) {
            bytes += plan.storages().get(s).bytes();
        }
        b.append(String.format(Locale.ROOT, "%-44s %-16s %10s", main.op() + (c.call().bias() >= 0 ? "+bias" : "")
                + (c.call().activation() == Call.Activation.NONE ? "" : "+" + c.call().activation().name().toLowerCase(Locale.ROOT)),
                main.shape(), kib(bytes)));
        b.append("  %").append(c.call().result()).append(main.path().isEmpty() ? "" : "  " + main.path());
        double flops = flops(plan.program(), c.call().main());
        if (flops > 0) {
            b.append(String.format(Locale.ROOT, "  %.2f MFLOP", flops / 1e6));
        }
    }

    private static double flops(Program p, int i) {
        Program.Instr in = p.instr(i);
        return switch (in.op()) {
            case MATMUL -> 2.0 * in.shape().numel() * p.instr(in.inputs()[0]).shape().dim(2);
            case CONV -> 2.0 * in.shape().numel() * p.instr(in.inputs()[1]).shape().numel() / in.shape().dim(1);
            case CONV_DGRAD -> 2.0 * p.instr(in.inputs()[0]).shape().numel() * p.instr(in.inputs()[1]).shape().numel()
                    / p.instr(in.inputs()[0]).shape().dim(1);
            case CONV_WGRAD -> 2.0 * p.instr(in.inputs()[1]).shape().numel() * in.shape().numel() / in.shape().dim(0);
            default -> 0;
        };
    }

    private static String path(Program p, int[] members) {
        for (int k = members.length - 1; k >= 0; k--) {
            if (!p.instr(members[k]).path().isEmpty()) {
                return p.instr(members[k]).path();
            }
        }
        return "";
    }

    private static String kib(long bytes) {
        return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
    }
}
