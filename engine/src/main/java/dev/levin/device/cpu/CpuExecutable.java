package dev.levin.device.cpu;

import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Program;
import dev.levin.graph.Variable;
import dev.levin.plan.Plan;
import dev.levin.plan.Storage;
import dev.levin.type.HostArray;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.List;

/** A plan with its code. Addresses are looked up again only when a variable or the arena has moved. */
final class CpuExecutable implements Executable {
    private static final byte POISON = (byte) 0xff;

    private final CpuBackend backend;
    private final Plan plan;
    private final BoundLaunch[] launches;
    private final HostScalars scalars;
    private final long[] address;
    private final WeakReference<?>[] bound;
    private final Program.Assign[] assigns;
    private final Checks checks;
    private int arenaGeneration = -1;

    CpuExecutable(CpuBackend backend, Plan plan, Program original) {
        this.backend = backend;
        this.plan = plan;
        scalars = new HostScalars(plan);
        assigns = original.assigns();
        address = new long[plan.storages().size()];
        bound = new WeakReference<?>[original.leafCount()];
        int[] uniformOf = scalars.positions();
        List<Plan.Launch> list = plan.launches();
        launches = new BoundLaunch[list.size()];
        for (int i = 0; i < launches.length; i++) {
            launches[i] = switch (list.get(i)) {
                case Plan.KernelLaunch k -> new BoundLaunch.Kernels(k, backend, uniformOf);
                case Plan.CallLaunch c -> new BoundLaunch.Call(c, backend.routines().of(plan.program(), c.call()));
            };
        }
        checks = new Checks(backend.options(), plan, original);
    }

    /** The plan, for reports and tests. */
    Plan plan() {
        return plan;
    }

    @Override
    public String report() {
        return plan.report();
    }

    @Override
    public Buffer[] run(Object[] leaves) {
        double[] uniforms = scalars.read(leaves);
        backend.running().lock();
        try {
            bind(leaves);
            checks.before(leaves);
            HostArray[] outputs = execute(leaves, uniforms);
            for (Program.Assign a : assigns) {
                ((Variable) leaves[a.slot()]).changedInPlace();
            }
            Buffer[] results = new Buffer[outputs.length];
            for (int i = 0; i < results.length; i++) {
                results[i] = new Buffer.Host(outputs[i]);
            }
            checks.after(leaves, outputs);
            Reference.reachabilityFence(leaves);
            return results;
        } finally {
            backend.running().unlock();
        }
    }

    // ---- binding -----------------------------------------------------------------------------------------------------------

    private void bind(Object[] leaves) {
        boolean moved = false;
        for (int slot = 0; slot < leaves.length; slot++) {
            if (leaves[slot] instanceof Variable v) {
                CpuBuffer b = own(v);
                if (bound[slot] == null || !bound[slot].refersTo(cast(b))) {
                    bound[slot] = new WeakReference<>(b);
                    moved = true;
                }
            }
        }
        backend.arena().reserve(plan.arenaBytes());
        if (moved || arenaGeneration != backend.arena().generation()) {
            relocate();
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T cast(CpuBuffer b) {
        return (T) b;
    }

    /** The variable's own memory here, made from what holds its value now. */
    private CpuBuffer own(Variable v) {
        Buffer now = v.buffer();
        if (now instanceof CpuBuffer c && c.belongsTo(backend, v)) {
            return c;
        }
        CpuBuffer mine = backend.variables().allocate(v, backend);
        if (now != null) {
            NativeViews.write(now.toHost(), mine.address());
        }
        v.adopt(mine);
        return mine;
    }

    private void relocate() {
        arenaGeneration = backend.arena().generation();
        for (int s = 0; s < address.length; s++) {
            Storage x = plan.storages().get(s);
            address[s] = x.kind() == Storage.Kind.VARIABLE ? ((CpuBuffer) bound[x.slot()].get()).address()
                    : backend.arena().address() + plan.offsets()[s];
        }
        for (BoundLaunch l : launches) {
            l.bind(address);
        }
    }

    // ---- running -----------------------------------------------------------------------------------------------------------

    private HostArray[] execute(Object[] leaves, double[] uniforms) {
        if (backend.options().poison()) {
            backend.arena().memory().fill(POISON);
        }
        for (int s : plan.inputs()) {
            Storage x = plan.storages().get(s);
            HostArray h = ((Buffer) leaves[x.slot()]).toHost();
            if (h.dtype() != x.dtype() || h.length() != x.numel()) {
                throw new IllegalArgumentException("slot " + x.slot() + " takes " + x.numel() + " elements of " + x.dtype() + ", not "
                        + h.length() + " of " + h.dtype());
            }
            NativeViews.write(h, address[s]);
        }
        for (Plan.Move m : plan.saves()) {
            move(m);
        }
        for (BoundLaunch l : launches) {
            try {
                if (l instanceof BoundLaunch.Kernels k) {
                    k.setUniforms(uniforms);
                }
                l.run();
            } catch (RuntimeException e) {
                throw LaunchFailure.explain(plan, l.launch, e);
            }
            checks.afterLaunch(l.launch, address);
        }
        for (Plan.Move m : plan.stores()) {
            move(m);
        }
        HostArray[] results = new HostArray[plan.outputs().length];
        for (int i = 0; i < results.length; i++) {
            Storage x = plan.storages().get(plan.outputs()[i]);
            results[i] = NativeViews.read(address[plan.outputs()[i]], x.dtype(), x.numel());
        }
        return results;
    }

    private void move(Plan.Move m) {
        NativeViews.copy(address[m.from()], address[m.to()], plan.storages().get(m.to()).bytes());
    }
}
