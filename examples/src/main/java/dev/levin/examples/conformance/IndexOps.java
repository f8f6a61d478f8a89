package dev.levin.examples.conformance;

import dev.levin.tensor.Reduce;
import dev.levin.tensor.Sets;
import dev.levin.tensor.Slice;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reading and writing by position, sorting, searching. */
final class IndexOps {
    private IndexOps() {
    }

    static void register(OpTable table) {
        reading(table);
        writing(table);
        sorting(table);
    }

    private static void reading(OpTable table) {
        table.one("torch.gather", a -> a.t(0).gather(a.i("dim", 0), a.t(1)));
        table.one("torch.index_select", a -> a.t(0).indexSelect(a.i("dim", 0), a.t(1)));
        table.one("torch.masked_select", a -> a.t(0).maskedSelect(a.t(1)));
        table.one("torch.take", a -> a.t(0).take(a.t(1)));
        table.one("torch.take_along_dim", a -> a.has("dim") ? a.t(0).takeAlongDim(a.t(1), a.i("dim", 0)) : a.t(0).takeAlongDim(a.t(1)));
        table.many("torch.nonzero", a -> a.flag("as_tuple", false) ? a.t(0).nonzeroTuple() : List.of(a.t(0).nonzero()));
        table.one("torch.argwhere", a -> a.t(0).nonzero());
        table.one("torch.narrow", a -> a.t(0).narrow(a.i("dim", 0), a.i("start", 0), a.i("length", 0)));
        table.one("torch.select", a -> a.t(0).select(a.i("dim", 0), a.i("index", 0)));
        table.one("getitem", a -> a.t(0).get(items(a.list("index"))));
        table.one("getitem(tensor)", a -> a.t(0).get(a.t(1)));
        table.one("getitem(mask)", a -> a.t(0).get(a.t(1)));
        table.one("getitem(tensors)", a -> a.t(0).get(a.tensors().subList(1, a.count()).toArray()));
        table.one("torch.searchsorted", a -> a.t(0).searchsorted(a.t(1), right(a)).to(a.flag("out_int32", false) ? DType.I32 : DType.I64));
        table.one("torch.bucketize", a -> a.t(0).bucketize(a.t(1), a.flag("right", false)).to(a.flag("out_int32", false) ? DType.I32 : DType.I64));
        table.one("torch.isin", a -> a.flag("invert", false) ? a.t(0).isin(a.t(1)).logicalNot() : a.t(0).isin(a.t(1)));
    }

    private static boolean right(Args a) {
        return a.has("side") ? a.text("side", "left").equals("right") : a.flag("right", false);
    }

    /** null is a new axis, "..." an ellipsis, {"slice": [start, stop, step]} a slice. */
    private static Object[] items(List<?> index) {
        List<Object> items = new ArrayList<>();
        for (Object o : index) {
            items.add(switch (o) {
                case null -> null;
                case String s when s.equals("...") -> Tensor.ELLIPSIS;
                case Number n -> n.intValue();
                case Map<?, ?> m -> slice((List<?>) m.get("slice"));
                case List<?> list -> list.stream().mapToInt(v -> ((Number) v).intValue()).toArray();
                default -> throw new IllegalArgumentException("unknown index " + o);
            });
        }
        return items.toArray();
    }

    private static Slice slice(List<?> s) {
        Integer[] v = new Integer[3];
        for (int i = 0; i < s.size(); i++) {
            v[i] = s.get(i) == null ? null : (Integer) ((Number) s.get(i)).intValue();
        }
        return Slice.of(v[0], v[1], v[2] == null ? 1 : v[2]);
    }

    private static void writing(OpTable table) {
        table.one("torch.scatter", a -> a.has("reduce") ? reduced(a, a.t(2)) : a.t(0).scatter(a.i("dim", 0), a.t(1), a.t(2)));
        table.one("torch.scatter(value)", a -> a.t(0).scatter(a.i("dim", 0), a.t(1), a.f("value")));
        table.one("torch.scatter_add", a -> a.t(0).scatterAdd(a.i("dim", 0), a.t(1), a.t(2)));
        table.one("torch.scatter_reduce", a -> reduced(a, a.t(2)));
        table.one("torch.index_add", a -> a.t(0).indexAdd(a.i("dim", 0), a.t(1), a.t(2), a.f("alpha", 1)));
        table.one("torch.index_copy", a -> a.t(0).indexCopy(a.i("dim", 0), a.t(1), a.t(2)));
        table.one("torch.index_fill", a -> a.count() > 2 ? a.t(0).indexFill(a.i("dim", 0), a.t(1), a.t(2))
                : a.t(0).indexFill(a.i("dim", 0), a.t(1), a.f("value")));
        table.one("torch.index_reduce", a -> a.t(0).indexReduce(a.i("dim", 0), a.t(1), a.t(2), reduce(a), a.flag("include_self", true)));
        table.one("torch.masked_fill", a -> a.count() > 2 ? a.t(0).maskedFill(a.t(1), a.t(2)) : a.t(0).maskedFill(a.t(1), a.f("value")));
        table.one("torch.masked_scatter", a -> a.t(0).maskedScatter(a.t(1), a.t(2)));
        table.one("setitem(slice)", a -> a.t(0).withSet(a.t(1), items(a.list("index"))));
        table.one("setitem(tensor)", a -> a.t(0).withSet(a.t(2), a.t(1)));
        table.one("setitem(mask)", a -> a.t(0).withSet(a.t(2), a.t(1)));
        table.one("torch.select_scatter", a -> a.t(0).selectScatter(a.t(1), a.i("dim", 0), a.i("index", 0)));
        table.one("torch.diagonal_scatter", a -> a.t(0).diagonalScatter(a.t(1), a.i("offset", 0), a.i("dim1", 0), a.i("dim2", 1)));
    }

    private static Tensor reduced(Args a, Tensor src) {
        return a.t(0).scatterReduce(a.i("dim", 0), a.t(1), src, reduce(a), a.flag("include_self", true));
    }

    private static Reduce reduce(Args a) {
        return switch (a.text("reduce", "")) {
            case "sum", "add" -> Reduce.SUM;
            case "prod", "multiply" -> Reduce.PROD;
            case String s -> Reduce.valueOf(s.toUpperCase(Locale.ROOT));
        };
    }

    private static List<Tensor> pair(Tensor.Indexed r) {
        return List.of(r.values(), r.indices());
    }

    private static void sorting(OpTable table) {
        table.many("torch.sort", a -> pair(a.t(0).sort(a.i("dim", -1), a.flag("descending", false))));
        table.one("torch.msort", a -> a.t(0).msort());
        table.one("torch.argsort", a -> a.t(0).argsort(a.i("dim", -1), a.flag("descending", false)));
        table.many("torch.topk", a -> pair(a.t(0).topk(a.i("k", 1), a.i("dim", -1), a.flag("largest", true))));
        table.many("torch.unique", a -> {
            Sets.Unique u = a.has("dim") ? a.t(0).unique(a.i("dim", 0)) : a.t(0).uniqueWithCounts();
            return unique(a, u);
        });
        table.many("torch.unique_consecutive", a -> unique(a, a.t(0).uniqueConsecutive()));
        table.one("torch.bincount", a -> a.t(0).bincount(a.t("weights"), a.i("minlength", 0)));
    }

    private static List<Tensor> unique(Args a, Sets.Unique u) {
        List<Tensor> out = new ArrayList<>(List.of(u.values()));
        if (a.flag("return_inverse", false)) {
            out.add(u.inverse());
        }
        if (a.flag("return_counts", false)) {
            out.add(u.counts());
        }
        return out;
    }
}
