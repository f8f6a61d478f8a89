package dev.levin.examples.conformance;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Joining, cutting, views, repetitions, triangles and diagonals, sequences. */
final class ArrangeOps {
    private ArrangeOps() {
    }

    static void register(OpTable table) {
        pieces(table);
        views(table);
        repetition(table);
        triangles(table);
        sequences(table);
    }

    private static void pieces(OpTable table) {
        table.one("torch.cat", a -> Tensor.cat(a.tensors(), a.i("dim", 0)));
        table.one("torch.stack", a -> Tensor.stack(a.tensors(), a.i("dim", 0)));
        table.one("torch.hstack", a -> Tensor.hstack(a.tensors()));
        table.one("torch.vstack", a -> Tensor.vstack(a.tensors()));
        table.one("torch.dstack", a -> Tensor.dstack(a.tensors()));
        table.one("torch.column_stack", a -> Tensor.columnStack(a.tensors()));
        table.one("torch.block_diag", a -> Tensor.blockDiag(a.tensors()));
        table.one("torch.cartesian_prod", a -> Tensor.cartesianProd(a.tensors()));
        table.many("torch.split", a -> {
            String key = a.has("split_size_or_sections") ? "split_size_or_sections" : "split_size";
            return a.list(key) != null ? a.t(0).split(a.ints(key), a.i("dim", 0)) : a.t(0).split(a.i(key, 1), a.i("dim", 0));
        });
        table.many("torch.chunk", a -> a.t(0).chunk(a.i("chunks", 1), a.i("dim", 0)));
        table.many("torch.tensor_split", a -> a.has("sections") ? a.t(0).tensorSplit(a.i("sections", 1), a.i("dim", 0))
                : a.list("indices") != null ? a.t(0).tensorSplit(a.ints("indices"), a.i("dim", 0))
                : a.list("indices_or_sections") != null ? a.t(0).tensorSplit(a.ints("indices_or_sections"), a.i("dim", 0))
                : a.t(0).tensorSplit(a.i("indices_or_sections", 1), a.i("dim", 0)));
        table.many("torch.unbind", a -> a.t(0).unbind(a.i("dim", 0)));
        table.many("torch.meshgrid", a -> Tensor.meshgrid(a.tensors(), a.text("indexing", "ij")));
        table.many("torch.broadcast_tensors", a -> Tensor.broadcastTensors(a.tensors()));
    }

    private static void views(OpTable table) {
        table.one("torch.reshape", a -> a.t(0).reshape(a.ints("shape")));
        table.one("torch.permute", a -> a.t(0).permute(a.ints("dims")));
        table.one("torch.transpose", a -> a.t(0).transpose(a.i("dim0", 0), a.i("dim1", 1)));
        table.one("torch.t", a -> a.t(0).t());
        table.one("torch.movedim", a -> a.t(0).movedim(a.ints("source"), a.ints("destination")));
        table.one("torch.squeeze", a -> {
            Tensor x = a.t(0);
            if (!a.has("dim")) {
                return x.squeeze();
            }
            int[] axes = java.util.Arrays.stream(a.ints("dim")).map(x.shape()::axis).sorted().toArray();
            for (int i = axes.length - 1; i >= 0; i--) {
                x = x.squeeze(axes[i]);
            }
            return x;
        });
        table.one("torch.unsqueeze", a -> a.t(0).unsqueeze(a.i("dim", 0)));
        table.one("torch.flatten", a -> a.t(0).flatten(a.i("start_dim", 0), a.i("end_dim", -1)));
        table.one("torch.broadcast_to", a -> a.t(0).expand(a.ints("size", a.ints("shape"))));
        table.one("Tensor.expand", a -> a.t(0).expand(a.ints("sizes", a.ints("size"))));
        table.one("Tensor.unfold", a -> a.t(0).unfold(a.i("dimension", 0), a.i("size", 1), a.i("step", 1)));
        table.one("torch.flip", a -> a.t(0).flip(a.ints("dims")));
        table.one("torch.flipud", a -> a.t(0).flipud());
        table.one("torch.fliplr", a -> a.t(0).fliplr());
        table.one("torch.roll", a -> a.has("dims") ? a.t(0).roll(a.ints("shifts"), a.ints("dims")) : a.t(0).roll(a.i("shifts", 0)));
        table.one("torch.rot90", a -> a.t(0).rot90(a.i("k", 1), a.ints("dims", 0, 1)));
    }

    private static void repetition(OpTable table) {
        table.one("torch.tile", a -> a.t(0).tile(a.ints("dims")));
        table.one("Tensor.repeat", a -> a.t(0).repeat(a.ints("repeats")));
        table.one("torch.repeat_interleave", a -> {
            Tensor counts = a.count() > 1 ? a.t(1) : a.list("repeats") == null ? null
                    : Tensor.of(java.util.Arrays.stream(a.ints("repeats")).asLongStream().toArray());
            if (counts != null) {
                return a.has("dim") ? a.t(0).repeatInterleave(counts, a.i("dim", 0)) : a.t(0).repeatInterleave(counts);
            }
            int n = a.i("repeats", 1);
            return a.has("dim") ? a.t(0).repeatInterleave(n, a.i("dim", 0)) : a.t(0).repeatInterleave(n);
        });
    }

    private static void triangles(OpTable table) {
        table.one("torch.tril", a -> a.t(0).tril(a.i("diagonal", 0)));
        table.one("torch.triu", a -> a.t(0).triu(a.i("diagonal", 0)));
        table.one("torch.diag", a -> a.t(0).diag(a.i("diagonal", 0)));
        table.one("torch.diagonal", a -> a.t(0).diagonal(a.i("offset", 0), a.i("dim1", 0), a.i("dim2", 1)));
        table.one("torch.diag_embed", a -> a.t(0).diagEmbed(a.i("offset", 0), a.i("dim1", -2), a.i("dim2", -1)));
        table.one("torch.diagflat", a -> a.t(0).diagflat(a.i("offset", 0)));
        table.one("torch.trace", a -> a.t(0).trace());
    }

    private static void sequences(OpTable table) {
        table.one("torch.arange", a -> {
            Number end = a.number("end");
            boolean whole = a.type() == null ? end instanceof Long && !(a.number("start") instanceof Double) && !(a.number("step") instanceof Double)
                    : a.type().isInt();
            if (whole) {
                Tensor r = Tensor.arange((long) a.f("start", 0), end.longValue(), (long) a.f("step", 1));
                return a.type() == null ? r : r.to(a.type());
            }
            return Tensor.arange(a.f("start", 0), end.doubleValue(), a.f("step", 1), type(a));
        });
        table.one("torch.linspace", a -> Tensor.linspace(a.f("start", 0), a.f("end", 0), a.i("steps", 100), type(a)));
        table.one("torch.logspace", a -> Tensor.logspace(a.f("start", 0), a.f("end", 0), a.i("steps", 100), a.f("base", 10)).to(type(a)));
        table.one("torch.eye", a -> Tensor.eye(a.i("n", 1), a.i("m", a.i("n", 1))).to(type(a)));
        table.one("torch.tril_indices", a -> Tensor.trilIndices(a.i("row", 1), a.i("col", 1), a.i("offset", 0)));
        table.one("torch.triu_indices", a -> Tensor.triuIndices(a.i("row", 1), a.i("col", 1), a.i("offset", 0)));
    }

    private static DType type(Args a) {
        return a.type() == null ? DType.F32 : a.type();
    }
}
