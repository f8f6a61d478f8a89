package dev.levin.device.cuda.execution;

import dev.levin.device.Executable;
import dev.levin.device.cuda.driver.CudaException;
import dev.levin.device.cuda.memory.Budget;
import dev.levin.device.cuda.memory.Slabs;
import dev.levin.device.run.Checks;
import dev.levin.device.run.HostScalars;
import dev.levin.device.run.LaunchFailure;
import dev.levin.device.run.PlanRunEvent;
import dev.levin.graph.Buffer;
import dev.levin.graph.Program;
import dev.levin.graph.Variable;
import dev.levin.plan.Plan;
import dev.levin.plan.Storage;
import dev.levin.type.HostArray;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One plan on one GPU. A run uploads inputs and numbers, submits the steps (or the graph they were captured into), copies
 * results to memory of their own and returns without waiting.
 */
public final class CudaExecutable implements Executable {
    private static final Logger LOG = LoggerFactory.getLogger(CudaExecutable.class);
    private static final Cleaner CLEANER = Cleaner.create(r -> {
        Thread t = new Thread(r, "levin-cuda-plans");
        t.setDaemon(true);
        return t;
    });
    /** Runs with unmoved memory after which the steps are captured. */
    private static final int HOT = 3;
    /** Runs that may wait on the device. */
    private static final int IN_FLIGHT = 8;
    /** Inputs from here on are uploaded beside the work of the run before. */
    private static final long LARGE = 64 << 10;

    private final CudaRuntime runtime;
    private final Plan plan;
    private final Program.Assign[] assigns;
    private final HostScalars scalars;
    private final Checks checks;
    private final List<Step> steps = new ArrayList<>();
    private final int[] uniformSources;
    private final double[] uniformBlock;
    private final Slabs.Region uniforms;
    private final Slabs.Region trap;
    private final long[] address;
    private final WeakReference<?>[] bound;
    private final long scratchBytes;
    private final long scratchOffset;
    private final boolean capturable;
    private final boolean mayFail;
    private final GraphSlot graph;
    private boolean placed;
    private boolean refused;
    private int unmoved;

    /** The captured graph and the library handles, apart so that a cleaner or the end of the device can give them back. */
    private static final class GraphSlot implements Runnable {
        private final CudaRuntime runtime;
        private final List<Step> steps;
        private long graph;
        private boolean released;

        GraphSlot(CudaRuntime runtime, List<Step> steps) {
            this.runtime = runtime;
            this.steps = steps;
        }

        void drop() {
            if (graph != 0) {
                runtime.driver().destroyGraph(graph);
                graph = 0;
            }
        }

        @Override
        public void run() {
            try {
                runtime.enter();
            } catch (IllegalStateException closed) {
                return;
            }
            try {
                if (!released) {
                    runtime.driver().synchronize(runtime.compute());
                    release();
                    runtime.disown(this);
                }
            } finally {
                runtime.leave();
            }
        }

        /** The device is held and has nothing to do. */
        void release() {
            released = true;
            drop();
            steps.forEach(Step::close);
        }
    }

    public CudaExecutable(CudaRuntime runtime, Plan plan, Program original) {
        this.runtime = runtime;
        this.plan = plan;
        assigns = original.assigns();
        scalars = new HostScalars(plan);
        checks = new Checks(runtime.planOptions(), plan, original);
        address = new long[plan.storages().size()];
        bound = new WeakReference<?>[original.leafCount()];
        runtime.enter();
        try {
            uniformSources = makeSteps();
            Map<String, String> texts = new LinkedHashMap<>();
            steps.forEach(s -> texts.putAll(s.texts()));
            runtime.kernels().require(texts);
            steps.forEach(s -> s.link(runtime));
            uniformBlock = new double[uniformSources.length];
            uniforms = runtime.slabs().allocate("tables", 8L * Math.max(1, uniformBlock.length));
            trap = runtime.slabs().allocate("tables", Marks.TRAP_BYTES);
            runtime.driver().fill(trap.address(), 0, Marks.TRAP_BYTES, runtime.compute());
        } finally {
            runtime.leave();
        }
        scratchBytes = steps.stream().mapToLong(Step::scratchBytes).max().orElse(0);
        scratchOffset = (plan.arenaBytes() + 255) / 256 * 256;
        capturable = runtime.options().capture() && !runtime.options().sync() && !checks.looksAtLaunches() && steps.size() > 1
                && steps.stream().allMatch(Step::capturable);
        mayFail = steps.stream().anyMatch(Step::mayFail);
        graph = new GraphSlot(runtime, List.copyOf(steps));
        runtime.own(graph, graph::release);
        CLEANER.register(this, graph);
        Slabs.Region u = uniforms;
        Slabs.Region t = trap;
        CLEANER.register(this, () -> {
            u.release();
            t.release();
        });
    }

