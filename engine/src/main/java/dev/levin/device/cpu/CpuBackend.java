package dev.levin.device.cpu;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.graph.Program;
import dev.levin.graph.Variable;
import dev.levin.kernel.jvm.JvmKernels;
import dev.levin.plan.Plan;
import dev.levin.plan.PlanOptions;
import dev.levin.plan.Planner;
import dev.levin.type.Device;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.LoggerFactory;

/**
 * Runs programs on the processor: plans of generated kernels and oneDNN routines over native memory, by one team of
 * threads. Thread-safe; runs are serial.
 */
public final class CpuBackend implements Backend {
    private final PlanOptions options;
    private final Team team;
    private final JvmKernels kernels = new JvmKernels();
    private final Routines routines;
    private final VariableMemory variables = new VariableMemory();
    private final WorkArena arena = new WorkArena();
    private final WorkArena scratch = new WorkArena();
    private final ReentrantLock submission = new ReentrantLock();
    /** Null where runs happen on the caller's thread. */
    private final RunQueue queue;

    public CpuBackend() {
        this(PlanOptions.fromSystemProperties(), new Team());
    }

    public CpuBackend(PlanOptions options, Team team) {
        this.options = options;
        this.team = team;
        Dnnl.Availability library = Dnnl.availability();
        if (!library.available()) {
            // asked for here: finding a logger costs a tenth of a second
            LoggerFactory.getLogger(CpuBackend.class).warn("oneDNN can't be used ({}); matrix products and convolutions will be slow", library.reason());
        }
        queue = options.async() && !options.compare() ? new RunQueue() : null;
        routines = new Routines(library.available() ? Dnnl.open(team) : null, team, kernels, scratch);
    }

    @Override
    public Device device() {
        return Device.CPU;
    }

    @Override
    public Executable compile(Program program) {
        Plan plan = Planner.plan(program, options);
        return new CpuExecutable(this, plan, program);
    }

    /** Whether {@code -Dlevin.times=true} asks for the time of each launch in reports. */
    boolean isTimed() {
        return Boolean.getBoolean("levin.times");
    }

    PlanOptions options() {
        return options;
    }

    Team team() {
        return team;
    }

    JvmKernels kernels() {
        return kernels;
    }

    Routines routines() {
        return routines;
    }

    WorkArena arena() {
        return arena;
    }

    VariableMemory variables() {
        return variables;
    }

    /** Held while a run is bound and submitted, or while what plans share is changed. */
    ReentrantLock submission() {
        return submission;
    }

    RunQueue queue() {
        return queue;
    }

    @Override
    public void await() {
        if (queue == null || queue.isWorker()) {
            return;
        }
        submission.lock();
        try {
            queue.await();
        } finally {
            submission.unlock();
        }
    }

    /** Bytes of native memory that variables hold, by kind. */
    public Map<Variable.Kind, Long> variableBytes() {
        return variables.used();
    }

    /** Bytes of native memory taken from the system for variables and intermediates. */
    @Override
    public long reservedBytes() {
        return variables.reserved() + arena.bytes() + scratch.bytes();
    }

    /** Size of the memory that plans share for intermediates. */
    public long arenaBytes() {
        return arena.bytes();
    }
}
