package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Masks of a Transformer decoder, as {@link MultiheadAttention} takes them; any may be null. */
public record DecoderMasks(Tensor tgt, Tensor memory, Tensor tgtKeyPadding, Tensor memoryKeyPadding, boolean tgtIsCausal) {
    public static final DecoderMasks NONE = new DecoderMasks(null, null, null, null, false);

    /** Every target position sees itself and what is before it. */
    public static DecoderMasks causal() {
        return new DecoderMasks(null, null, null, null, true);
    }

    public DecoderMasks withTgt(Tensor mask) {
        return new DecoderMasks(mask, memory, tgtKeyPadding, memoryKeyPadding, tgtIsCausal);
    }

    public DecoderMasks withMemory(Tensor mask) {
        return new DecoderMasks(tgt, mask, tgtKeyPadding, memoryKeyPadding, tgtIsCausal);
    }

    public DecoderMasks withTgtKeyPadding(Tensor mask) {
        return new DecoderMasks(tgt, memory, mask, memoryKeyPadding, tgtIsCausal);
    }

    public DecoderMasks withMemoryKeyPadding(Tensor mask) {
        return new DecoderMasks(tgt, memory, tgtKeyPadding, mask, tgtIsCausal);
    }
}
