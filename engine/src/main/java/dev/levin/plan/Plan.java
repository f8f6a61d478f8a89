package dev.levin.plan;

import dev.levin.graph.Program;
import java.util.List;

/**
 * How a program runs on a device: launches in order, the memory each reads and writes, what is copied before and after.
 * Immutable and free of addresses, so that one plan serves every run.
 *
 * @param program the normalised program that the numbers of instructions refer to
 * @param launches in the order in which they run
 * @param storages everything launches refer to
 * @param offsets byte offset in the arena of each storage that lives there, else -1
 * @param arenaBytes size of the arena
 * @param maxLiveBytes the largest sum of intermediates alive at one launch: no plan of this order can need less
 * @param inputs storages of INPUT leaves, filled before the run
 * @param saves variables whose old value must survive the run, copied before it
 * @param stores variables not updated in place, copied after the run
 * @param outputs a storage for each output of the program
 * @param uniforms host scalars that kernels read, as instructions
 * @param notes why values were not fused or not updated in place
 */
public record Plan(Program program, List<Launch> launches, List<Storage> storages, long[] offsets, long arenaBytes,
        long maxLiveBytes, int[] inputs, List<Move> saves, List<Move> stores, int[] outputs, int[] uniforms, List<String> notes) {

    /** One dispatch. */
    public sealed interface Launch {
        /** Instructions computed, for reports and errors. */
        int[] members();
    }

    /** Equal kernels, each over its own memory. */
    public record KernelLaunch(List<LoweredKernel> kernels) implements Launch {
        @Override
        public int[] members() {
            return kernels.getFirst().members();
        }
    }

    /** A routine with the storages of its operands ({@link Call}'s order) and of its result. */
    public record CallLaunch(Call call, int[] operands, int result) implements Launch {
        @Override
        public int[] members() {
            return new int[] {call.main()};
        }
    }

    /** A copy between storages of equal size. */
    public record Move(int from, int to) {
    }

    /** What a launch is and what it costs. */
    public LaunchSummary summary(Launch launch) {
        return LaunchSummary.of(this, launch);
    }

    /** Totals, one line a launch, then memory and reasons. */
    public String report() {
        return PlanReport.of(this);
    }
}
