package dev.levin.device.cpu;

import dev.levin.device.Executable;
import dev.levin.device.run.Checks;
import dev.levin.device.run.HostScalars;
import dev.levin.device.run.LaunchEvent;
import dev.levin.device.run.LaunchFailure;
import dev.levin.device.run.PlanRunEvent;
import dev.levin.graph.Buffer;
import dev.levin.graph.Program;
import dev.levin.graph.Variable;
import dev.levin.plan.Plan;
import dev.levin.plan.Storage;
import dev.levin.type.HostArray;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/** A plan with its code. Addresses are looked up again only when a variable or the arena has moved. */
final class CpuExecutable implements Executable {
    private static final byte POISON = (byte) 0xff;
    private static final long[] NONE = {};

    private final CpuBackend backend;
    private final Plan plan;
    private final BoundLaunch[] launches;
    private final HostScalars scalars;
    private final long[] address;
    private final WeakReference<?>[] bound;
    private final Program.Assign[] assigns;
    private final Checks checks;
    private final KeptCopy[] keptCopies;
    /** Shortest time of each launch; null unless times are wanted. */
    private final long[] nanos;
    private final ThreadChoice threads = new ThreadChoice();
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
        var routines = new ArrayList<Routine>();
        for (Plan.Launch l : list) {
            routines.add(l instanceof Plan.CallLaunch c ? backend.routines().of(plan.program(), c.call()) : null);
        }
        MachineProduct.share(routines);
        BitSet assigned = new BitSet();
        for (Program.Assign a : assigns) {
            assigned.set(a.slot());
        }
        var copies = new ArrayList<KeptCopy>();
        for (int i = 0; i < launches.length; i++) {
            launches[i] = switch (list.get(i)) {
                case Plan.KernelLaunch k -> new BoundLaunch.Kernels(k, backend, uniformOf);
                case Plan.CallLaunch c -> {
                    Routine r = KeptCopy.of(routines.get(i), constant(c, assigned));
                    if (r instanceof KeptCopy k) {
                        copies.add(k);
                    }
                    yield new BoundLaunch.Call(c, r);
                }
            };
        }
        keptCopies = copies.toArray(KeptCopy[]::new);
        nanos = backend.isTimed() ? new long[launches.length] : null;
        if (nanos != null) {
            Arrays.fill(nanos, Long.MAX_VALUE);
        }
        checks = new Checks(backend.options(), plan, original);
    }

    /** Slot of the variable that is the call's weight if this plan never changes it, else -1. */
    private int constant(Plan.CallLaunch c, BitSet assigned) {
        int[] operands = c.operands();
        if (operands.length <= CopyingRoutine.WEIGHT) {
            return -1;
        }
        Storage w = plan.storages().get(operands[CopyingRoutine.WEIGHT]);
        return w.kind() == Storage.Kind.VARIABLE && !assigned.get(w.slot()) ? w.slot() : -1;
    }

    /** The plan, for reports and tests. */
    Plan plan() {
        return plan;
    }

    @Override
    public String report() {
        if (nanos == null) {
            return plan.report();
        }
        StringBuilder b = new StringBuilder("shortest time of each launch:\n");
        for (int i = 0; i < nanos.length; i++) {
            b.append(String.format(Locale.ROOT, "%6d %10.1f us%n", i, nanos[i] / 1e3));
        }
        return plan.report() + b;
    }

    @Override
    public Buffer[] run(Object[] leaves) {
        double[] uniforms = scalars.read(leaves);
        RunQueue queue = backend.queue();
        backend.submission().lock();
        try {
            CpuBuffer[] memory = bind(leaves);
            checks.before(leaves);
            PlanRun run = new PlanRun(leaves, memory, uniforms, versions(leaves));
            Buffer[] outputs = run.outputs.clone();
            if (queue == null || queue.isWorker()) {
                run.execute();
            } else {
                queue.submit(run);
            }
            for (Program.Assign a : assigns) {
                ((Variable) leaves[a.slot()]).changedInPlace();
            }
            checks.after(leaves, outputs);
            return outputs;
        } finally {
            backend.submission().unlock();
        }
    }

    private long[] versions(Object[] leaves) {
        if (keptCopies.length == 0) {
            return NONE;
        }
        long[] versions = new long[keptCopies.length];
        for (int i = 0; i < versions.length; i++) {
            versions[i] = ((Variable) leaves[keptCopies[i].slot()]).version();
        }
        return versions;
    }

    /** One run of this plan; forgets inputs and results when it is done. */
    private final class PlanRun extends RunQueue.Run {
        private final double[] uniforms;
        private Object[] leaves;
        /** Memory of the variables: alive until the run is over, even if a variable gets another value meanwhile. */
        private CpuBuffer[] memory;
        /** How often the weight of each kept copy had changed when this run was asked for. */
        private final long[] versions;
        private PendingBuffer[] outputs;

        PlanRun(Object[] leaves, CpuBuffer[] memory, double[] uniforms, long[] versions) {
            this.leaves = leaves;
            this.memory = memory;
            this.versions = versions;
            this.uniforms = uniforms;
            outputs = new PendingBuffer[plan.outputs().length];
            for (int i = 0; i < outputs.length; i++) {
                Storage x = plan.storages().get(plan.outputs()[i]);
                outputs[i] = new PendingBuffer(backend.queue(), this, x.dtype(), x.numel());
            }
        }

        @Override
        void execute() {
            try {
                for (int i = 0; i < versions.length; i++) {
                    keptCopies[i].reads(memory[keptCopies[i].slot()], versions[i]);
                }
                CpuExecutable.this.execute(leaves, uniforms, outputs);
                Reference.reachabilityFence(memory);
            } finally {
                leaves = null;
                memory = null;
                outputs = null;
            }
        }
    }

    // ---- binding -----------------------------------------------------------------------------------------------------------

    private CpuBuffer[] bind(Object[] leaves) {
        boolean moved = false;
        CpuBuffer[] memory = new CpuBuffer[leaves.length];
        for (int slot = 0; slot < leaves.length; slot++) {
            if (leaves[slot] instanceof Variable v) {
                CpuBuffer b = own(v);
                memory[slot] = b;
                if (bound[slot] == null || !bound[slot].refersTo(cast(b))) {
                    bound[slot] = new WeakReference<>(b);
                    moved = true;
                }
            }
        }
        if (moved) {
            // stays so if waiting throws the error of an earlier run
            arenaGeneration = -1;
        }
        boolean grows = plan.arenaBytes() > backend.arena().bytes();
        if (backend.queue() != null && (grows || arenaGeneration != backend.arena().generation())) {
            backend.queue().await();
        }
        backend.arena().reserve(plan.arenaBytes());
        if (arenaGeneration != backend.arena().generation()) {
            relocate();
        }
        return memory;
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

    private void execute(Object[] leaves, double[] uniforms, PendingBuffer[] outputs) {
        PlanRunEvent event = PlanRunEvent.begun();
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
        if (backend.team().size() > 1) {
            backend.team().setAlone(threads.next(System.nanoTime()));
        }
        for (int i = 0; i < launches.length; i++) {
            BoundLaunch l = launches[i];
            long start = nanos == null ? 0 : System.nanoTime();
            LaunchEvent launched = event == null ? null : event.launch();
            try {
                if (l instanceof BoundLaunch.Kernels k) {
                    k.setUniforms(uniforms);
                }
                l.run();
            } catch (RuntimeException e) {
                throw LaunchFailure.explain(plan, l.launch, e);
            }
            if (launched != null) {
                launched.finish(plan, l.launch);
            }
            if (nanos != null) {
                nanos[i] = Math.min(nanos[i], System.nanoTime() - start);
            }
            checks.afterLaunch(l.launch, s -> NativeViews.read(address[s], plan.storages().get(s).dtype(), plan.storages().get(s).numel()));
        }
        for (Plan.Move m : plan.stores()) {
            move(m);
        }
        for (int i = 0; i < outputs.length; i++) {
            outputs[i].complete(NativeViews.read(address[plan.outputs()[i]], outputs[i].dtype(), outputs[i].numel()));
        }
        if (event != null) {
            event.finish(plan);
        }
    }

    private void move(Plan.Move m) {
        NativeViews.copy(address[m.from()], address[m.to()], plan.storages().get(m.to()).bytes());
    }
}
