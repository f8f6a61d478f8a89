package dev.levin.examples.cli;

import dev.levin.data.Batch;
import dev.levin.io.OnnxExport;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin export JOB}: a trained model as ONNX. */
@Command(name = "export", description = "Writes a trained model as ONNX, for other runtimes.", mixinStandardHelpOptions = true, sortOptions = false,
        modelTransformer = TrainerOptions.class)
final class ExportCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Mixin
    private EvaluateOptions evaluate;

    @Option(names = "--output", paramLabel = "FILE", description = "Where to (default: JOB.onnx in the output folder).")
    private Path output;

    @Override
    public Integer call() throws IOException {
        if (run.printed()) {
            return 0;
        }
        Path weights = evaluate.weights(run);
        LightningModule<Object> model = run.model();
        Checkpoint.read(weights).loadWeights(model, model.strictLoading());
        model.eval();
        Path file = output == null ? run.out().resolve(run.recipe().name() + ".onnx") : output;
        if (file.toAbsolutePath().getParent() != null) {
            java.nio.file.Files.createDirectories(file.toAbsolutePath().getParent());
        }
        OnnxExport.of(model, in -> model.forward(in.getFirst()), example(model)).name(run.recipe().name()).write(file);
        spec.commandLine().getOut().println(weights + " as " + file);
        spec.commandLine().getOut().flush();
        return 0;
    }

    /** What the model says, or the first inputs of the training data. */
    private Tensor example(LightningModule<Object> model) {
        if (model.exampleInput() != null) {
            return model.exampleInput();
        }
        DataModule<Object> data = run.dataModule();
        if (data != null) {
            data.prepareData();
            data.setup(Stage.FIT);
        }
        for (Object batch : data == null ? model.trainDataloader() : data.trainDataloader()) {
            if (batch instanceof Batch b) {
                return b.input();
            }
            if (batch instanceof Tensor t) {
                return t;
            }
            throw new IllegalArgumentException("what forward takes can't be read off a " + batch.getClass().getSimpleName() + "; override exampleInput() in "
                    + model.getClass().getSimpleName());
        }
        throw new IllegalArgumentException("the training data is empty; override exampleInput() in " + model.getClass().getSimpleName());
    }
}
