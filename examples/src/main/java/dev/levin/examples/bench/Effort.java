package dev.levin.examples.bench;

/**
 * How many steps a measurement takes.
 *
 * @param quick only as many as show that everything runs
 */
record Effort(boolean quick) {
    private static final int FEW = 7;

    int steps(Cell c) {
        if (c.kind() == Cell.Kind.LOADER) {
            return quick ? 1 : 3;
        }
        if (quick) {
            return FEW;
        }
        Workload w = Workload.named(c.workload());
        if (c.kind() != Cell.Kind.INFER) {
            return w.steps();
        }
        // forward is a third of the work; a small batch takes less time still
        return w.steps() * (c.batch() == w.batch() ? 3 : Math.max(1, 3 * w.batch() / (4 * c.batch())));
    }

    int warmup(Cell c) {
        if (c.kind() == Cell.Kind.LOADER) {
            return 0;
        }
        Workload w = Workload.named(c.workload());
        return quick ? 1 : c.kind() == Cell.Kind.INFER ? 2 * w.warmup() : w.warmup();
    }
}
