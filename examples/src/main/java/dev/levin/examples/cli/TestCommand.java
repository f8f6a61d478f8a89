package dev.levin.examples.cli;

import dev.levin.trainer.Stage;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code levin test JOB}: metrics of a checkpoint's weights. */
@Command(name = "test", description = "Tests the weights of a checkpoint.", mixinStandardHelpOptions = true, sortOptions = false,
        modelTransformer = TrainerOptions.class)
final class TestCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Mixin
    private EvaluateOptions evaluate;

    @Override
    public Integer call() {
        if (!run.printed()) {
            evaluate.run(run, Stage.TEST, spec.commandLine().getOut(), p -> { });
        }
        return 0;
    }
}
