package dev.levin.examples.cli;

import dev.levin.device.BackendProvider;
import dev.levin.device.Backends;
import dev.levin.device.cuda.CudaReport;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code levin doctor}: what this machine has, what is missing, and what to do about it. */
@Command(name = "doctor", description = "Shows Java, CPU and CUDA as Levin sees them, and what to install.")
final class DoctorCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Runtime.Version version = Runtime.version();
        out.printf("java       %s (%s), %s%n", version, System.getProperty("java.vm.vendor"), System.getProperty("java.home"));
        out.printf("system     %s %s, %d processors, %d MB heap%n", System.getProperty("os.name"), System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(), Runtime.getRuntime().maxMemory() >> 20);
        out.printf("vector     %s%n", ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? "jdk.incubator.vector is there"
                : "jdk.incubator.vector is missing: add --add-modules jdk.incubator.vector for faster kernels");
        for (BackendProvider p : Backends.providers()) {
            String reason = p.unavailable();
            out.printf("%-10s %s%n", p.kind().name().toLowerCase(java.util.Locale.ROOT) + (p.rank() == 0 ? "*" : ""),
                    p.name() + ": " + (reason == null ? "ready, " + p.count() + " device(s)" : reason));
        }
        out.println("cuda");
        CudaReport.lines().forEach(line -> out.println("  " + line));
        out.flush();
    }
}
