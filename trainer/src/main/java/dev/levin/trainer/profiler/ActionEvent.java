package dev.levin.trainer.profiler;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A hook, a step, a checkpoint: anything the loops measure. */
@Name("levin.Action")
@Label("Action")
@Category("Levin")
@StackTrace(false)
final class ActionEvent extends Event {
    @Label("Action")
    private String action;

    void finish(String name) {
        action = name;
        commit();
    }
}
