import dev.levin.tensor.*;
import dev.levin.type.DType;
import java.util.List;

void main() {
    Tensor a = Tensor.randn(3, 4);
    Tensor x = Tensor.of(new float[] {1, 2, 3}).requiresGrad();
    Tensor y = x.mul(x).sum();
    y.backward();
    IO.println(x.grad());                // tensor([2., 4., 6.])
    IO.println(a.get(0, Slice.from(1)).shape());
    IO.println(a.reshape(2, 6).shape() + " " + a.transpose(0, 1).shape());
    IO.println(Tensor.cat(List.of(a, a), 0).shape() + " " + a.split(2, 1).size());
    IO.println(a.to(DType.BF16).dtype() + " " + a.matmul(a.t()).sum().item());
    try (var ignored = Grad.off()) {
        IO.println(x.mul(2).isGradRequired());
    }
}
