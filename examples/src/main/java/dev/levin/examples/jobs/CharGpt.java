package dev.levin.examples.jobs;

import dev.levin.nn.Dropout;
import dev.levin.nn.Embedding;
import dev.levin.nn.Functional;
import dev.levin.nn.LayerNorm;
import dev.levin.nn.Linear;
import dev.levin.nn.TransformerEncoder;
import dev.levin.nn.TransformerEncoderLayer;
import dev.levin.nn.TransformerOptions;
import dev.levin.tensor.Tensor;

/** A decoder-only transformer (Radford et al. 2018) over characters, norms first. */
final class CharGpt extends CharModel {
    final Embedding tokens;
    final Embedding positions;
    final Dropout dropout = new Dropout(0.1);
    final TransformerEncoder blocks;
    final Linear head;

    CharGpt(CharText text, int window, int width, int heads, int layers, double lr) {
        super(text, window, lr, "gpt");
        TransformerOptions options = TransformerOptions.DEFAULT.dimFeedforward(4 * width).dropout(0.1).activation(Functional::gelu).batchFirst().normFirst();
        tokens = new Embedding(text.vocabulary(), width);
        positions = new Embedding(window, width);
        blocks = new TransformerEncoder(() -> new TransformerEncoderLayer(width, heads, options), layers, new LayerNorm(width));
        head = new Linear(width, text.vocabulary());
    }

    @Override
    public Tensor forward(Tensor x) {
        int length = x.size(1);
        Tensor h = dropout.forward(tokens.forward(x).add(positions.forward(Tensor.arange(0, length))));
        return head.forward(blocks.forward(h, dev.levin.nn.Transformer.generateSquareSubsequentMask(length), null, true));
    }
}
