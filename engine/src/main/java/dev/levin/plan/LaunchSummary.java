package dev.levin.plan;

import dev.levin.graph.Program;
import java.util.Locale;

/**
 * What one launch of a plan is and what it costs.
 *
 * @param name of the kernel or the routine
 * @param domain what it computes, as a shape or as outer x reduced elements
 * @param bytes of the memory that it reads and writes, each once
 * @param flops floating point operations of a matrix product or a convolution; 0 for others, which memory limits
 * @param path of the layer that asked for it; empty for none
 */
public record LaunchSummary(String name, String domain, long bytes, double flops, String path) {
    static LaunchSummary of(Plan plan, Plan.Launch launch) {
        return switch (launch) {
            case Plan.KernelLaunch k -> kernel(plan, k);
            case Plan.CallLaunch c -> call(plan, c);
        };
    }

    private static LaunchSummary kernel(Plan plan, Plan.KernelLaunch k) {
        LoweredKernel first = k.kernels().getFirst();
        long bytes = 0;
        for (LoweredKernel x : k.kernels()) {
            for (int s : x.buffers()) {
                bytes += plan.storages().get(s).bytes();
            }
        }
        return new LaunchSummary(first.kernel().spec().name() + (k.kernels().size() > 1 ? " x" + k.kernels().size() : ""),
                first.kernel().outer() + (first.kernel().reduced() > 1 ? "x" + first.kernel().reduced() : ""), bytes, 0,
                path(plan.program(), first.members()));
    }

    private static LaunchSummary call(Plan plan, Plan.CallLaunch c) {
        Program.Instr main = plan.program().instr(c.call().main());
        long bytes = plan.storages().get(c.result()).bytes();
        for (int s : c.operands()) {
            bytes += plan.storages().get(s).bytes();
        }
        return new LaunchSummary(main.op() + (c.call().bias() >= 0 ? "+bias" : "")
                + (c.call().activation() == Call.Activation.NONE ? "" : "+" + c.call().activation().name().toLowerCase(Locale.ROOT)),
                main.shape().toString(), bytes, flops(plan.program(), c.call().main()), main.path());
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
}
