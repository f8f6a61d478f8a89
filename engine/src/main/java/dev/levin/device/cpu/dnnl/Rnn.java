package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;

/**
 * A compiled recurrent layer in one direction: vanilla, LSTM or GRU with PyTorch's parameters. Sequences {@code [T, N, ...]},
 * states {@code [N, H]}, weights {@code [G H, I]} and {@code [G H, H]}, biases {@code [G H]}, all F32 and dense.
 *
 * <p>Split over sequences; gradients of parameters are added up over tasks in order of the sequences.
 */
public final class Rnn {
    private static final double TASK_FLOPS = 5e7;
    private static final int MAX_TASKS = 16;
    /** Fewer sequences than this in a task would mean reading the weights too often. */
    private static final long MIN_SEQUENCES = 8;

    private final Dnnl dnnl;
    private final RnnSpec spec;
    private final RnnWeights parameters;
    private final Split.Parts forward;
    private final Split.Parts backward;
    private final Prepared forwardWeights;
    private final Prepared backwardWeights;
    private final PartialSum inputGradient;
    private final PartialSum hiddenGradient;
    private final PartialSum biasGradient;
    private final long workspaceStride;
    private final int tasks;

    /** Weights on their way to the layout of one direction's kernels. */
    private record Prepared(Reorder fromInput, Reorder fromHidden) {
        static Prepared of(Dnnl dnnl, RnnSpec spec, Compiled c) {
            DnnlLayout input = RnnKernels.layout(c, RnnKernels.W_INPUT);
            DnnlLayout hidden = RnnKernels.layout(c, RnnKernels.W_HIDDEN);
            return new Prepared(Reorder.unlessEqual(dnnl, RnnKernels.weights(spec, spec.input()), input),
                    Reorder.unlessEqual(dnnl, RnnKernels.weights(spec, spec.hidden()), hidden));
        }
    }

    /**
     * Addresses of the parameters.
     *
     * @param biasInput  0 for none
     * @param biasHidden 0 for none
     */
    public record Parameters(long weightInput, long weightHidden, long biasInput, long biasHidden) { }

    /**
     * Addresses of a state.
     *
     * @param h hidden state
     * @param c cell state of an LSTM, else ignored
     */
    public record State(long h, long c) { }

    Rnn(Dnnl dnnl, RnnSpec spec, boolean training) {
        this.dnnl = dnnl;
        this.spec = spec;
        parameters = new RnnWeights(spec);
        Split wanted = Split.of(spec.batch(), spec.flopsPerSequence(), TASK_FLOPS, MAX_TASKS);
        var split = new Split(spec.batch(), Math.min(spec.batch(), Math.max(MIN_SEQUENCES, wanted.size())));
        tasks = split.count();
        forward = split.compile(n -> RnnKernels.compile(dnnl, spec, n, training, false));
        forwardWeights = Prepared.of(dnnl, spec, forward.main());
        if (!training) {
            backward = null;
            backwardWeights = null;
            inputGradient = null;
            hiddenGradient = null;
            biasGradient = null;
            workspaceStride = 0;
            return;
        }
        backward = split.compile(n -> RnnKernels.compile(dnnl, spec, n, true, true));
        backwardWeights = Prepared.of(dnnl, spec, backward.main());
        inputGradient = new PartialSum(dnnl, RnnKernels.layout(backward.main(), RnnKernels.GRADIENTS + RnnKernels.W_INPUT),
                RnnKernels.weights(spec, spec.input()), tasks);
        hiddenGradient = new PartialSum(dnnl, RnnKernels.layout(backward.main(), RnnKernels.GRADIENTS + RnnKernels.W_HIDDEN),
                RnnKernels.weights(spec, spec.hidden()), tasks);
        DnnlLayout bias = DnnlLayout.plain(DType.F32, parameters.biasBytes() / 4);
        biasGradient = new PartialSum(dnnl, bias, bias, tasks);
        workspaceStride = (RnnKernels.layout(forward.main(), RnnKernels.WORKSPACE).bytes() + 63) & -64L;
    }

    /** What this operation computes. */
    public RnnSpec spec() {
        return spec;
    }

    /** Bytes {@code forward} leaves for {@code backward}; 0 without training. */
    public long workspaceBytes() {
        return workspaceStride * tasks;
    }

