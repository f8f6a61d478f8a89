package dev.levin.examples.conformance;

import dev.levin.tensor.Linalg;
import dev.levin.tensor.Tensor;
import java.util.List;

/** Products and factorisations of matrices. */
final class MatrixOps {
    private MatrixOps() {
    }

    static void register(OpTable table) {
        products(table);
        linalg(table);
    }

    private static void products(OpTable table) {
        table.one("torch.matmul", a -> a.t(0).matmul(a.t(1)));
        table.one("torch.mm", a -> a.t(0).mm(a.t(1)));
        table.one("torch.bmm", a -> a.t(0).bmm(a.t(1)));
        table.one("torch.mv", a -> a.t(0).mv(a.t(1)));
        table.one("torch.dot", a -> a.t(0).dot(a.t(1)));
        table.one("torch.inner", a -> a.t(0).inner(a.t(1)));
        table.one("torch.outer", a -> a.t(0).outer(a.t(1)));
        table.one("torch.addmm", a -> a.t(0).addmm(a.t(1), a.t(2), a.f("beta", 1), a.f("alpha", 1)));
        table.one("torch.addmv", a -> a.t(0).addmv(a.t(1), a.t(2), a.f("beta", 1), a.f("alpha", 1)));
        table.one("torch.addr", a -> a.t(0).addr(a.t(1), a.t(2), a.f("beta", 1), a.f("alpha", 1)));
        table.one("torch.baddbmm", a -> a.t(0).baddbmm(a.t(1), a.t(2), a.f("beta", 1), a.f("alpha", 1)));
        table.one("torch.addbmm", a -> a.t(0).addbmm(a.t(1), a.t(2), a.f("beta", 1), a.f("alpha", 1)));
        table.one("torch.kron", a -> a.t(0).kron(a.t(1)));
        table.one("torch.einsum", a -> Tensor.einsum(a.text("equation", ""), a.tensors()));
        table.one("torch.tensordot", a -> {
            if (a.list("dims") instanceof List<?> d) {
                return a.t(0).tensordot(a.t(1), axes(d.get(0)), axes(d.get(1)));
            }
            return a.t(0).tensordot(a.t(1), a.i("dims", 2));
        });
        table.one("torch.cross", a -> a.t(0).cross(a.t(1), a.i("dim", -1)));
        table.one("torch.cdist", a -> a.t(0).cdist(a.t(1), a.f("p", 2)));
    }

    private static int[] axes(Object o) {
        return o instanceof List<?> list ? list.stream().mapToInt(v -> ((Number) v).intValue()).toArray()
                : new int[] {((Number) o).intValue()};
    }

    private static void linalg(OpTable table) {
        table.one("torch.linalg.inv", a -> Linalg.inv(a.t(0)));
        table.one("torch.linalg.pinv", a -> a.has("rtol") ? Linalg.pinv(a.t(0), a.f("rtol")) : Linalg.pinv(a.t(0)));
        table.one("torch.linalg.det", a -> Linalg.det(a.t(0)));
        table.many("torch.linalg.slogdet", a -> {
            var r = Linalg.slogdet(a.t(0));
            return List.of(r.sign(), r.logabsdet());
        });
        table.one("torch.logdet", a -> a.t(0).logdet());
        table.one("torch.linalg.solve", a -> Linalg.solve(a.t(0), a.t(1), a.flag("left", true)));
        table.one("torch.linalg.solve_triangular", a -> Linalg.solveTriangular(a.t(0), a.t(1), a.flag("upper", true),
                a.flag("left", true), a.flag("unitriangular", false)));
        table.one("torch.linalg.cholesky", a -> Linalg.cholesky(a.t(0), a.flag("upper", false)));
        table.many("torch.linalg.qr", a -> {
            var r = Linalg.qr(a.t(0));
            return List.of(r.q(), r.r());
        });
        table.many("torch.linalg.svd", a -> {
            var r = Linalg.svd(a.t(0), a.flag("full_matrices", true));
            return List.of(r.u(), r.s(), r.vh());
        });
        table.one("torch.linalg.svdvals", a -> Linalg.svdvals(a.t(0)));
        table.many("torch.linalg.eigh", a -> {
            var r = Linalg.eigh(a.t(0));
            return List.of(r.values(), r.vectors());
        });
        table.one("torch.linalg.eigvalsh", a -> Linalg.eigvalsh(a.t(0)));
        table.one("torch.linalg.matrix_power", a -> Linalg.matrixPower(a.t(0), a.i("n", 1)));
        table.one("torch.linalg.matrix_rank", a -> Linalg.matrixRank(a.t(0)));
        table.one("torch.linalg.multi_dot", a -> Linalg.multiDot(a.tensors()));
    }
}
