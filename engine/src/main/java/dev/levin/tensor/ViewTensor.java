package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Other arrangements of the same elements. None of these copies by itself. */
abstract class ViewTensor extends MathTensor {
    ViewTensor(Node node) {
        super(node);
    }

    /** Row-major rearrangement; one extent may be -1 and is worked out. */
    public Tensor reshape(int... dims) {
        int unknown = -1;
        long known = 1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1) {
                if (unknown >= 0) {
                    throw new IllegalArgumentException("only one extent may be -1, not " + Arrays.toString(dims));
                }
                unknown = i;
            } else {
                known *= dims[i];
            }
        }
        int[] d = dims.clone();
        if (unknown >= 0) {
            if (known == 0 || numel() % known != 0) {
                throw new IllegalArgumentException("can't reshape " + shape() + " (" + numel() + " elements) to "
                        + Arrays.toString(dims));
            }
            d[unknown] = (int) (numel() / known);
        }
        return reshape(Shape.of(d));
    }

    public Tensor reshape(Shape shape) {
        return wrap(Nodes.reshape(node(), shape));
    }

    /** As {@link #reshape(int...)}: every layout can be viewed. */
    public Tensor view(int... dims) {
        return reshape(dims);
    }

    /** Axis i of the result is axis {@code axes[i]} of this. */
    public Tensor permute(int... axes) {
        return wrap(Nodes.permute(node(), axes));
    }

    public Tensor transpose(int a, int b) {
        return wrap(Nodes.transpose(node(), a, b));
    }

    /** Transpose of a matrix; vectors and scalars stay. */
    public Tensor t() {
        if (dim() > 2) {
            throw new IllegalArgumentException("t() needs at most two axes, not " + shape() + "; use transpose(a, b)");
        }
        return dim() < 2 ? self() : transpose(0, 1);
    }

    /** Swaps the last two axes. */
    public Tensor mT() {
        return transpose(-2, -1);
    }

    public Tensor squeeze() {
        return reshape(Arrays.stream(shape().dims()).filter(d -> d != 1).toArray());
    }

    /** Removes the axis if its extent is 1. */
    public Tensor squeeze(int axis) {
        return dim() == 0 || size(axis) != 1 ? self() : reshape(shape().drop(axis));
    }

    public Tensor unsqueeze(int axis) {
        return reshape(shape().insert(Shape.axis(axis, dim() + 1), 1));
    }

    public Tensor flatten() {
        return flatten(0, -1);
    }

    /** Merges the axes from {@code start} to {@code end}, both included. */
    public Tensor flatten(int start, int end) {
        if (dim() == 0) {
            return reshape(1);
        }
        int s = shape().axis(start);
        int e = shape().axis(end);
        if (s > e) {
            throw new IllegalArgumentException("flatten(" + start + ", " + end + "): the first axis must come before the last");
        }
        int[] d = new int[dim() - (e - s)];
        int merged = 1;
        for (int i = 0; i < dim(); i++) {
            if (i < s) {
                d[i] = size(i);
            } else if (i <= e) {
                merged *= size(i);
            } else {
                d[i - (e - s)] = size(i);
            }
        }
        d[s] = merged;
        return reshape(Shape.of(d));
    }

    /** Repeats axes of extent 1; -1 leaves an axis as it is; missing leading axes are added. */
    public Tensor expand(int... dims) {
        int[] d = dims.clone();
        int extra = d.length - dim();
        for (int i = 0; i < d.length; i++) {
            if (d[i] == -1) {
                if (i < extra) {
                    throw new IllegalArgumentException("expand can't keep axis " + i + ": " + shape() + " has no such axis");
                }
                d[i] = size(i - extra);
            }
        }
        return wrap(Nodes.broadcast(node(), Shape.of(d)));
    }

    public Tensor expandAs(Tensor other) {
        return wrap(Nodes.broadcast(node(), other.shape()));
    }

    public Tensor broadcastTo(Shape shape) {
        return wrap(Nodes.broadcast(node(), shape));
    }

    public Tensor flip(int... axes) {
        Node n = node();
        for (int a : axes) {
            n = Nodes.flip(n, a);
        }
        return wrap(n);
    }

    /** {@code length} elements of an axis from {@code start}. */
    public Tensor narrow(int axis, int start, int length) {
        int s = start < 0 ? start + size(axis) : start;
        return wrap(Nodes.slice(node(), axis, s, length, 1));
    }

    /** One position of an axis, which disappears. */
    public Tensor select(int axis, int index) {
        int a = shape().axis(axis);
        int n = size(a);
        if (index < -n || index >= n) {
            throw new IndexOutOfBoundsException("index " + index + " is out of range for axis " + axis + " of " + shape());
        }
        return narrow(a, index < 0 ? index + n : index, 1).reshape(shape().drop(a));
    }

    /** Pieces of {@code size} along an axis; the last may be smaller. */
    public List<Tensor> split(int size, int axis) {
        int n = size(axis);
        if (size <= 0) {
            throw new IllegalArgumentException("split needs a positive size, not " + size);
        }
        List<Tensor> parts = new ArrayList<>();
        for (int at = 0; at < n || at == 0; at += size) {
            parts.add(narrow(axis, at, Math.min(size, n - at)));
        }
        return parts;
    }

    /** Pieces of the given sizes, which must add up to the extent. */
    public List<Tensor> split(int[] sizes, int axis) {
        if (Arrays.stream(sizes).sum() != size(axis)) {
            throw new IllegalArgumentException("split sizes " + Arrays.toString(sizes) + " do not add up to " + size(axis));
        }
        List<Tensor> parts = new ArrayList<>();
        int at = 0;
        for (int s : sizes) {
            parts.add(narrow(axis, at, s));
            at += s;
        }
        return parts;
    }

    /** At most {@code count} pieces of equal size along an axis; the last may be smaller. */
    public List<Tensor> chunk(int count, int axis) {
        return split(Math.max(1, Math.ceilDiv(size(axis), count)), axis);
    }

    /** One tensor per position of an axis. */
    public List<Tensor> unbind(int axis) {
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < size(axis); i++) {
            parts.add(select(axis, i));
        }
        return parts;
    }

    /** Windows of {@code size} every {@code step} along an axis, as a new last axis. */
    public Tensor unfold(int axis, int size, int step) {
        return dim() == 0 ? self().reshape(1).unfold(axis, size, step).reshape(size) : wrap(Nodes.unfold(node(), axis, size, step));
    }
}
