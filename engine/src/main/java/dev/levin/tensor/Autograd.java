package dev.levin.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Derivatives of functions of tensors, as PyTorch's {@code torch.autograd.functional}. Functions must be written in
 * tensor operations; they may be called more than once.
 *
 * <p>There is no {@code vmap}: batching an arbitrary graph over a new axis would need a batching rule for every
 * primitive. Write the batch axis into the function, or call it for each sample inside one {@link Step}.
 */
public final class Autograd {
    private Autograd() {
    }

    /** Values and products. */
    public record Result(List<Tensor> outputs, List<Tensor> products) {
    }

    private static List<Tensor> leaves(List<Tensor> inputs) {
        return inputs.stream().map(t -> t.detach().requiresGrad()).toList();
    }

    private static List<Tensor> zerosForNull(List<Tensor> grads, List<Tensor> like) {
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < grads.size(); i++) {
            all.add(grads.get(i) == null ? Tensor.zerosLike(like.get(i)) : grads.get(i));
        }
        return all;
    }

    /** Vector times Jacobian: gradients of {@code sum(outputs * v)} by the inputs; zeros where there is no dependence. */
    public static Result vjp(Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, List<Tensor> v) {
        List<Tensor> x = leaves(inputs);
        List<Tensor> y = f.apply(x);
        return new Result(y, zerosForNull(Tensor.grad(y, x, v, false), x));
    }

    /** As {@link #vjp(Function, List, List)} for one input and output. */
    public static Tensor vjp(UnaryOperator<Tensor> f, Tensor input, Tensor v) {
        return vjp(l -> List.of(f.apply(l.getFirst())), List.of(input), List.of(v)).products().getFirst();
    }

    /**
     * Jacobian times vector: how the outputs move when the inputs move by {@code v}. A gradient is linear in the vector
     * it starts from, so differentiating it by that vector gives this in two backward passes.
     */
    public static Result jvp(Function<List<Tensor>, List<Tensor>> f, List<Tensor> inputs, List<Tensor> v) {
        List<Tensor> x = leaves(inputs);
        List<Tensor> y = f.apply(x);
        List<Tensor> u = y.stream().map(t -> Tensor.zerosLike(t).requiresGrad()).toList();
        List<Tensor> g = Tensor.grad(y, x, u, true);
        List<Tensor> linear = new ArrayList<>();
        List<Tensor> directions = new ArrayList<>();
        for (int i = 0; i < g.size(); i++) {
            if (g.get(i) != null && g.get(i).isGradRequired()) {
                linear.add(g.get(i));
                directions.add(v.get(i));
            }
        }
        List<Tensor> products = linear.isEmpty() ? u.stream().map(t -> (Tensor) null).toList() : Tensor.grad(linear, u, directions, false);
        return new Result(y, zerosForNull(products, y));
    }

    /** As {@link #jvp(Function, List, List)} for one input and output. */
    public static Tensor jvp(UnaryOperator<Tensor> f, Tensor input, Tensor v) {
        return jvp(l -> List.of(f.apply(l.getFirst())), List.of(input), List.of(v)).products().getFirst();
    }

    /** All first derivatives: the output's shape followed by the input's. One backward pass for each output element. */
    public static Tensor jacobian(UnaryOperator<Tensor> f, Tensor input) {
        Tensor x = input.detach().requiresGrad();
        return rows(f.apply(x), x, false);
    }

    private static Tensor rows(Tensor y, Tensor x, boolean createGraph) {
        int n = Math.toIntExact(y.numel());
        Tensor flat = y.reshape(-1);
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Tensor g = y.isGradRequired() ? Tensor.grad(List.of(flat.select(0, i)), List.of(x), null, createGraph).getFirst() : null;
            rows.add(g == null ? Tensor.zerosLike(x) : g);
        }
        int[] shape = java.util.stream.IntStream.concat(java.util.stream.IntStream.of(y.shape().dims()),
                java.util.stream.IntStream.of(x.shape().dims())).toArray();
        return n == 0 ? Tensor.zeros(dev.levin.type.Shape.of(shape), x.dtype()) : Tensor.stack(rows, 0).reshape(shape);
    }

    /** All second derivatives of a scalar function: the input's shape twice. */
    public static Tensor hessian(UnaryOperator<Tensor> f, Tensor input) {
        Tensor x = input.detach().requiresGrad();
        Tensor g = Tensor.grad(List.of(scalar(f.apply(x))), List.of(x), null, true).getFirst();
        return g == null ? Tensor.zerosLike(x) : rows(g, x, false);
    }

    /** Hessian of a scalar function times a vector, without the Hessian. */
    public static Tensor hvp(UnaryOperator<Tensor> f, Tensor input, Tensor v) {
        Tensor x = input.detach().requiresGrad();
        Tensor g = Tensor.grad(List.of(scalar(f.apply(x))), List.of(x), null, true).getFirst();
        Tensor h = g == null || !g.isGradRequired() ? null : Tensor.grad(List.of(g), List.of(x), List.of(v), false).getFirst();
        return h == null ? Tensor.zerosLike(x) : h;
    }

    private static Tensor scalar(Tensor y) {
        if (y.numel() != 1) {
            throw new IllegalArgumentException("second derivatives need a function with one value, not " + y.shape());
        }
        return y;
    }
}
