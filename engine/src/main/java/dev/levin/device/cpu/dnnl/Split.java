package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.Team;
import java.util.function.LongFunction;

/**
 * How many rows (images, samples) one task takes: {@code count} tasks of {@code size}, the last perhaps smaller. Chosen
 * from shapes alone, never from the number of threads.
 */
record Split(long total, long size) {
    /** Everything in one task. */
    static Split whole(long total) {
        return new Split(total, Math.max(1, total));
    }

    /**
     * Tasks of about {@code target} units of cost each, but at most {@code maxTasks}.
     *
     * @param costPerRow cost of one row, in the unit of {@code target}
     */
    static Split of(long total, double costPerRow, double target, int maxTasks) {
        long most = Math.max(1, Math.min(maxTasks, total));
        long tasks = Math.clamp((long) Math.ceil(total * costPerRow / target), 1, most);
        return new Split(total, Math.max(1, Math.ceilDiv(total, tasks)));
    }

    /** This split with tasks of a multiple of {@code granule} rows. */
    Split inMultiplesOf(long granule) {
        return new Split(total, Math.ceilDiv(size, granule) * granule);
    }

    int count() {
        return (int) Math.ceilDiv(total, size);
    }

    long first(int task) {
        return task * size;
    }

    long rows(int task) {
        return Math.min(size, total - first(task));
    }

    /** One primitive for the whole tasks and, if the last is smaller, one for that. */
    Parts compile(LongFunction<Compiled> make) {
        if (total == 0) {
            return new Parts(this, null, null);
        }
        Compiled main = make.apply(rows(0));
        long tail = rows(count() - 1);
        return new Parts(this, main, tail == rows(0) ? main : make.apply(tail));
    }

    /** A primitive for each size of task. */
    record Parts(Split split, Compiled main, Compiled tail) {
        /** What a task does with its primitive: rows {@code [first, first + rows)}. */
        @FunctionalInterface
        interface Body {
            void run(Primitive primitive, Slot slot, int task, long first);
        }

        /** Runs all tasks over the team. */
        void run(Dnnl dnnl, Body body) {
            int n = split.count();
            if (n == 0) {
                return;
            }
            Primitive m = main.acquire();
            try {
                Primitive t = tail == main ? m : tail.acquire();
                try {
                    Team team = dnnl.team();
                    team.run(n, i -> {
                        Slot slot = dnnl.takeSlot();
                        try {
                            body.run(i == n - 1 ? t : m, slot, i, split.first(i));
                        } finally {
                            dnnl.giveSlot(slot);
                        }
                    });
                } finally {
                    if (t != m) {
                        t.release();
                    }
                }
            } finally {
                m.release();
            }
        }
    }
}
