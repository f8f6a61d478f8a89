package dev.levin.kernel.jvm;

import dev.levin.kernel.Kernel;
import dev.levin.kernel.Term;
import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Mem;
import java.util.ArrayList;
import java.util.List;

/**
 * What all machine code of a kernel shares: registers with a fixed job, and where things lie in the parameter block and
 * in a thread's scratch memory.
 *
 * <p>R15 = parameter block (buffer addresses, uniforms, partial results), R14 = scratch. RBP and RBX count lanes and rows,
 * R12 is the array offset of the current row; RAX, RCX, RDX and R13 hold nothing for long.
 */
final class MachineFrame {
    static final int PARAMS = Assembler.R15;
    static final int SCRATCH = Assembler.R14;
    static final int LANE = Assembler.RBP;
    static final int ROW = Assembler.RBX;
    static final int ROW_OFFSET = Assembler.R12;
    static final int ADDRESS = Assembler.R13;
    /** Registers for the addresses of memory streams. */
    static final int[] STREAMS = {Assembler.RSI, Assembler.RDI, Assembler.R8, Assembler.R9, Assembler.R10, Assembler.R11};
    /** Lanes of a register. */
    static final int WIDTH = 16;

    /** A number known when code is emitted, or kept in scratch. */
    record Count(int constant, int at) {
        static Count of(long n) {
            return new Count(Math.toIntExact(n), -1);
        }

        boolean known() {
            return at < 0;
        }

        boolean is(int n) {
            return known() && constant == n;
        }
    }

    final Assembler a = new Assembler();
    final Kernel kernel;
    final Tiling tiling;
    final Lowered lowered;
    final AccessPlan[] plans;
    Count rows = Count.of(1);
    Count lanes = Count.of(1);
    /** False for an axis whose position is always zero. */
    final boolean[] moves;
    private int scratch;
    private final int[] slotAt;
    private final int[] foldAt;
    private final int[] positionAt;
    private final List<Integer> spills = new ArrayList<>();

    MachineFrame(Kernel kernel, Tiling tiling, Lowered lowered, AccessPlan[] plans) {
        this.kernel = kernel;
        this.tiling = tiling;
        this.lowered = lowered;
        this.plans = plans;
        moves = new boolean[kernel.spec().rank()];
        positionAt = new int[moves.length];
        for (int k = 0; k < moves.length; k++) {
            positionAt[k] = reserve(8, 8);
        }
        slotAt = new int[lowered.slots().size()];
        for (Step.Slot s : lowered.slots()) {
            long n = switch (s.form()) {
                case ONE -> 1;
                case ROW -> tiling.mTile();
                case LANE -> tiling.nTile();
                case FULL -> (long) tiling.mTile() * tiling.nTile();
            };
            // room for a full register behind the last element
            slotAt[s.number()] = reserve(Math.toIntExact(n * s.kind().bytes() + 64), 64);
        }
        foldAt = new int[lowered.reductions().size()];
        for (int k = 0; k < foldAt.length; k++) {
            // columns are folded sixteen at a time
            foldAt[k] = reserve(8 * TileRunner.resultCapacity(tiling) + 128, 64);
        }
    }

    int reserve(int bytes, int align) {
        int at = (scratch + align - 1) / align * align;
        scratch = at + bytes;
        return at;
    }

    int scratchBytes() {
        return (scratch + 63) / 64 * 64;
    }

    /** A place for one spilled register, by number. */
    int spill(int number) {
        while (spills.size() <= number) {
            spills.add(reserve(64, 64));
        }
        return spills.get(number);
    }

    int slot(Step.Slot s) {
        return slotAt[s.number()];
    }

    /** Where the running results of a reduction are: eight bytes each. */
    int fold(int number) {
        return foldAt[number];
    }

    Mem scratch(int at) {
        return Mem.at(SCRATCH, at);
    }

    Mem position(int axis) {
        return scratch(positionAt[axis]);
    }

    Mem buffer(int number) {
        return Mem.at(PARAMS, 8L * number);
    }

    /** Where code leaves a note of an index out of range: the number of the load plus one, and eight bytes on the index. */
    Mem fault(int offset) {
        return Mem.at(PARAMS, 8L * (kernel.spec().buffers().size() + MachineEmitter.uniforms(kernel) + 1) + offset);
    }

    Count rows(Form f) {
        return f == Form.ROW || f == Form.FULL ? rows : Count.of(1);
    }

    Count lanes(Form f) {
        return f == Form.LANE || f == Form.FULL ? lanes : Count.of(1);
    }

    /** Puts a count into a register. */
    void get(int to, Count c) {
        if (c.known()) {
            a.movImm(to, c.constant());
        } else {
            a.load(to, scratch(c.at()));
        }
    }

    /** Compares a register with a count. */
    void compare(int r, Count c) {
        if (c.known()) {
            a.cmpImm(r, c.constant());
        } else {
            a.cmp(r, scratch(c.at()));
        }
    }

    /** {@code to += register * count}, through {@code spare}. */
    void addTimes(int to, Count c, int spare) {
        get(spare, c);
        a.add(to, spare);
    }

    /** ADDRESS = value of an index map at the current position, times {@code bytes}. Spoils RAX, RCX, RDX. */
    void index(AccessPlan.Linear x, long bytes) {
        a.movImm(ADDRESS, x.map.offset() * bytes);
        for (Term t : x.map.terms()) {
            if (!moves[t.axis()] || t.stride() == 0) {
                continue;
            }
            a.load(Assembler.RAX, position(t.axis()));
            if (t.div() != 1) {
                a.movImm(Assembler.RCX, t.div());
                a.div(Assembler.RCX);
            }
            if (t.mod() != 0) {
                a.movImm(Assembler.RCX, t.mod());
                a.div(Assembler.RCX);
                a.mov(Assembler.RAX, Assembler.RDX);
            }
            a.mulImm(Assembler.RAX, t.stride() * bytes, Assembler.RCX);
            a.add(ADDRESS, Assembler.RAX);
        }
    }

    /** ADDRESS = address of the element of an access at the current position. */
    void address(int buffer, AccessPlan.Linear x, int bytes) {
        index(x, bytes);
        a.add(ADDRESS, buffer(buffer));
    }
}
