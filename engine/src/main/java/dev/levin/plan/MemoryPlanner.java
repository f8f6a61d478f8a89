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
        List<Placed> placed = new ArrayList<>();
        long total = 0;
        for (int i : bySize) {
            Interval me = intervals.get(i);
            long size = me.padded();
            long at = share ? fit(me, size, placed) : total;
            offsets[i] = at;
            total = Math.max(total, at + size);
            if (share) {
                insert(placed, new Placed(me.first, me.last, at, at + size));
            }
        }
        return new Layout(offsets, total);
    }

    /** Range {@code from .. to} is taken from launch {@code first} to launch {@code last}. */
    private record Placed(int first, int last, long from, long to) {
    }

    /** Keeps the ranges in the order of their beginnings. */
    private static void insert(List<Placed> placed, Placed p) {
        int low = 0;
        int high = placed.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (placed.get(middle).from <= p.from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        placed.add(low, p);
    }

    /** The tightest gap among the ranges that are alive with {@code me}, else the end of the last of them. */
    private static long fit(Interval me, long size, List<Placed> placed) {
        long best = -1;
        long slack = Long.MAX_VALUE;
        long end = 0;
        for (Placed p : placed) {
            if (p.first > me.last || me.first > p.last) {
                continue;
            }
            long gap = p.from - end;
            if (gap >= size && gap - size < slack) {
                best = end;
                slack = gap - size;
            }
            end = Math.max(end, p.to);
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
