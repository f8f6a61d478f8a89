package dev.levin.examples.cli;

import dev.levin.plan.PlanCache;
import dev.levin.tensor.Engine;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin explain JOB}: what the steps of a model are compiled to. */
@Command(name = "explain", description = "Trains a few steps and shows the plans: launches with traffic and operations, memory by layer, and why values are "
        + "not computed together.", mixinStandardHelpOptions = true, sortOptions = false, modelTransformer = TrainerOptions.class)
final class ExplainCommand implements Callable<Integer> {
    private static final String TIMES = "levin.times";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Option(names = "--times", description = "Also the shortest time of each launch, of 20 steps.")
    private boolean times;

    @Option(names = "--all", description = "Also plans of what runs once: initial weights, the plans outside steps.")
    private boolean all;

    @Override
    public Integer call() {
        if (run.printed()) {
            return 0;
        }
        PrintWriter out = spec.commandLine().getOut();
        LightningModule<Object> model = run.model();
        DataModule<Object> data = run.dataModule();
        Trainer trainer = run.config().trainer().logger(false).enableCheckpointing(false).enableProgressBar(false).enableModelSummary(false)
                .maxSteps(times ? 20 : 2).maxEpochs(-1).limitValBatches(1).numSanityValSteps(1).build();
        if (times) {
            System.setProperty(TIMES, "true");
        }
        try {
            if (data == null) {
                trainer.fit(model);
            } else {
                trainer.fit(model, data);
            }
        } finally {
            System.clearProperty(TIMES);
        }
        PlanCache plans = Engine.plans(trainer.strategy().rootDevice());
        Map<String, List<String>> bySteps = plans.held().stream().collect(Collectors.groupingBy(h -> h.step() == null ? "" : h.step(), LinkedHashMap::new,
                Collectors.mapping(PlanCache.Held::report, Collectors.toList())));
        Engine.Stats stats = Engine.stats(trainer.strategy().rootDevice());
        out.println(model.getClass().getSimpleName() + " on " + trainer.strategy().rootDevice() + ": " + stats.plans() + " plans, " + stats.hits()
                + " runs of a plan that was there, " + stats.misses() + " that needed a new one, "
                + String.format(Locale.ROOT, "%.1f MiB reserved", stats.reservedBytes() / 1048576.0));
        bySteps.forEach((step, reports) -> {
            if (step.isEmpty() && !all) {
                out.println("\noutside steps: " + reports.size() + " plans (--all shows them)");
                return;
            }
            for (String report : reports) {
                out.println("\n" + (step.isEmpty() ? "outside steps" : "step '" + step + "'") + ": " + report.stripTrailing());
            }
            String reason = step.isEmpty() ? null : plans.missReason(step);
            if (reports.size() > 1 && reason != null) {
                out.println("step '" + step + "' needed " + reports.size() + " plans; the last one since " + reason);
            }
        });
        out.flush();
        return 0;
    }
}
