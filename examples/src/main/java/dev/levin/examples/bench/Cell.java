package dev.levin.examples.bench;

/**
 * One thing to measure, with Levin and with each peer that can.
 *
 * @param batch samples a step
 */
record Cell(Kind kind, String workload, int threads, int batch) {
    /** What of a workload is measured. */
    enum Kind {
        /** A plain loop over batches made beforehand. */
        TRAIN("Training, plain loop"),
        /** The forward pass alone, without gradients. */
        INFER("Inference"),
        /** A loader without a network. */
        LOADER("Loader"),
        /** The whole of a trainer: loader, logging, checkpoints. */
        TRAINER("Trainer");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    String id() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " " + workload + " t" + threads + " b" + batch;
    }

    /** GFLOP of products and convolutions in one step; 0 if that is not what takes the time. */
    double gflop() {
        if (kind == Kind.LOADER) {
            return 0;
        }
        Workload.Work work = Workload.named(workload).work();
        return kind == Kind.INFER ? work.inference() * batch : work.training();
    }
}
