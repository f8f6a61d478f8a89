import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Files;

void main() throws Exception {
    var folder = Files.createTempDirectory("levin");
    var first = Trainer.builder().maxEpochs(1).defaultRootDir(folder).logger(false).enableProgressBar(false)
            .callbacks(new ModelCheckpoint().dirpath(folder).saveLast()).build();
    Trainer.seedEverything(1);
    first.fit(new BoringModel());
    var second = Trainer.builder().maxEpochs(2).defaultRootDir(folder).logger(false).enableProgressBar(false).build();
    var result = second.fit(new BoringModel(), dev.levin.trainer.Resume.from(folder.resolve("last.ckpt")));
    IO.println(result.status() + " after " + result.step() + " steps");
}
