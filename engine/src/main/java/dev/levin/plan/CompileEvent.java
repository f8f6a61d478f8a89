package dev.levin.plan;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A plan was made. While nobody records it costs the read of a flag. */
@Name("levin.Compile")
@Label("Compile")
@Category("Levin")
@StackTrace(false)
final class CompileEvent extends Event {
    @Label("Step")
    private String step;

    @Label("Instructions")
    private int instructions;

    @Label("Why the plans there were did not serve")
    private String reason;

    /** Null while nobody records. */
    static CompileEvent begun() {
        if (!FlightRecorder.isInitialized()) {
            return null;
        }
        CompileEvent e = new CompileEvent();
        e.begin();
        return e;
    }

    void finish(String name, int size, String why) {
        step = name;
        instructions = size;
        reason = why;
        commit();
    }
}
