package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.memory.Slabs;
import dev.levin.kernel.Value;
import dev.levin.kernel.cuda.CudaCode;
import dev.levin.kernel.cuda.CudaEmitter;
import dev.levin.kernel.cuda.LaunchShape;
import dev.levin.kernel.cuda.Schedule;
import dev.levin.plan.LoweredKernel;
import dev.levin.plan.Plan;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Generated kernels of one launch that share code: one by value, several through a table in device memory. */
final class KernelStep implements Step {
    private static final Cleaner CLEANER = Cleaner.create(r -> {
        Thread t = new Thread(r, "levin-cuda-cleaner");
        t.setDaemon(true);
        return t;
    });

    private final Plan.KernelLaunch launch;
    private final int number;
    private final CudaCode code;
    private final List<LoweredKernel> kernels;
    private final LaunchShape[] shapes;
    private final long[] uniformOffset;
    private final boolean table;
    private final Block block;
    private long function;
    private long finishFunction;
    private int blocks;
    private int finishBlocks;
    private long uniforms;
    private Slabs.Region region;

    /**
     * @param number of the launch in the plan, which errors carry
     * @param uniformOffset bytes from the start of the plan's numbers to those of each kernel
     */
    private KernelStep(Plan.KernelLaunch launch, int number, Schedule schedule, List<LoweredKernel> kernels, List<Long> uniformOffset, int processors) {
        this.launch = launch;
        this.number = number;
        this.kernels = kernels;
        this.uniformOffset = uniformOffset.stream().mapToLong(Long::longValue).toArray();
        CudaCode single = CudaEmitter.emit(kernels.getFirst().kernel().spec(), schedule, false);
        table = kernels.size() > 1 || single.arguments().size() * 8 > Block.MAX_BYTES;
        code = table ? CudaEmitter.emit(kernels.getFirst().kernel().spec(), schedule, true) : single;
        shapes = kernels.stream().map(k -> LaunchShape.of(k.kernel(), schedule, processors)).toArray(LaunchShape[]::new);
        block = new Block(table ? 3 : code.arguments().size());
        for (LaunchShape s : shapes) {
            blocks = Math.addExact(blocks, Math.toIntExact(s.blocks()));
            finishBlocks = Math.addExact(finishBlocks, Math.toIntExact(s.finishBlocks()));
        }
    }

    /** The steps of a launch: its kernels by the schedule that suits each. */
    static List<KernelStep> of(Plan.KernelLaunch launch, int number, long[] uniformOffset, int processors) {
        Map<Schedule, List<LoweredKernel>> bySchedule = new LinkedHashMap<>();
        Map<Schedule, List<Long>> offsets = new LinkedHashMap<>();
        for (int k = 0; k < launch.kernels().size(); k++) {
            LoweredKernel kernel = launch.kernels().get(k);
            Schedule s = Schedule.of(kernel.kernel(), processors);
            bySchedule.computeIfAbsent(s, x -> new ArrayList<>()).add(kernel);
            offsets.computeIfAbsent(s, x -> new ArrayList<>()).add(uniformOffset[k]);
        }
        List<KernelStep> steps = new ArrayList<>();
        bySchedule.forEach((s, list) -> steps.add(new KernelStep(launch, number, s, list, offsets.get(s), processors)));
        return steps;
    }

    @Override
    public Plan.Launch launch() {
        return launch;
    }

    @Override
    public Map<String, String> texts() {
        return Map.of(code.name(), code.text());
    }

    @Override
    public long scratchBytes() {
        long sum = 0;
        for (LaunchShape s : shapes) {
            sum += aligned(s.scratchBytes());
        }
        return sum;
    }

    private static long aligned(long bytes) {
        return (bytes + 255) / 256 * 256;
    }

    @Override
    public boolean capturable() {
        return true;
    }

    @Override
    public boolean mayFail() {
        return code.spec().values().stream().anyMatch(v -> v instanceof Value.Load l && !l.picks().isEmpty() && l.policy() == Value.OutOfRange.FAIL
                || v instanceof Value.Compute c && c.dtype().isInt() && (c.op() == dev.levin.kernel.ScalarOp.DIV || c.op() == dev.levin.kernel.ScalarOp.FMOD));
    }

    /** Address of the plan's numbers; before {@link #bind}. */
    void uniforms(long address) {
        uniforms = address;
    }

    @Override
    public void link(CudaRuntime runtime) {
        function = runtime.kernels().function(code.name(), table ? code.many() : code.name());
        if (finishBlocks > 0) {
            finishFunction = runtime.kernels().function(code.name(), table ? code.finishMany() : code.finish());
        }
    }

    @Override
    public void bind(long[] storage, long scratch, long trap, CudaRuntime runtime) {
        int size = code.arguments().size();
        long[] all = new long[size * kernels.size()];
        int[] first = new int[2 * kernels.size()];
        int next = 0;
        int nextFinish = 0;
        for (int k = 0; k < kernels.size(); k++) {
            LoweredKernel kernel = kernels.get(k);
            long[] words = code.arguments().words(kernel.kernel(), shapes[k]);
            for (int b = 0; b < kernel.buffers().length; b++) {
                words[code.arguments().buffer(b)] = storage[kernel.buffers()[b]] + kernel.offsets()[b];
            }
            words[code.arguments().uniforms()] = uniforms + uniformOffset[k];
            words[code.arguments().trap()] = trap;
            words[code.arguments().scratch()] = scratch;
            words[code.arguments().launch()] = number;
            scratch += aligned(shapes[k].scratchBytes());
            System.arraycopy(words, 0, all, k * size, size);
            first[k] = next;
            first[kernels.size() + k] = nextFinish;
            next += (int) shapes[k].blocks();
            nextFinish += (int) shapes[k].finishBlocks();
        }
        if (!table) {
            block.set(all);
            return;
        }
        if (region == null) {
            Slabs.Region r = runtime.slabs().allocate("tables", 8L * all.length + 4L * first.length);
            region = r;
            CLEANER.register(this, r::release);
        }
        long starts = region.address() + 8L * all.length;
        runtime.staging().upload(MemorySegment.ofArray(all), region.address(), runtime.compute());
        runtime.staging().upload(MemorySegment.ofArray(first), starts, runtime.compute());
        block.set(new long[] {region.address(), starts, kernels.size()});
        finishBlock.set(new long[] {region.address(), starts + 4L * kernels.size(), kernels.size()});
    }

    private final Block finishBlock = new Block(3);

    @Override
    public void run(CudaRuntime runtime) {
        runtime.driver().launch(function, blocks, code.schedule().threads(), block.parameters(), runtime.compute());
        if (finishBlocks > 0) {
            runtime.driver().launch(finishFunction, finishBlocks, LaunchShape.FINISH_THREADS,
                    table ? finishBlock.parameters() : block.parameters(), runtime.compute());
        }
    }
}
