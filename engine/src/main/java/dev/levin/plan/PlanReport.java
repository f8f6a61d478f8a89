package dev.levin.plan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A plan as text: launches with their traffic, memory by layer, reasons. */
final class PlanReport {
    private PlanReport() {
    }

    static String of(Plan plan) {
        List<LaunchSummary> launches = plan.launches().stream().map(l -> LaunchSummary.of(plan, l)).toList();
        StringBuilder b = new StringBuilder();
        b.append(launches.size()).append(" launches, ").append(kib(launches.stream().mapToLong(LaunchSummary::bytes).sum())).append(" of traffic, ")
                .append(mflop(launches.stream().mapToDouble(LaunchSummary::flops).sum())).append(", arena ").append(kib(plan.arenaBytes()))
                .append(" (at least ").append(kib(plan.maxLiveBytes())).append(")\n");
        for (int i = 0; i < launches.size(); i++) {
            LaunchSummary l = launches.get(i);
            b.append(String.format(Locale.ROOT, "%4d  %-44s %-16s %10s", i, l.name(), l.domain(), kib(l.bytes())));
            b.append("  ").append(Arrays.stream(plan.launches().get(i).members()).mapToObj(m -> "%" + m).collect(Collectors.joining(" ")));
            b.append(l.path().isEmpty() ? "" : "  " + l.path()).append(l.flops() > 0 ? "  " + mflop(l.flops()) : "").append('\n');
        }
        memory(b, plan);
        if (!plan.notes().isEmpty()) {
            b.append("not fused, not in place:\n");
            plan.notes().stream().distinct().limit(200).forEach(x -> b.append("      ").append(x).append('\n'));
        }
        return b.toString();
    }

    private static void memory(StringBuilder b, Plan plan) {
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
    }

    private static String kib(long bytes) {
        return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
    }

    private static String mflop(double flops) {
        return String.format(Locale.ROOT, "%.2f MFLOP", flops / 1e6);
    }
}
