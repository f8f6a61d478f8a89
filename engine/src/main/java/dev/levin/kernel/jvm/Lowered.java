package dev.levin.kernel.jvm;

import dev.levin.kernel.ReduceOp;
import java.util.List;

/**
 * A kernel cut into steps.
 *
 * @param slots arrays a frame needs, by slot number
 * @param stages steps for each tile of each stage
 * @param epilogue steps once all stages are done, over results only; empty if nothing is stored there
 * @param reductions by number
 * @param passes generated loops, by pass number
 */
record Lowered(List<Step.Slot> slots, List<List<Step>> stages, List<Step> epilogue, List<Reduction> reductions,
        List<PassProgram> passes) {
    /**
     * @param stage after whose tiles the result is complete
     * @param kind of the folded values
     * @param result array for the result
     */
    record Reduction(ReduceOp op, int stage, Kind kind, Step.Slot result) {
    }

    /** Most accesses to memory that one pass has. */
    int memoryUses() {
        int most = 0;
        for (List<Step> steps : stages) {
            for (Step s : steps) {
                most = s instanceof Step.PassStep p ? Math.max(most, p.memory().size()) : most;
            }
        }
        return most;
    }
}
