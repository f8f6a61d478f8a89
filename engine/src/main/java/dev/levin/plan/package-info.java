/**
 * From canonical programs to plans: passes, fusion, memory planning and the cache that reuses plans. Knows no device
 * but the {@link dev.levin.device.Backend} it hands programs to.
 *
 * <p>{@link dev.levin.plan.Planner} runs the pipeline: {@link dev.levin.plan.Normalizer} (program to program, as is the
 * layout pass), then groups of instructions that one kernel computes, cheap values computed again instead of stored,
 * variables updated in their own memory, equal kernels merged into one launch, offsets in one arena. The result, a
 * {@link dev.levin.plan.Plan}, is immutable and free of addresses. Groups are checked by following every value back to
 * memory as affine index maps; a view that has none is stored, and planning starts again.
 *
 * <p>{@link dev.levin.plan.PlanOptions} turns each pass off. {@link dev.levin.plan.PlanCache} finds the plan of a program
 * and makes arguments of literals that vary.
 */
package dev.levin.plan;
