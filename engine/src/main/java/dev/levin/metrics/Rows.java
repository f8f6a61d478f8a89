package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Rows gathered from batches, kept on the device and joined when they are needed. */
public final class Rows {
    private final String owner;
    private final DType dtype;
    private final Shape row;
    private final List<Tensor> parts = new ArrayList<>();

    Rows(String owner, DType dtype, int... dimsOfRow) {
        this.owner = owner;
        this.dtype = dtype;
        this.row = Shape.of(dimsOfRow);
    }

    /** @param rows [N, ...], converted to the list's dtype */
    public void add(Tensor rows) {
        if (rows.size(0) > 0) {
            parts.add(rows.detach().to(dtype).keep());
        }
    }

    /** All rows in the order in which they came; [0, ...] if there are none. */
    public Tensor all() {
        if (parts.isEmpty()) {
            return Tensor.zeros(row.insert(0, 0), dtype);
        }
        return parts.size() == 1 ? parts.getFirst() : Tensor.cat(parts, 0);
    }

    /**
     * As {@link #all}.
     *
     * @throws IllegalStateException if there are none
     */
    public Tensor some() {
        if (parts.isEmpty()) {
            throw new IllegalStateException(owner + " has seen no samples; call update before compute");
        }
        return all();
    }

    void clear() {
        parts.clear();
    }
}
