package dev.levin.tensor;

import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Sums of products in Einstein's notation. Operands are contracted from left to right, each pair by one batched matrix
 * product.
 */
final class Einsum {
    /** Axes that an ellipsis stands for are named from here on, counted from the right. */
    private static final int ELLIPSIS = 1000;

    /** A tensor whose axes have names, each once. */
    private record Named(Tensor tensor, List<Integer> axes) {
        Named sum(List<Integer> gone) {
            if (gone.isEmpty()) {
                return this;
            }
            List<Integer> left = new ArrayList<>(axes);
            left.removeAll(gone);
            return new Named(tensor.sum(gone.stream().mapToInt(axes::indexOf).toArray(), false), left);
        }

        /** Axes in this order, missing ones with extent 1. */
        Tensor arranged(List<Integer> order) {
            Tensor t = tensor.permute(order.stream().filter(axes::contains).mapToInt(axes::indexOf).toArray());
            for (int i = 0; i < order.size(); i++) {
                if (!axes.contains(order.get(i))) {
                    t = t.unsqueeze(i);
                }
            }
            return t;
        }
    }

    private final String equation;
    private final List<Named> operands = new ArrayList<>();
    private final List<Integer> output;

    private Einsum(String equation, List<Tensor> tensors) {
        this.equation = equation;
        String text = equation.replace(" ", "");
        int arrow = text.indexOf("->");
        String[] inputs = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
        if (inputs.length != tensors.size()) {
            throw new IllegalArgumentException("einsum \"" + equation + "\" names " + inputs.length + " operands, but "
                    + tensors.size() + " were given");
        }
        Map<Integer, Integer> uses = new TreeMap<>();
        for (int i = 0; i < inputs.length; i++) {
            List<Integer> names = names(inputs[i], tensors.get(i).dim());
            names.forEach(n -> uses.merge(n, 1, Integer::sum));
            operands.add(diagonals(tensors.get(i), names));
        }
        if (arrow >= 0) {
            long ellipsis = uses.keySet().stream().filter(n -> n >= ELLIPSIS).count();
            output = names(text.substring(arrow + 2), -1, (int) ellipsis);
            for (int i = 0; i < output.size(); i++) {
                if (!uses.containsKey(output.get(i)) || output.indexOf(output.get(i)) != i) {
                    throw new IllegalArgumentException("einsum \"" + equation + "\": each axis of the output must occur in an "
                            + "input, and once in the output");
                }
            }
        } else {
            output = new ArrayList<>(uses.keySet().stream().filter(n -> n >= ELLIPSIS).toList().reversed());
            uses.forEach((name, count) -> {
                if (count == 1 && name < ELLIPSIS) {
                    output.add(name);
                }
            });
        }
    }

    static Tensor compute(String equation, List<Tensor> tensors) {
        return new Einsum(equation, tensors).run();
    }

    private List<Integer> names(String term, int rank) {
        return names(term, rank, rank - (term.contains("...") ? term.length() - 3 : term.length()));
    }

    private List<Integer> names(String term, int rank, int ellipsis) {
        List<Integer> names = new ArrayList<>();
        for (int i = 0; i < term.length(); i++) {
            if (term.startsWith("...", i)) {
                for (int k = ellipsis - 1; k >= 0; k--) {
                    names.add(ELLIPSIS + k);
                }
                i += 2;
            } else if (Character.isLetter(term.charAt(i))) {
                names.add((int) term.charAt(i));
            } else {
                throw new IllegalArgumentException("einsum \"" + equation + "\": unexpected '" + term.charAt(i)
                        + "'; axes are letters, or ... for any number of them");
            }
        }
        if (rank >= 0 && names.size() != rank) {
            throw new IllegalArgumentException("einsum \"" + equation + "\": \"" + term + "\" does not fit an operand with "
                    + rank + " axes");
        }
        return names;
    }

    /** A name that an operand has twice takes its diagonal. */
    private static Named diagonals(Tensor t, List<Integer> names) {
        List<Integer> axes = new ArrayList<>(names);
        for (int i = 0; i < axes.size(); i++) {
            int j = axes.lastIndexOf(axes.get(i));
            if (j != i) {
                if (t.size(i) != t.size(j)) {
                    throw new IllegalArgumentException("einsum: an axis named twice has extents " + t.size(i) + " and " + t.size(j));
                }
                int name = axes.get(i);
                t = t.diagonal(0, i, j);
                axes.remove(j);
                axes.remove(i);
                axes.add(name);
                i = -1;
            }
        }
        return new Named(t, axes);
    }

    private Tensor run() {
        checkExtents();
        Named left = operands.getFirst();
        for (int i = 1; i < operands.size(); i++) {
            List<Integer> later = new ArrayList<>(output);
            operands.subList(i + 1, operands.size()).forEach(o -> later.addAll(o.axes()));
            left = contract(left, operands.get(i), later);
        }
        List<Integer> gone = new ArrayList<>(left.axes());
        gone.removeAll(output);
        return left.sum(gone).arranged(output);
    }

