package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.Functional;
import dev.levin.plan.Plan;
import dev.levin.plan.PlanOptions;
import dev.levin.plan.Planner;
import dev.levin.plan.Programs;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention as the CUDA device plans it: batched products, and everything between them in one kernel. */
class AttentionPlanTest {
    private static Tensor leaf(DType t) {
        return Tensor.of(HostArray.allocate(t, 2 * 3 * 64 * 32), Shape.of(2, 3, 64, 32));
    }

    private static Plan plan(java.util.function.Supplier<Tensor> body) {
        return Programs.inside(body, r -> Planner.plan(r.program(), PlanOptions.DEFAULT.withLayout(false)));
    }

    private static long products(Plan p) {
        return p.launches().stream().filter(Plan.CallLaunch.class::isInstance).count();
    }

    @ParameterizedTest
    @CsvSource({"F32, false, 0", "F32, true, 0.1", "BF16, true, 0", "BF16, true, 0.1", "F16, false, 0.1"})
    void maskSoftmaxAndDropoutAreOneKernel(DType t, boolean causal, double dropout) {
        Tensor q = leaf(t);
        Tensor k = leaf(t);
        Plan p = plan(() -> Functional.scaledDotProductAttention(q, k, leaf(t), null, dropout, causal));
        assertEquals(2, products(p), p::report);
        // the rows; 16-bit queries are scaled before their product, F32 scores beside the mask
        assertEquals(t.isHalf() ? 4 : 3, p.launches().size(), p::report);
    }

    @Test
    void theGradientTakesFourProductsAndOneRowKernelMore() {
        List<Tensor> leaves = List.of(leaf(DType.BF16).requiresGrad(), leaf(DType.BF16).requiresGrad(), leaf(DType.BF16).requiresGrad());
        Plan p = plan(() -> {
            Tensor y = Functional.scaledDotProductAttention(leaves.get(0), leaves.get(1), leaves.get(2), null, 0.1, true);
            y.mul(leaf(DType.BF16)).sum().backward();
            leaves.forEach(l -> l.grad().keep());
            return y;
        });
        assertEquals(6, products(p), p::report);
        assertTrue(p.launches().size() <= 10, p::report);
    }
}
