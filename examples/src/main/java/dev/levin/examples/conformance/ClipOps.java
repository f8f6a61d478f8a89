package dev.levin.examples.conformance;

import dev.levin.optim.GradientClip;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Clipping: the tensors of a case are gradients; the outputs are the norm (if asked for) and the clipped gradients. */
final class ClipOps {
    private ClipOps() {
    }

    static void register(OpTable table) {
        table.many("clip_grad_norm_", a -> {
            List<Parameter> parameters = parameters(a);
            List<Tensor> out = new ArrayList<>(List.of(GradientClip.norm(parameters, a.f("max_norm", 1), a.f("norm_type", 2))));
            parameters.forEach(p -> out.add(p.grad()));
            return out;
        });
        table.many("clip_grad_value_", a -> {
            List<Parameter> parameters = parameters(a);
            GradientClip.value(parameters, a.f("clip_value", 1));
            return parameters.stream().map(Parameter::grad).toList();
        });
    }

    private static List<Parameter> parameters(Args a) {
        List<Parameter> list = new ArrayList<>();
        for (Tensor g : a.tensors()) {
            Parameter p = new Parameter("p" + list.size(), Tensor.zerosLike(g));
            p.setGrad(g);
            list.add(p);
        }
        return list;
    }
}
