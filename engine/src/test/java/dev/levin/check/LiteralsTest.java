package dev.levin.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.Backends;
import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.graph.Variable;
import dev.levin.plan.PlanCache;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A run that is resumed may meet its programs in another order than the one that was killed, so that numbers which were
 * compiled in there are arguments here: the results are the same, bit for bit.
 */
class LiteralsTest {
    private static final int PROGRAMS = 60;

    /** Values by bits, but for NaNs, which are all alike. */
    private static List<Object> run(Executable plan, Sample sample) {
        Object[] leaves = sample.bind(Device.CPU);
        List<Object> bits = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            for (Buffer b : plan.run(leaves)) {
                add(b.toHost(), bits);
            }
        }
        for (Program.Assign a : sample.program().assigns()) {
            add(((Variable) leaves[a.slot()]).buffer().toHost(), bits);
        }
        return bits;
    }

    private static void add(HostArray a, List<Object> bits) {
        for (int i = 0; i < a.length(); i++) {
            bits.add(a.dtype().isFloat() ? (Object) Double.doubleToLongBits(a.getDouble(i)) : (Object) a.getLong(i));
        }
    }

    /** The same program with other numbers in it; null if it has none. */
    private static Program withOtherLiterals(Program p) {
        Instr[] all = new Instr[p.size()];
        boolean any = false;
        for (int i = 0; i < all.length; i++) {
            Instr in = p.instr(i);
            boolean literal = in.op() == Op.CONST && in.dtype().isFloat();
            any |= literal;
            all[i] = literal ? new Instr(in.op(), new long[] {Double.doubleToRawLongBits(0.3125 + i)}, in.dtype(), in.shape(), in.inputs(), in.path(), in.origin()) : in;
        }
        return any ? new Program(all, p.leafCount(), p.outputs(), p.assigns()) : null;
    }

    @Test
    void numbersThatBecomeArgumentsGiveTheSameBits() {
        Backend cpu = Backends.get(Device.CPU);
        int compared = 0;
        for (long seed = 1; compared < PROGRAMS; seed++) {
            Sample sample = Fuzzer.sample(seed);
            Program other = withOtherLiterals(sample.program());
            if (other == null) {
                continue;
            }
            PlanCache cache = new PlanCache(cpu, 8);
            cache.get(other);
            long before = cache.misses();
            Executable general = cache.get(sample.program());
            assertTrue(cache.misses() > before && cache.get(sample.program()) != null, "a plan with arguments was made");
            assertEquals(run(cpu.compile(sample.program()), sample), run(general, sample), "seed " + seed);
            compared++;
        }
    }
}
