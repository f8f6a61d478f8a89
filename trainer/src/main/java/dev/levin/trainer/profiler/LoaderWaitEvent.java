package dev.levin.trainer.profiler;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The loop waits for the next batch of a loader. */
@Name("levin.LoaderWait")
@Label("Loader wait")
@Category("Levin")
@StackTrace(false)
final class LoaderWaitEvent extends Event {
    @Label("Action")
    private String action;

    void finish(String name) {
        action = name;
        commit();
    }
}
