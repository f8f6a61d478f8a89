package dev.levin.examples.jobs;

import dev.levin.nn.Embedding;
import dev.levin.nn.LSTM;
import dev.levin.nn.Linear;
import dev.levin.nn.RnnOptions;
import dev.levin.tensor.Tensor;

/** Two LSTM layers over characters. */
final class CharLstm extends CharModel {
    final Embedding tokens;
    final LSTM lstm;
    final Linear head;

    CharLstm(CharText text, int window, int width, double lr) {
        super(text, window, lr, "lstm");
        tokens = new Embedding(text.vocabulary(), width);
        lstm = new LSTM(width, width, RnnOptions.layers(2).batchFirst().dropout(0.1));
        head = new Linear(width, text.vocabulary());
    }

    @Override
    public Tensor forward(Tensor x) {
        return head.forward(lstm.forward(tokens.forward(x)).output());
    }
}
