package dev.levin.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Gives ranges of one arena to values by lifetime: the largest product of size and duration first, each in the tightest
 * gap between the ranges that are alive with it.
 */
public final class MemoryPlanner {
    /** Ranges begin at multiples of this. */
    public static final long ALIGNMENT = 64;

    /** A value alive from launch {@code first} to launch {@code last}, both included. */
    public record Interval(int first, int last, long bytes) {
        boolean overlaps(Interval o) {
            return first <= o.last && o.first <= last;
        }

        long padded() {
            return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        }
    }

    /** Offsets in the order of the intervals, and the size of the arena. */
    public record Layout(long[] offsets, long bytes) {
    }

    private MemoryPlanner() {
    }

    public static Layout plan(List<Interval> intervals, boolean share) {
        long[] offsets = new long[intervals.size()];
        Integer[] bySize = new Integer[offsets.length];
        Arrays.setAll(bySize, i -> i);
        Arrays.sort(bySize, Comparator.comparingDouble((Integer i) -> -(double) intervals.get(i).padded()
                * (intervals.get(i).last - intervals.get(i).first + 1)).thenComparingInt(i -> i));
        List<Integer> placed = new ArrayList<>();
        long total = 0;
        for (int i : bySize) {
            Interval me = intervals.get(i);
            long at = share ? fit(me, intervals, placed, offsets) : total;
            offsets[i] = at;
            total = Math.max(total, at + me.padded());
            placed.add(i);
        }
        return new Layout(offsets, total);
    }

    /** {@code placed} is by offset on return. */
    private static long fit(Interval me, List<Interval> intervals, List<Integer> placed, long[] offsets) {
        placed.sort(Comparator.comparingLong(i -> offsets[i]));
        long best = -1;
        long slack = Long.MAX_VALUE;
        long end = 0;
        for (int p : placed) {
            Interval o = intervals.get(p);
            if (!o.overlaps(me)) {
                continue;
            }
            long gap = offsets[p] - end;
            if (gap >= me.padded() && gap - me.padded() < slack) {
                best = end;
                slack = gap - me.padded();
            }
            end = Math.max(end, offsets[p] + o.padded());
        }
        return best >= 0 ? best : end;
    }

    /** The largest sum of sizes alive at one launch: no arena can be smaller. */
    public static long maxLive(List<Interval> intervals) {
        int last = intervals.stream().mapToInt(Interval::last).max().orElse(0);
        int first = intervals.stream().mapToInt(Interval::first).min().orElse(0);
        long[] change = new long[last - first + 2];
        for (Interval i : intervals) {
            change[i.first - first] += i.padded();
            change[i.last - first + 1] -= i.padded();
        }
        long live = 0;
        long max = 0;
        for (long c : change) {
            live += c;
            max = Math.max(max, live);
        }
        return max;
    }
}
