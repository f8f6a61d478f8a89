package dev.levin.nn;

import dev.levin.nn.ResampleFunctions.SampleMode;
import dev.levin.nn.ResampleFunctions.SamplePadding;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Reads an input at positions that are tensors themselves; gradients flow to both. */
final class GridSampler {
    private final Tensor flat;
    private final Tensor grid;
    private final int[] extents;
    private final Tensor[] position;
    private final Shape points;
    private final Shape result;
    private final SamplePadding padding;
    private final boolean alignCorners;

    GridSampler(Tensor input, Tensor grid, SamplePadding padding, boolean alignCorners) {
        int d = input.dim() - 2;
        int n = input.size(0);
        int c = input.size(1);
        this.grid = grid;
        this.padding = padding;
        this.alignCorners = alignCorners;
        flat = input.flatten(2, -1);
        extents = new int[d];
        position = new Tensor[d];
        int[] out = new int[d + 2];
        out[0] = n;
        out[1] = c;
        for (int i = 0; i < d; i++) {
            extents[i] = input.size(2 + i);
            out[2 + i] = grid.size(1 + i);
        }
        result = Shape.of(out);
        int perImage = 1;
        for (int i = 0; i < d; i++) {
            perImage *= out[2 + i];
        }
        points = Shape.of(n, 1, perImage);
        for (int i = 0; i < d; i++) {
            // The grid names the last axis first.
            Tensor u = grid.select(-1, d - 1 - i).reshape(points);
            double size = extents[i];
            position[i] = alignCorners ? u.add(1.0).mul((size - 1) / 2) : u.add(1.0).mul(size).sub(1.0).mul(0.5);
        }
    }

    Tensor sample(SampleMode mode) {
        return switch (mode) {
            case BICUBIC -> cubic();
            case NEAREST -> nearest();
            case BILINEAR -> linear();
        };
    }

    private interface PerAxis {
        Tensor apply(int axis);
    }

    private Tensor[] eachAxis(PerAxis f) {
        Tensor[] all = new Tensor[extents.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = f.apply(i);
        }
        return all;
    }

    /** Steps: the gradient by the grid is there, and zero. */
    private Tensor nearest() {
        Tensor y = read(eachAxis(i -> inside(position[i], i).round()), null).reshape(result);
        return grid.isGradRequired()
                ? LossSupport.custom(y, (out, in, g) -> new Tensor[] {g, Tensor.zerosLike(in[1])}, y, grid) : y;
    }

    private Tensor linear() {
        Tensor[] at = eachAxis(i -> inside(position[i], i));
        Tensor[] low = eachAxis(i -> at[i].detach().floor());
        Tensor[] fraction = eachAxis(i -> at[i].sub(low[i]));
        Tensor sum = null;
        for (int corner = 0; corner < 1 << extents.length; corner++) {
            int bits = corner;
            Tensor weight = null;
            for (int i = 0; i < extents.length; i++) {
                Tensor w = (bits >> i & 1) == 1 ? fraction[i] : fraction[i].rsub(1.0);
                weight = weight == null ? w : weight.mul(w);
            }
            Tensor part = read(eachAxis(i -> low[i].add((double) (bits >> i & 1))), weight);
            sum = sum == null ? part : sum.add(part);
        }
        return sum.reshape(result);
    }

    private Tensor cubic() {
        Tensor[] low = eachAxis(i -> position[i].detach().floor());
        Tensor[][] weights = new Tensor[2][];
        for (int i = 0; i < 2; i++) {
            weights[i] = ResampleFunctions.cubicWeights(position[i].sub(low[i]));
        }
        Tensor sum = null;
        for (int tap = 0; tap < 16; tap++) {
            int y = tap / 4;
            int x = tap % 4;
            Tensor[] at = {inside(low[0].add(y - 1.0), 0), inside(low[1].add(x - 1.0), 1)};
            Tensor part = read(at, weights[0][y].mul(weights[1][x]));
            sum = sum == null ? part : sum.add(part);
        }
        return sum.reshape(result);
    }

    /** Moves positions outside of the input to where the padding mode reads them; zeros stay outside. */
    private Tensor inside(Tensor at, int axis) {
        int n = extents[axis];
        return switch (padding) {
            case ZEROS -> at;
            case BORDER -> Functional.hardtanh(at, 0, n - 1);
            case REFLECTION -> Functional.hardtanh(alignCorners ? reflected(at, 0, n - 1) : reflected(at, -0.5, n), 0, n - 1);
        };
    }

    /** Mirrored at {@code low} and {@code low + span} as often as needed. */
    private static Tensor reflected(Tensor at, double low, double span) {
        if (span == 0) {
            return at.mul(0.0);
        }
        Tensor distance = at.sub(low).abs();
        Tensor turns = ResampleFunctions.floorDivide(distance.detach(), span);
        Tensor rest = distance.sub(turns.mul(span));
        Tensor odd = turns.sub(ResampleFunctions.floorDivide(turns, 2).mul(2.0)).eq(1.0);
        return odd.where(rest.rsub(span), rest).add(low);
    }

    /** Elements at whole positions [N, 1, points], times a weight; 0 outside. */
    private Tensor read(Tensor[] at, Tensor weight) {
        Tensor valid = null;
        Tensor index = null;
        for (int i = 0; i < extents.length; i++) {
            Tensor p = at[i].detach();
            Tensor in = p.ge(0.0).logicalAnd(p.le(extents[i] - 1.0));
            valid = valid == null ? in : valid.logicalAnd(in);
            Tensor whole = in.where(p, Tensor.scalar(0, p.dtype())).to(DType.I64);
            index = index == null ? whole : index.mul((long) extents[i]).add(whole);
        }
        Shape perChannel = points.with(1, flat.size(1));
        Tensor value = flat.gather(2, index.broadcastTo(perChannel));
        Tensor kept = valid.where(value, Tensor.scalar(0, value.dtype()));
        return weight == null ? kept : kept.mul(weight.to(kept.dtype()));
    }
}
