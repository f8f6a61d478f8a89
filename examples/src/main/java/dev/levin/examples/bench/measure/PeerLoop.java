package dev.levin.examples.bench.measure;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Trains with a peer on the JVM and prints what it took: arguments {@code WORKLOAD THREADS STEPS WARMUP}. */
public final class PeerLoop {
    /** One training step; its work is done when this returns. */
    public interface Step<B> {
        /** @param wanted whether the loss is asked for; else the result may be anything */
        double run(B batch, boolean wanted);
    }

    private PeerLoop() {
    }

    /** @param versions of what is measured */
    public static <B> void run(String engine, Map<String, String> versions, String[] args, List<B> batches, Step<B> step) throws IOException {
        int steps = Integer.parseInt(args[2]);
        Stamps stamps = new Stamps(Integer.parseInt(args[3]), steps);
        int i = 0;
        while (stamps.another()) {
            step.run(batches.get(i % batches.size()), false);
            if (i++ == 0) {
                stamps.first();
            }
        }
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("workload", args[0]);
        out.put("engine", engine);
        out.put("threads", Integer.parseInt(args[1]));
        out.put("steps", steps);
        out.putAll(stamps.report());
        out.remove("host_us_per_step");
        out.put("loss_last", step.run(batches.get(i % batches.size()), true));
        out.put("versions", versions);
        ResultLine.print(out);
    }
}
