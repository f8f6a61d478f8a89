package dev.levin.examples.cli;

import dev.levin.trainer.Stage;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code levin validate JOB}: metrics of a checkpoint's weights. */
@Command(name = "validate", description = "Validates the weights of a checkpoint.", mixinStandardHelpOptions = true, sortOptions = false,
        modelTransformer = TrainerOptions.class)
final class ValidateCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Mixin
    private EvaluateOptions evaluate;

    @Override
    public Integer call() {
        if (!run.printed()) {
            evaluate.run(run, Stage.VALIDATE, spec.commandLine().getOut(), p -> { });
        }
        return 0;
    }
}
