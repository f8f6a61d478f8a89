import dev.levin.data.*;
import dev.levin.nn.*;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.fabric.Fabric;

void main() {
    var train = DrawnDigits.dataset(640, 1);
    try (var fabric = Fabric.builder().accelerator("cpu").precision("bf16-mixed").launch()) {
        fabric.seedEverything(1);
        var model = fabric.setup(new Sequential(new Flatten(), new Linear(784, 64), new ReLU(), new Linear(64, 10)));
        var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
        var loader = fabric.setup(new DataLoader<>(train, 64).shuffle(1));
        for (int epoch = 0; epoch < 5; epoch++) {
            double last = 0;
            for (var batch : loader) {
                Tensor loss = Losses.crossEntropy(model.forward(batch.input()), batch.target());
                fabric.backward(loss);
                optimizer.step();
                optimizer.zeroGrad();
                last = loss.item();
            }
            fabric.print("epoch " + epoch + ": loss " + last);
        }
    }
}
