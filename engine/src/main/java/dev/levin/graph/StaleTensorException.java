package dev.levin.graph;

/** A value was read after its step was over, and nothing had kept it. */
public final class StaleTensorException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public StaleTensorException(Node node) {
        super("this tensor (" + node + ") belonged to a step that is over, and its value was not kept. "
                + "Return it from the step, log() it, or call keep() on it inside the step; a tensor that must live on "
                + "from step to step belongs in a buffer");
    }

    public StaleTensorException(Node node, Variable changed) {
        super("this tensor (" + node + ") was never computed, and " + changed.name() + ", which it depends on, has changed "
                + "since. Read it (or call keep() on it) before optimizer.step() or any other update of " + changed.name());
    }
}
