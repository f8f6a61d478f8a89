package dev.levin.device.cpu;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Variable;
import dev.levin.plan.PlanCache;
import dev.levin.plan.Programs;
import dev.levin.reference.ReferenceBackend;
import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Runs steps on a backend of the test's choice, through a plan cache of its own. */
public final class Runner {
    private final PlanCache cache;

    public Runner(Backend backend) {
        cache = new PlanCache(backend, 64);
    }

    public PlanCache cache() {
        return cache;
    }

    /** Runs one step and returns its result. */
    public Buffer step(Supplier<Tensor> body) {
        return Programs.inside(body, this::run);
    }

    private Buffer run(Canonicalizer.Result r) {
        Object[] leaves = Agreement.leaves(r);
        for (Object l : leaves) {
            if (l instanceof Variable v) {
                initialise(v);
            }
        }
        Executable e = cache.get(r.program());
        Buffer[] out = e.run(leaves);
        return out.length == 0 ? null : out[0];
    }

    private static void initialise(Variable v) {
        Node initial = v.initial();
        if (v.buffer() != null || initial == null) {
            return;
        }
        if (!initial.isRealised()) {
            Canonicalizer.Result r = Canonicalizer.canonicalize(List.of(initial), Map.of());
            initial.realise(new ReferenceBackend().compile(r.program()).run(Agreement.leaves(r))[0]);
        }
        v.adopt(initial.value());
    }
}