    private void checkExtents() {
        Map<Integer, Integer> extents = new TreeMap<>();
        for (Named o : operands) {
            for (int i = 0; i < o.axes().size(); i++) {
                int n = o.tensor().size(i);
                int known = extents.merge(o.axes().get(i), n, (a, b) -> a == 1 ? b : a);
                if (known != n && n != 1) {
                    throw new IllegalArgumentException("einsum \"" + equation + "\": an axis has extents " + known + " and " + n
                            + " in different operands");
                }
            }
        }
    }

    /** Sums over the axes both have and nobody needs later. */
    private static Named contract(Named a, Named b, List<Integer> later) {
        a = a.sum(a.axes().stream().filter(x -> !b.axes().contains(x) && !later.contains(x)).toList());
        List<Integer> aAxes = a.axes();
        Named c = b.sum(b.axes().stream().filter(x -> !aAxes.contains(x) && !later.contains(x)).toList());
        // An axis of extent 1 broadcasts: for a contraction that is a sum of the other's axis.
        List<Integer> both = aAxes.stream().filter(c.axes()::contains).toList();
        List<Integer> batch = both.stream().filter(later::contains).toList();
        List<Integer> inner = both.stream().filter(x -> !later.contains(x)).toList();
        Named x = a;
        Named y = c;
        for (int axis : inner) {
            int n = x.tensor().size(x.axes().indexOf(axis));
            int m = y.tensor().size(y.axes().indexOf(axis));
            if (n != m) {
                x = n == 1 ? x : keepSummed(x, axis);
                y = m == 1 ? y : keepSummed(y, axis);
            }
        }
        List<Integer> rows = aAxes.stream().filter(i -> !both.contains(i)).toList();
        List<Integer> columns = c.axes().stream().filter(i -> !both.contains(i)).toList();
        List<Integer> order = new ArrayList<>(batch);
        order.addAll(rows);
        order.addAll(columns);
        Tensor p = x.arranged(join(batch, rows, inner));
        Tensor q = y.arranged(join(batch, inner, columns));
        int nb = batch.size();
        int[] pd = p.shape().dims();
        int[] qd = q.shape().dims();
        Shape lead = Shape.broadcast(Shape.of(java.util.Arrays.copyOf(pd, nb)), Shape.of(java.util.Arrays.copyOf(qd, nb)));
        Tensor product = matrices(p, nb, rows.size()).matmul(matrices(q, nb, inner.size()));
        int[] out = IntStream.concat(IntStream.of(lead.dims()), IntStream.concat(IntStream.of(pd).skip(nb).limit(rows.size()),
                IntStream.of(qd).skip(nb + inner.size()))).toArray();
        return new Named(product.reshape(Shape.of(out)), order);
    }

    private static Named keepSummed(Named x, int axis) {
        return new Named(x.tensor().sum(x.axes().indexOf(axis), true), x.axes());
    }

    private static List<Integer> join(List<Integer> a, List<Integer> b, List<Integer> c) {
        List<Integer> all = new ArrayList<>(a);
        all.addAll(b);
        all.addAll(c);
        return all;
    }

    /** [batch..., first..., rest...] as [batch..., F, R]. */
    private static Tensor matrices(Tensor t, int batch, int first) {
        int[] d = t.shape().dims();
        int[] out = java.util.Arrays.copyOf(d, batch + 2);
        out[batch] = IntStream.range(batch, batch + first).map(i -> d[i]).reduce(1, Math::multiplyExact);
        out[batch + 1] = IntStream.range(batch + first, d.length).map(i -> d[i]).reduce(1, Math::multiplyExact);
        return t.reshape(Shape.of(out));
    }

    /** Sums products over pairs of axes; what is left of {@code a} comes first. */
    static Tensor tensordot(Tensor a, Tensor b, int[] aAxes, int[] bAxes) {
        if (aAxes.length != bAxes.length) {
            throw new IllegalArgumentException("tensordot needs as many axes of one operand as of the other");
        }
        List<Integer> x = new ArrayList<>(IntStream.range(0, a.dim()).boxed().toList());
        List<Integer> y = new ArrayList<>(IntStream.range(0, b.dim()).map(i -> a.dim() + i).boxed().toList());
        for (int i = 0; i < aAxes.length; i++) {
            int p = a.shape().axis(aAxes[i]);
            int q = b.shape().axis(bAxes[i]);
            if (a.size(p) != b.size(q)) {
                throw new IllegalArgumentException("tensordot: axis " + p + " of " + a.shape() + " and axis " + q + " of "
                        + b.shape() + " differ in extent");
            }
            y.set(q, p);
        }
        List<Integer> out = new ArrayList<>(x);
        out.addAll(y);
        out.removeIf(n -> x.contains(n) && y.contains(n));
        return contract(new Named(a, x), new Named(b, y), out).arranged(out);
    }
}
