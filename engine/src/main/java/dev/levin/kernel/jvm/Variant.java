package dev.levin.kernel.jvm;

import java.util.concurrent.ConcurrentLinkedQueue;

/** One way to run a kernel: its steps, its generated code, and idle runners with their scratch. */
final class Variant {
    final Lowered lowered;
    final Generated generated;
    final ConcurrentLinkedQueue<TileRunner> idle = new ConcurrentLinkedQueue<>();

    final boolean vectorFolds;

    Variant(Lowered lowered, Generated generated, boolean vectorFolds) {
        this.lowered = lowered;
        this.generated = generated;
        this.vectorFolds = vectorFolds;
    }
}
