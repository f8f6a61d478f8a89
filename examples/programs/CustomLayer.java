import dev.levin.nn.*;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

class Residual extends Layer {
    final Layer inner;
    final Parameter scale = parameter(Init.constant(0.1), 1);
    Residual(Layer inner) { this.inner = inner; }
    @Override public Tensor forward(Tensor x) { return x.add(inner.forward(x).mul(scale)); }
}

void main() {
    var block = new Residual(new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 4)));
    IO.println(block.stateDict().keySet());
    IO.println(block.forward(Tensor.randn(2, 4)).shape());
}
