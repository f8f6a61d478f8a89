package dev.levin.device.run;

import dev.levin.graph.Buffer;
import dev.levin.graph.Program;
import dev.levin.graph.Variable;
import dev.levin.plan.Plan;
import dev.levin.plan.PlanOptions;
import dev.levin.plan.Storage;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The modes that look for wrong numbers: NaN after each launch, and a second run by the reference interpreter. */
public final class Checks {
    private static final double RELATIVE = 2e-3;
    private static final double ABSOLUTE = 1e-4;

    private final boolean nan;
    private final boolean compare;
    private final Plan plan;
    private final Program original;
    private HostArray[] expectedOutputs;
    private HostArray[] expectedVariables;

    public Checks(PlanOptions options, Plan plan, Program original) {
        nan = options.checkNan();
        compare = options.compare();
        this.plan = plan;
        this.original = original;
    }

    /** Before a run: what the interpreter makes of the leaves. */
    public void before(Object[] leaves) {
        if (!compare) {
            return;
        }
        HostArray[] all = ReferenceBackend.evaluateAll(original, leaves);
        expectedOutputs = new HostArray[original.outputs().length];
        for (int i = 0; i < expectedOutputs.length; i++) {
            expectedOutputs[i] = all[original.outputs()[i]];
        }
        expectedVariables = new HostArray[original.assigns().length];
        for (int i = 0; i < expectedVariables.length; i++) {
            expectedVariables[i] = all[original.assigns()[i].value()];
        }
    }

    /** After a run. */
    public void after(Object[] leaves, Buffer[] outputs) {
        if (!compare) {
            return;
        }
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            difference("output " + i + ", " + original.instr(original.outputs()[i]), expectedOutputs[i], outputs[i].toHost(), wrong);
        }
        for (int i = 0; i < expectedVariables.length; i++) {
            Variable v = (Variable) leaves[original.assigns()[i].slot()];
            Buffer b = v.buffer();
            difference("variable " + v.name(), expectedVariables[i], b.toHost(), wrong);
        }
        if (!wrong.isEmpty()) {
            throw new IllegalStateException("the plan differs from the reference interpreter:\n" + String.join("\n", wrong)
                    + "\n" + plan.report());
        }
    }

    private static void difference(String what, HostArray want, HostArray have, List<String> wrong) {
        for (int k = 0; k < want.length(); k++) {
            double a = want.getDouble(k);
            double b = have.getDouble(k);
            boolean same = Double.isNaN(a) ? Double.isNaN(b) : a == b || Math.abs(a - b) <= ABSOLUTE + RELATIVE * Math.abs(a);
            if (!same) {
                wrong.add(what + ", element " + k + ": " + b + " instead of " + a);
                return;
            }
        }
    }

    /** Whether {@link #afterLaunch} looks at anything. */
    public boolean looksAtLaunches() {
        return nan;
    }

    /** @param values the elements of a storage after the launch, by its number */
    public void afterLaunch(Plan.Launch launch, IntFunction<HostArray> values) {
        if (!nan) {
            return;
        }
        List<Integer> written = new ArrayList<>();
        switch (launch) {
            case Plan.CallLaunch c -> written.add(c.result());
            case Plan.KernelLaunch k -> k.kernels().forEach(x -> x.kernel().spec().stores().forEach(s -> written.add(x.buffers()[s.buffer()])));
        }
        for (int s : written) {
            Storage x = plan.storages().get(s);
            if (!x.dtype().isFloat() || !x.dense()) {
                continue;
            }
            HostArray h = values.apply(s);
            for (int k = 0; k < h.length(); k++) {
                if (Double.isNaN(h.getDouble(k))) {
                    throw new IllegalStateException("NaN at element " + k + " of the result of " + LaunchFailure.where(plan, launch));
                }
            }
        }
    }
}
