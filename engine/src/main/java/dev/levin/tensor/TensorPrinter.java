package dev.levin.tensor;

import dev.levin.graph.StaleTensorException;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** PyTorch's way of printing tensors: four digits, columns aligned, long axes summarised. */
final class TensorPrinter {
    private static final int THRESHOLD = 1000;
    private static final int EDGE = 3;
    private static final int LINE = 80;

    private final HostArray data;
    private final Shape shape;
    private final boolean summarise;
    private boolean integral = true;
    private boolean scientific;
    private int width;

    private TensorPrinter(HostArray data, Shape shape) {
        this.data = data;
        this.shape = shape;
        this.summarise = shape.numel() > THRESHOLD;
    }

    static String print(Tensor t) {
        HostArray values;
        try {
            values = t.toHost();
        } catch (StaleTensorException e) {
            return "tensor(<lost>, " + t.dtype() + t.shape() + ")";
        }
        TensorPrinter p = new TensorPrinter(values, t.shape());
        p.measure();
        StringBuilder b = new StringBuilder("tensor(");
        if (t.numel() == 0) {
            b.append("[]");
            if (t.dim() != 1) {
                b.append(", size=").append(t.shape());
            }
        } else {
            p.append(b, 0, 0, "tensor(".length());
        }
        DType d = t.dtype();
        if (d != DType.F32 && d != DType.I64 && d != DType.BOOL) {
            b.append(", dtype=").append(d.torchName());
        }
        if (!t.device().isCpu()) {
            b.append(", device='").append(t.device()).append('\'');
        }
        if (t.isGradRequired()) {
            b.append(", requires_grad=true");
        }
        return b.append(')').toString();
    }

    private void measure() {
        double max = 0;
        double min = Double.POSITIVE_INFINITY;
        List<Integer> shown = new ArrayList<>();
        visit(0, 0, shown);
        for (int i : shown) {
            double v = Math.abs(data.getDouble(i));
            if (Double.isFinite(v)) {
                integral &= v == Math.rint(v);
                if (v != 0) {
                    max = Math.max(max, v);
                    min = Math.min(min, v);
                }
            }
        }
        scientific = data.dtype().isFloat() && max > 0
                && (integral ? max / min > 1000 && max >= 1e8 || max >= 1e8 : max / min > 1000 || max > 1e8 || min < 1e-4);
        if (shape.rank() > 0) {
            for (int i : shown) {
                width = Math.max(width, format(i).length());
            }
        }
    }

    private void visit(int axis, int offset, List<Integer> out) {
        if (axis == shape.rank()) {
            if (shape.numel() > 0) {
                out.add(offset);
            }
            return;
        }
        int n = shape.dim(axis);
        int stride = (int) shape.strides()[axis];
        for (int i = 0; i < n; i++) {
            if (summarise && n > 2 * EDGE && i == EDGE) {
                i = n - EDGE;
            }
            visit(axis + 1, offset + i * stride, out);
        }
    }

    private String format(int i) {
        if (data.dtype() == DType.BOOL) {
            return data.getLong(i) != 0 ? "true" : "false";
        }
        if (!data.dtype().isFloat()) {
            return Long.toString(data.getLong(i));
        }
        double v = data.getDouble(i);
        if (Double.isNaN(v)) {
            return "nan";
        }
        if (Double.isInfinite(v)) {
            return v > 0 ? "inf" : "-inf";
        }
        if (scientific) {
            return String.format(Locale.ROOT, "%.4e", v);
        }
        return integral ? String.format(Locale.ROOT, "%.0f.", v) : String.format(Locale.ROOT, "%.4f", v);
    }

    private void append(StringBuilder b, int axis, int offset, int indent) {
        if (axis == shape.rank()) {
            String s = format(offset);
            b.append(" ".repeat(Math.max(0, width - s.length()))).append(s);
            return;
        }
        int n = shape.dim(axis);
        int stride = (int) shape.strides()[axis];
        boolean last = axis == shape.rank() - 1;
        int perLine = Math.max(1, (LINE - indent) / (width + 2));
        b.append('[');
        for (int i = 0, column = 0; i < n; i++, column++) {
            if (i > 0) {
                b.append(',');
                if (!last) {
                    b.append("\n".repeat(shape.rank() - axis - 1)).append(" ".repeat(indent + axis + 1));
                } else if (column % perLine == 0) {
                    b.append('\n').append(" ".repeat(indent + axis + 1));
                } else {
                    b.append(' ');
                }
            }
            if (summarise && n > 2 * EDGE && i == EDGE) {
                b.append("...,");
                b.append(last ? " " : "\n".repeat(shape.rank() - axis - 1) + " ".repeat(indent + axis + 1));
                i = n - EDGE;
            }
            append(b, axis + 1, offset + i * stride, indent);
        }
        b.append(']');
    }
}
