package dev.levin.device.run;

import dev.levin.plan.LaunchSummary;
import dev.levin.plan.Plan;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One launch of a plan, on the thread that ran it. */
@Name("levin.Launch")
@Label("Launch")
@Category("Levin")
@StackTrace(false)
public final class LaunchEvent extends Event {
    @Label("Kernel")
    private String kernel;

    @Label("Domain")
    private String domain;

    @Label("Layer")
    private String layer;

    @Label("Traffic")
    @DataAmount
    private long bytes;

    @Label("Floating point operations")
    private double flops;

    /** Ends it. */
    public void finish(Plan plan, Plan.Launch launch) {
        if (shouldCommit()) {
            LaunchSummary s = plan.summary(launch);
            kernel = s.name();
            domain = s.domain();
            layer = s.path();
            bytes = s.bytes();
            flops = s.flops();
            commit();
        }
    }
}
