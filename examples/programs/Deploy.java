import dev.levin.io.Safetensors;
import dev.levin.io.Torch;
import dev.levin.nn.*;
import dev.levin.tensor.Tensor;
import java.nio.file.Files;

void main() throws Exception {
    var folder = Files.createTempDirectory("levin");
    var model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));
    Safetensors.save(model.stateDict(), folder.resolve("model.safetensors"));
    Torch.save(model.stateDict(), folder.resolve("model.pt"));
    var other = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));
    other.loadStateDict(Torch.stateDict(folder.resolve("model.pt")), true);
    Tensor x = Tensor.randn(2, 4);
    IO.println("same: " + other.forward(x).sub(model.forward(x)).abs().max().item());
}