    /** The library's weights and joint bias, in the slot's scratch memory where they are not as the kernel wants them. */
    private long[] prepare(Slot slot, Slot gates, Prepared form, Parameters p) {
        long input = p.weightInput();
        long hidden = p.weightHidden();
        if (parameters.reordersGates()) {
            input = gates.scratch(Slot.Use.FIRST, 4 * 3 * spec.hidden() * spec.input());
            hidden = gates.scratch(Slot.Use.SECOND, 4 * 3 * spec.hidden() * spec.hidden());
            parameters.exchangeGates(p.weightInput(), input, spec.input());
            parameters.exchangeGates(p.weightHidden(), hidden, spec.hidden());
        }
        long bias = slot.scratch(Slot.Use.THIRD, parameters.biasBytes());
        parameters.joinBiases(p.biasInput(), p.biasHidden(), bias);
        return new long[] {Reorder.stage(form.fromInput, slot, Slot.Use.FIRST, input),
            Reorder.stage(form.fromHidden, slot, Slot.Use.SECOND, hidden), bias};
    }

    private long x(long base, long first) {
        return base + first * spec.input() * 4;
    }

    private long h(long base, long first) {
        return base + first * spec.hidden() * 4;
    }

    /**
     * Runs the layer.
     *
     * @param x         {@code [T, N, I]}
     * @param initial   state before the first step (the last, if reversed)
     * @param y         {@code [T, N, H]}: receives the hidden state of each step
     * @param last      receives the state after the last step
     * @param workspace receives {@link #workspaceBytes()} bytes; ignored without training
     */
    public void forward(long x, State initial, Parameters p, long y, State last, long workspace) {
        Slot own = dnnl.takeSlot();
        Slot gates = dnnl.takeSlot();
        try {
            long[] w = prepare(own, gates, forwardWeights, p);
            forward.run(dnnl, (k, slot, task, first) -> k.execute(slot, x(x, first), h(initial.h, first),
                    h(initial.c, first), w[0], w[1], w[2], h(y, first), h(last.h, first), h(last.c, first),
                    workspace + task * workspaceStride));
        } finally {
            dnnl.giveSlot(gates);
            dnnl.giveSlot(own);
        }
    }

    /**
     * Computes all gradients from what {@code forward} was given and produced.
     *
     * @param gy        gradient of y
     * @param gLast     gradient of the last state, on top of what comes through y
     * @param gx        receives the gradient of x
     * @param gInitial  receives the gradient of the initial state
     * @param gradients receives those of the parameters; a bias gradient at 0 is not written
     * @throws IllegalStateException if the operation was not made for training
     */
    public void backward(long x, State initial, Parameters p, long y, State last, long workspace, long gy, State gLast,
            long gx, State gInitial, Parameters gradients) {
        if (backward == null) {
            throw new IllegalStateException("this layer was made for inference; ask for training = true");
        }
        Slot own = dnnl.takeSlot();
        Slot gates = dnnl.takeSlot();
        Slot sums = dnnl.takeSlot();
        Slot exchange = dnnl.takeSlot();
        try {
            long[] w = prepare(own, gates, backwardWeights, p);
            boolean swap = parameters.reordersGates();
            long toInput = swap ? exchange.scratch(Slot.Use.FIRST, 4 * 3 * spec.hidden() * spec.input())
                    : gradients.weightInput;
            long toHidden = swap ? exchange.scratch(Slot.Use.SECOND, 4 * 3 * spec.hidden() * spec.hidden())
                    : gradients.weightHidden;
            long toBias = exchange.scratch(Slot.Use.THIRD, parameters.biasBytes());
            long gwi = inputGradient.begin(sums, Slot.Use.FIRST, toInput);
            long gwh = hiddenGradient.begin(sums, Slot.Use.SECOND, toHidden);
            long gb = biasGradient.begin(sums, Slot.Use.THIRD, toBias);
            backward.run(dnnl, (k, slot, task, first) -> k.execute(slot, x(x, first), h(initial.h, first),
                    h(initial.c, first), w[0], w[1], w[2], h(y, first), h(last.h, first), h(last.c, first),
                    workspace + task * workspaceStride, x(gx, first), h(gInitial.h, first), h(gInitial.c, first),
                    inputGradient.part(gwi, task), hiddenGradient.part(gwh, task), biasGradient.part(gb, task),
                    h(gy, first), h(gLast.h, first), h(gLast.c, first)));
            inputGradient.finish(own, Slot.Use.FIRST, gwi, toInput);
            hiddenGradient.finish(own, Slot.Use.SECOND, gwh, toHidden);
            biasGradient.finish(own, Slot.Use.THIRD, gb, toBias);
            if (swap) {
                parameters.exchangeGates(toInput, gradients.weightInput, spec.input());
                parameters.exchangeGates(toHidden, gradients.weightHidden, spec.hidden());
            }
            parameters.splitBiasGradient(toBias, gradients.biasInput, gradients.biasHidden);
        } finally {
            dnnl.giveSlot(exchange);
            dnnl.giveSlot(sums);
            dnnl.giveSlot(gates);
            dnnl.giveSlot(own);
        }
    }
}