    /** Returns for each number of the block its position among the plan's host scalars. */
    private int[] makeSteps() {
        int[] position = scalars.positions();
        List<Integer> sources = new ArrayList<>();
        for (int n = 0; n < plan.launches().size(); n++) {
            switch (plan.launches().get(n)) {
                case Plan.KernelLaunch k -> {
                    long[] offset = new long[k.kernels().size()];
                    for (int i = 0; i < offset.length; i++) {
                        offset[i] = 8L * sources.size();
                        Arrays.stream(k.kernels().get(i).uniforms()).forEach(u -> sources.add(position[u]));
                    }
                    steps.addAll(KernelStep.of(k, n, offset, runtime.driver().info().processors()));
                }
                case Plan.CallLaunch c -> steps.add(new CallStep(c, RoutineFactory.of(runtime, plan.program(), c.call(), n)));
            }
        }
        return sources.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The plan, for reports and tests. */
    public Plan plan() {
        return plan;
    }

    /** Whether the next run is a launch of a graph. */
    public boolean isCaptured() {
        return graph.graph != 0;
    }

    @Override
    public String report() {
        return plan.report();
    }

    @Override
    public Buffer[] run(Object[] leaves) {
        double[] numbers = scalars.read(leaves);
        runtime.enter();
        try {
            checks.before(leaves);
            runtime.marks().poll();
            while (runtime.marks().inFlight() >= IN_FLIGHT) {
                runtime.marks().awaitOldest();
            }
            PlanRunEvent event = PlanRunEvent.begun();
            runtime.push(() -> "plan of " + steps.size() + " launches");
            bind(leaves);
            upload(leaves, numbers);
            submit();
            Buffer[] results = finish();
            runtime.pop();
            if (event != null) {
                event.finish(plan);
            }
            for (Program.Assign a : assigns) {
                ((Variable) leaves[a.slot()]).changedInPlace();
            }
            checks.after(leaves, results);
            Reference.reachabilityFence(leaves);
            return results;
        } finally {
            runtime.leave();
        }
    }

    // ---- binding -----------------------------------------------------------------------------------------------------------

    private void bind(Object[] leaves) {
        runtime.budget().holders(this::holders);
        boolean moved = !placed;
        for (int slot = 0; slot < leaves.length; slot++) {
            if (leaves[slot] instanceof Variable v) {
                DeviceBuffer b = DeviceBuffer.own(runtime, v);
                if (bound[slot] == null || !bound[slot].refersTo(cast(b))) {
                    bound[slot] = new WeakReference<>(b);
                    moved = true;
                }
            }
        }
        runtime.arena().reserve(scratchOffset + scratchBytes);
        if (moved) {
            place();
            unmoved = 0;
        } else {
            unmoved++;
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T cast(DeviceBuffer b) {
        return (T) b;
    }

    private void place() {
        if (graph.graph != 0) {
            runtime.driver().synchronize(runtime.compute());
            graph.drop();
        }
        for (int s = 0; s < address.length; s++) {
            Storage x = plan.storages().get(s);
            address[s] = x.kind() == Storage.Kind.VARIABLE ? ((DeviceBuffer) bound[x.slot()].get()).address()
                    : runtime.arena().address() + plan.offsets()[s];
        }
        for (Step s : steps) {
            if (s instanceof KernelStep k) {
                k.uniforms(uniforms.address());
            }
            s.bind(address, runtime.arena().address() + scratchOffset, trap.address(), runtime);
        }
        placed = true;
    }

    /** The largest intermediates by layer, for the message when memory runs out. */
    private String holders() {
        Map<String, Long> byPath = new LinkedHashMap<>();
        for (int s = 0; s < plan.storages().size(); s++) {
            Storage x = plan.storages().get(s);
            if (x.kind() != Storage.Kind.VARIABLE) {
                String path = plan.program().instr(x.value()).path();
                byPath.merge(path.isEmpty() ? plan.program().instr(x.value()).op().toString() : path, x.bytes(), Long::sum);
            }
        }
        StringBuilder b = new StringBuilder("  the plan that needs it has " + Budget.size(plan.arenaBytes()) + " of intermediates; largest layers:\n");
        byPath.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(8)
                .forEach(e -> b.append(String.format("    %-40s %s%n", e.getKey(), Budget.size(e.getValue()))));
        return b.toString();
    }

    // ---- running -----------------------------------------------------------------------------------------------------------

    private void upload(Object[] leaves, double[] numbers) {
        if (runtime.planOptions().poison() && plan.arenaBytes() > 0) {
            runtime.driver().fill(runtime.arena().address(), 0xff, plan.arenaBytes(), runtime.compute());
        }
        for (int s : plan.inputs()) {
            Storage x = plan.storages().get(s);
            Buffer b = (Buffer) leaves[x.slot()];
            if (b.dtype() != x.dtype() || b.numel() != x.numel()) {
                throw new IllegalArgumentException("slot " + x.slot() + " takes " + x.numel() + " elements of " + x.dtype() + ", not "
                        + b.numel() + " of " + b.dtype());
            }
            if (x.bytes() == 0) {
                continue;
            }
            if (b instanceof DeviceBuffer d && d.isOn(runtime)) {
                runtime.driver().copy(address[s], d.address(), x.bytes(), runtime.compute());
            } else {
                upload(b.toHost(), address[s]);
            }
        }
        if (uniformBlock.length > 0) {
            for (int i = 0; i < uniformBlock.length; i++) {
                uniformBlock[i] = numbers[uniformSources[i]];
            }
            runtime.staging().upload(MemorySegment.ofArray(uniformBlock), uniforms.address(), runtime.compute());
        }
    }

    /** Large inputs go up beside the run before, into memory of their own, and are then copied on the device. */
    private void upload(HostArray h, long to) {
        if (h.bytes() < LARGE) {
            runtime.staging().upload(h.segment(), to, runtime.compute());
            return;
        }
        long beside = runtime.driver().allocate(h.bytes(), runtime.copyIn());
        runtime.staging().upload(h.segment(), beside, runtime.copyIn());
        runtime.driver().record(runtime.arrived(), runtime.copyIn());
        runtime.driver().waitFor(runtime.compute(), runtime.arrived());
        runtime.driver().copy(to, beside, h.bytes(), runtime.compute());
        runtime.driver().free(beside, runtime.compute());
    }

    private void submit() {
        if (graph.graph != 0) {
            runtime.driver().launchGraph(graph.graph, runtime.compute());
            return;
        }
        if (capturable && !refused && unmoved >= HOT && capture()) {
            runtime.driver().launchGraph(graph.graph, runtime.compute());
            return;
        }
        work();
    }

    /** False if something in the plan can't be captured; it then runs launch by launch for good. */
    private boolean capture() {
        long captured = 0;
        runtime.driver().beginCapture(runtime.compute());
        try {
            work();
            captured = runtime.driver().endCapture(runtime.compute());
        } catch (CudaException e) {
            refuse(e);
        } catch (RuntimeException e) {
            try {
                runtime.driver().destroyGraph(runtime.driver().endCapture(runtime.compute()));
            } catch (CudaException ended) {
                e.addSuppressed(ended);
            }
            refuse(e);
        }
        graph.graph = captured;
        return captured != 0;
    }

    private void refuse(RuntimeException e) {
        refused = true;
        LOG.warn("a plan of {} launches can't be captured into a CUDA graph and runs launch by launch: {}", steps.size(), e.getMessage());
    }

    private void work() {
        if (mayFail) {
            runtime.driver().fill(trap.address(), 0, Marks.TRAP_BYTES, runtime.compute());
        }
        plan.saves().forEach(this::move);
        for (Step s : steps) {
            try {
                runtime.push(() -> LaunchFailure.where(plan, s.launch()));
                s.run(runtime);
                runtime.pop();
                if (runtime.options().sync()) {
                    runtime.driver().synchronize(runtime.compute());
                }
            } catch (RuntimeException e) {
                throw LaunchFailure.explain(plan, s.launch(), e);
            }
            checks.afterLaunch(s.launch(), this::values);
        }
        plan.stores().forEach(this::move);
    }

    /** The elements of a storage now; waits for the device. */
    private HostArray values(int s) {
        HostArray h = HostArray.allocate(plan.storages().get(s).dtype(), plan.storages().get(s).numel());
        runtime.downwards().download(address[s], h.segment(), runtime.compute());
        return h;
    }

    private void move(Plan.Move m) {
        long bytes = plan.storages().get(m.to()).bytes();
        if (bytes > 0) {
            runtime.driver().copy(address[m.to()], address[m.from()], bytes, runtime.compute());
        }
    }

    private Buffer[] finish() {
        Marks.Mark mark = runtime.marks().next(this::explain);
        Buffer[] results = new Buffer[plan.outputs().length];
        for (int i = 0; i < results.length; i++) {
            Storage x = plan.storages().get(plan.outputs()[i]);
            if (x.bytes() == 0) {
                results[i] = new Buffer.Host(HostArray.allocate(x.dtype(), x.numel()));
                continue;
            }
            DeviceBuffer b = DeviceBuffer.of(runtime, x.dtype(), x.numel(), mark);
            runtime.driver().copy(b.address(), address[plan.outputs()[i]], x.bytes(), runtime.compute());
            results[i] = b;
        }
        if (mayFail) {
            runtime.driver().toHost(mark.trap(), trap.address(), Marks.TRAP_BYTES, runtime.compute());
        }
        runtime.driver().record(mark.event(), runtime.compute());
        return results;
    }

    /** The error block of a run as an exception: code, launch, index, extent. */
    private RuntimeException explain(long[] words) {
        RuntimeException e = words[0] == 1
                ? new IndexOutOfBoundsException("index " + words[2] + " is out of range for extent " + words[3])
                : new ArithmeticException("integer division by zero");
        return LaunchFailure.explain(plan, plan.launches().get((int) words[1]), e);
    }
}
