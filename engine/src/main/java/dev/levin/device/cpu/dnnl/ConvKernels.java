package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;

/** Builds the library's primitives for a convolution; what runs them are the three public operations. */
final class ConvKernels {
    private static final int DIRECT = 1;
    private static final int FORWARD_TRAINING = 64;

    private ConvKernels() {
    }

    /** The plain layout of each operand, in the type the direction reads or writes. */
    static ConvLayouts plain(ConvSpec s, ConvDirection d) {
        return new ConvLayouts(
                DnnlLayout.plain(d == ConvDirection.BACKWARD_DATA ? s.output() : s.input(), s.srcDims()),
                DnnlLayout.plain(d == ConvDirection.BACKWARD_WEIGHTS ? s.output() : s.input(), s.weightDims()),
                DnnlLayout.plain(d == ConvDirection.FORWARD ? s.output() : s.input(), s.dstDims()));
    }

    /** {@code given} with null replaced by plain; layouts of the wrong shape or type are refused. */
    static ConvLayouts complete(ConvSpec s, ConvDirection d, ConvLayouts given) {
        ConvLayouts plain = plain(s, d);
        return new ConvLayouts(pick("src", given.src(), plain.src()), pick("weights", given.weights(), plain.weights()),
                pick("dst", given.dst(), plain.dst()));
    }

    private static DnnlLayout pick(String name, DnnlLayout given, DnnlLayout plain) {
        if (given == null) {
            return plain;
        }
        if (given.dtype() != plain.dtype() || !given.sameShape(plain)) {
            throw new IllegalArgumentException(name + " of this convolution is " + plain + " or a layout of that, not " + given);
        }
        return given;
    }

    private record Key(ConvSpec spec, ConvDirection direction, ConvLayouts layouts, DType bias, PostOps post) { }

    /**
     * A primitive for {@code spec}.
     *
     * @param fixed layouts that are given; null leaves the choice to the library
     * @param bias  type of the bias or its gradient, null for none
     */
    static Compiled compile(Dnnl dnnl, ConvSpec spec, ConvDirection direction, ConvLayouts fixed, DType bias, PostOps post) {
        return dnnl.compiled(new Key(spec, direction, fixed, bias, post),
                () -> make(dnnl, spec, direction, fixed, bias, post));
    }

    private static Primitive make(Dnnl dnnl, ConvSpec s, ConvDirection direction, ConvLayouts fixed, DType bias,
            PostOps post) {
        String what = direction + " " + s + (bias == null ? "" : " bias " + bias) + (post.isEmpty() ? "" : " " + post);
        ConvLayouts plain = plain(s, direction);
        DnnlLayout biasLayout = bias == null ? null : DnnlLayout.plain(bias, s.filters());
        int[] args = switch (direction) {
            case FORWARD -> new int[] {Primitive.SRC, Primitive.WEIGHTS, Primitive.DST, Primitive.BIAS};
            case BACKWARD_DATA -> new int[] {Primitive.DIFF_SRC, Primitive.WEIGHTS, Primitive.DIFF_DST};
            case BACKWARD_WEIGHTS ->
                new int[] {Primitive.SRC, Primitive.DIFF_WEIGHTS, Primitive.DIFF_DST, Primitive.DIFF_BIAS};
        };
        return dnnl.build(what, scope -> {
            long src = fixed.src() == null ? scope.any(plain.src()) : scope.desc(fixed.src());
            long weights = fixed.weights() == null ? scope.any(plain.weights()) : scope.desc(fixed.weights());
            long dst = fixed.dst() == null ? scope.any(plain.dst()) : scope.desc(fixed.dst());
            long strides = scope.dims(ConvSpec.array(s.stride()));
            long dilates = scope.dims(s.zeroBasedDilation());
            long before = scope.dims(ConvSpec.array(s.before()));
            long after = scope.dims(ConvSpec.array(s.after()));
            long attr = scope.attributes(post);
            long engine = dnnl.engine();
            if (direction == ConvDirection.FORWARD) {
                return Fn.dnnl_convolution_forward_primitive_desc_create.make(what, engine, FORWARD_TRAINING, DIRECT, src,
                        weights, scope.desc(biasLayout), dst, strides, dilates, before, after, attr);
            }
            DType in = s.input();
            long hint = scope.own(Fn.dnnl_primitive_desc_destroy, Fn.dnnl_convolution_forward_primitive_desc_create.make(
                    what, engine, FORWARD_TRAINING, DIRECT, scope.any(DnnlLayout.plain(in, s.srcDims())),
                    scope.any(DnnlLayout.plain(in, s.weightDims())), 0L, scope.any(DnnlLayout.plain(in, s.dstDims())),
                    strides, dilates, before, after, attr));
            return direction == ConvDirection.BACKWARD_DATA
                    ? Fn.dnnl_convolution_backward_data_primitive_desc_create.make(what, engine, DIRECT, src, weights, dst,
                            strides, dilates, before, after, hint, attr)
                    : Fn.dnnl_convolution_backward_weights_primitive_desc_create.make(what, engine, DIRECT, src, weights,
                            scope.desc(biasLayout), dst, strides, dilates, before, after, hint, attr);
        }, args);
    }

    /** The layouts a compiled convolution works on. */
    static ConvLayouts layouts(Compiled c) {
        Primitive p = c.acquire();
        try {
            return new ConvLayouts(p.layout(0), p.layout(1), p.layout(2));
        } finally {
            p.release();
        }
    }

    static String implementation(Compiled c) {
        Primitive p = c.acquire();
        try {
            return p.implementation();
        } finally {
            p.release();
        }
    }

    /** {@code layout} to fix it, or null where it is plain: there the library chooses and a reorder bridges the two. */
    private static DnnlLayout unlessPlain(DnnlLayout layout) {
        return layout.isContiguous() ? null : layout;
    }

    /**
     * Primitives for the tasks of a convolution over {@code layouts}, and what they really work on. The smaller last task
     * works on the same layout of weights as the others.
     */
    static Tasks tasks(Dnnl dnnl, ConvSpec spec, ConvDirection direction, ConvLayouts layouts, DType bias, PostOps post,
            Split split) {
        var whole = new ConvLayouts(unlessPlain(layouts.src()), unlessPlain(layouts.weights()), unlessPlain(layouts.dst()));
        ConvLayouts[] inner = new ConvLayouts[2];
        Split.Parts parts = split.compile(n -> {
            boolean first = inner[0] == null;
            var fixed = new ConvLayouts(rows(whole.src(), n), first ? whole.weights() : inner[0].weights(),
                    rows(whole.dst(), n));
            Compiled c = compile(dnnl, spec.withBatch(n), direction, fixed, bias, post);
            inner[first ? 0 : 1] = layouts(c);
            return c;
        });
        return new Tasks(parts, layouts, inner[0], inner[1] == null ? inner[0] : inner[1]);
    }

    private static DnnlLayout rows(DnnlLayout l, long n) {
        return l == null ? null : l.rows(n);
    }

    /**
     * @param outer  the caller's layouts, of the whole batch
     * @param inner  what a task works on
     * @param last   what the last task works on
     */
    record Tasks(Split.Parts parts, ConvLayouts outer, ConvLayouts inner, ConvLayouts last) {
    }

    /** Tasks of some ten million operations; whole batches if a layout does not keep images apart. */
    static Split split(ConvSpec spec, ConvLayouts layouts, double target, int maxTasks) {
        return layouts.src().isRowSplittable() && layouts.dst().isRowSplittable()
                ? Split.of(spec.batch(), spec.flopsPerImage(), target, maxTasks)
                : Split.whole(spec.batch());
    }
}
