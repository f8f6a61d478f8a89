package dev.levin.device.run;

import dev.levin.plan.Plan;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One run of a plan, on the thread that ran it. While nobody records it costs the read of a flag. */
@Name("levin.PlanRun")
@Label("Plan run")
@Category("Levin")
@StackTrace(false)
public final class PlanRunEvent extends Event {
    @Label("Launches")
    private int launches;

    @Label("Instructions")
    private int instructions;

    /** Null while nobody records. */
    public static PlanRunEvent begun() {
        if (!FlightRecorder.isInitialized()) {
            return null;
        }
        PlanRunEvent e = new PlanRunEvent();
        if (!e.isEnabled()) {
            return null;
        }
        e.begin();
        return e;
    }

    /** A launch of this run begins. */
    public LaunchEvent launch() {
        LaunchEvent e = new LaunchEvent();
        e.begin();
        return e;
    }

    /** Ends it. */
    public void finish(Plan plan) {
        launches = plan.launches().size();
        instructions = plan.program().size();
        commit();
    }
}
