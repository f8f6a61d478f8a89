package dev.levin.examples.cli;

import dev.levin.check.Fuzzer;
import dev.levin.device.Backend;
import dev.levin.device.Backends;
import dev.levin.device.cpu.CpuBackend;
import dev.levin.device.cpu.Team;
import dev.levin.plan.PlanOptions;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.Device;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code levin fuzz}: random programs on a device, compared with the reference interpreter. */
@Command(name = "fuzz", description = "Runs random programs on a device and compares every result with the reference interpreter.",
        mixinStandardHelpOptions = true, sortOptions = false)
final class FuzzCommand implements Callable<Integer> {
    /** How programs are compiled. */
    enum Passes { UNFUSED, FUSED, POISONED, ALL }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(names = "--minutes", defaultValue = "1", paramLabel = "N", description = "How long, in all (default: 1).")
    private double minutes;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "The first program; later ones count up from it (default: 1).")
    private long seed;

    @Option(names = "--only", description = "Runs the one program of --seed and prints it.")
    private boolean only;

    @Option(names = "--device", defaultValue = "cpu", paramLabel = "NAME", description = "cpu or cuda (default: cpu).")
    private String device;

    @Option(names = "--passes", defaultValue = "all", paramLabel = "NAME", description = "unfused, fused, poisoned (fused, with the arena full of NaN between "
            + "runs) or all in turn (default: all).")
    private Passes passes;

    @Override
    public Integer call() {
        if (!(minutes > 0)) {
            throw new IllegalArgumentException("--minutes " + minutes + " is not possible; use a number greater than 0");
        }
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Backend> backends = backends();
        if (only) {
            out.println(Fuzzer.sample(seed));
        }
        int failures = 0;
        for (Map.Entry<String, Backend> b : backends.entrySet()) {
            Fuzzer fuzzer = new Fuzzer(b::getValue);
            if (only) {
                Fuzzer.Failure f = fuzzer.check(seed);
                out.println(b.getKey() + ": " + (f == null ? "agrees with the reference" : f.toString()));
                failures += f == null ? 0 : 1;
                continue;
            }
            Duration time = Duration.ofNanos((long) (minutes * 60e9 / backends.size()));
            Fuzzer.Report r = fuzzer.run(time, seed, 10, f -> out.println(b.getKey() + ": " + f));
            out.println(b.getKey() + ": seeds " + seed + " to " + (seed + r.programs() + r.failures().size() - 1) + ", " + r.programs() + " programs, "
                    + r.instructions() + " instructions, " + r.compared() + " elements compared, " + r.uncertain() + " judged by their enclosure, "
                    + r.failures().size() + " failures");
            out.flush();
            failures += r.failures().size();
        }
        out.flush();
        return failures == 0 ? 0 : 1;
    }

    private Map<String, Backend> backends() {
        Map<String, Backend> all = new LinkedHashMap<>();
        Team team = new Team();
        switch (device) {
            case "cpu" -> {
                if (passes == Passes.UNFUSED || passes == Passes.ALL) {
                    all.put("cpu, unfused", new CpuBackend(PlanOptions.UNFUSED, team));
                }
                if (passes == Passes.FUSED || passes == Passes.ALL) {
                    all.put("cpu, fused", new CpuBackend(PlanOptions.DEFAULT, team));
                }
                if (passes == Passes.POISONED || passes == Passes.ALL) {
                    all.put("cpu, fused and poisoned", new CpuBackend(PlanOptions.DEFAULT.withPoison(true), team));
                }
            }
            case "cuda" -> all.put("cuda", Backends.get(Device.cuda(0)));
            default -> throw new IllegalArgumentException("--device " + device + " is not possible; use cpu or cuda");
        }
        all.values().forEach(b -> {
            if (b instanceof ReferenceBackend) {
                throw new IllegalArgumentException("only the interpreter serves " + device + "; there is nothing to compare");
            }
        });
        return all;
    }
}
