package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.L512;

import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Vector and mask registers for the values of a pass, given out instruction by instruction: a value of eight bytes takes two
 * vector registers. When none is left, the value that is needed latest goes to scratch.
 */
abstract class MachineRegisters {
    /** Free for an instruction's own use. */
    static final int SPARE_MASK = 7;
    private static final int FIRST_MASK = 3;
    static final int MASKS = 4;
    private static final int NEVER = Integer.MAX_VALUE;

    final MachineFrame f;
    final Assembler a;
    final PassProgram program;
    final boolean oneRow;
    /** What is being emitted: the program, several times side by side. */
    SideBySide copies;
    List<Micro> code;
    private int[][] uses;
    /** Number of the instruction, and behind the last one of the output. */
    private int position;
    /** Registers below this one are given out. */
    private int limit;
    /** Vector register of each part of each value, or -1; spill number or -1. */
    private int[][] register;
    private int[][] spilled;
    private final int[] owner = new int[32];
    private final boolean[] pinned = new boolean[32];
    private int[] maskRegister;
    private int[] maskSpilled;
    private final int[] maskOwner = new int[8];
    private final boolean[] maskPinned = new boolean[8];
    private int spillCount;

    /** @param oneRow arrays have one element for each lane, or one for all */
    MachineRegisters(MachineFrame f, PassProgram program, boolean oneRow) {
        this.f = f;
        this.program = program;
        this.oneRow = oneRow;
        a = f.a;
        copies(1);
    }

    /** From now on code is emitted for so many registers of lanes at once. */
    final void copies(int n) {
        copies = SideBySide.of(program, n);
        code = copies.code();
        uses = uses();
    }

    private int[][] uses() {
        var lists = new ArrayList<List<Integer>>();
        for (int k = 0; k < code.size(); k++) {
            lists.add(new ArrayList<>());
        }
        for (int k = 0; k < code.size(); k++) {
            Micro m = code.get(k);
            for (int o : new int[] {m.a(), m.b(), m.c()}) {
                if (o >= 0) {
                    lists.get(o).add(k);
                }
            }
        }
        for (int k = 0; k < copies.outputs().size(); k++) {
            lists.get(copies.outputs().get(k).output().id()).add(code.size() + k);
        }
        return lists.stream().map(l -> l.stream().mapToInt(Integer::intValue).toArray()).toArray(int[][]::new);
    }

    /** All registers are free; {@code kept} of them, from the last one down, stay what they are. */
    void start(int kept) {
        limit = 32 - kept;
        position = 0;
        spillCount = 0;
        register = new int[code.size()][2];
        spilled = new int[code.size()][2];
        maskRegister = new int[code.size()];
        maskSpilled = new int[code.size()];
        for (int k = 0; k < code.size(); k++) {
            Arrays.fill(register[k], -1);
            Arrays.fill(spilled[k], -1);
        }
        Arrays.fill(maskRegister, -1);
        Arrays.fill(maskSpilled, -1);
        Arrays.fill(owner, -1);
        Arrays.fill(maskOwner, -1);
    }

    /** Literals and inputs that are the same for all lanes stay in memory and are broadcast where they are used. */
    boolean folded(int v) {
        Micro m = code.get(v);
        if (m.op() == Micro.Op.CONST) {
            return m.kind() != Kind.M;
        }
        if (m.op() != Micro.Op.IN) {
            return false;
        }
        PassProgram.Input in = program.inputs().get((int) m.imm());
        return in.memory() == 0 && (in.form() == Form.ONE || in.form() == Form.ROW);
    }

    Mem foldedOperand(int v) {
        Micro m = code.get(v);
        if (m.op() == Micro.Op.CONST) {
            return m.kind().bytes() == 8 ? a.constant(m.imm()) : a.constant((int) m.imm());
        }
        PassProgram.Input in = program.inputs().get((int) m.imm());
        int at = f.slot(f.lowered.slots().get(in.number()));
        return in.form() == Form.ONE || oneRow ? f.scratch(at)
                : Mem.at(MachineFrame.SCRATCH, MachineFrame.ROW, in.kind().bytes(), at);
    }

    private int nextUse(int v) {
        for (int u : uses[v]) {
            if (u >= position) {
                return u;
            }
        }
        return NEVER;
    }

    private int lastUse(int v) {
        return uses[v].length == 0 ? -1 : uses[v][uses[v].length - 1];
    }

    int allocate() {
        for (int r = 0; r < limit; r++) {
            if (owner[r] == -1 && !pinned[r]) {
                pinned[r] = true;
                return r;
            }
        }
        int victim = -1;
        int latest = -1;
        for (int r = 0; r < limit; r++) {
            if (!pinned[r]) {
                int next = nextUse(owner[r] >> 1);
                if (next > latest) {
                    latest = next;
                    victim = r;
                }
            }
        }
        if (victim < 0) {
            throw new IllegalStateException("an instruction of a kernel needs more than 32 registers");
        }
        int v = owner[victim] >> 1;
        int part = owner[victim] & 1;
        if (spilled[v][part] < 0 && latest != NEVER) {
            spilled[v][part] = spillCount++;
            a.v(Insn.STOREUPS, L512, victim, 0, f.scratch(f.spill(spilled[v][part])), Mask.NONE, false);
        }
        register[v][part] = -1;
        owner[victim] = -1;
        pinned[victim] = true;
        return victim;
    }

    /** A register for a part of the result. */
    int define(int v, int part) {
        int r = allocate();
        own(v, part, r);
        return r;
    }

    void own(int v, int part, int r) {
        register[v][part] = r;
        owner[r] = v << 1 | part;
    }

    /** Register that holds a part of a value; a folded value is broadcast into one for this instruction. */
    int use(int v, int part) {
        if (folded(v)) {
            int r = allocate();
            boolean quad = kind(v).bytes() == 8;
            a.v(quad ? Insn.BROADCASTSD : Insn.BROADCASTSS, L512, r, 0, foldedOperand(v), Mask.NONE, false);
            return r;
        }
        int r = register[v][part];
        if (r < 0) {
            r = allocate();
            a.v(Insn.MOVUPS, L512, r, 0, f.scratch(f.spill(spilled[v][part])), Mask.NONE, false);
            own(v, part, r);
        }
        pinned[r] = true;
        return r;
    }

    /** True if this instruction is the last to need the value, so that its register may become the result's. */
    boolean dies(int v) {
        return !folded(v) && lastUse(v) == position;
    }

    /** Gives the register of a dying value to the result; returns it. */
    int takeOver(int v, int part, int result) {
        int r = use(v, part);
        register[v][part] = -1;
        own(result, part, r);
        return r;
    }

    /** Frees what this instruction was the last to need. */
    void endInstruction(int... operands) {
        for (int o : operands) {
            if (o >= 0 && lastUse(o) == position) {
                release(o);
            }
        }
        Arrays.fill(pinned, false);
        Arrays.fill(maskPinned, false);
        position++;
    }

    private void release(int v) {
        for (int part = 0; part < 2; part++) {
            if (register[v][part] >= 0) {
                owner[register[v][part]] = -1;
                register[v][part] = -1;
            }
        }
        if (maskRegister[v] >= 0) {
            maskOwner[maskRegister[v]] = -1;
            maskRegister[v] = -1;
        }
    }

    int allocateMask() {
        int victim = -1;
        int latest = -1;
        for (int k = FIRST_MASK; k < FIRST_MASK + MASKS; k++) {
            if (maskOwner[k] < 0 && !maskPinned[k]) {
                maskPinned[k] = true;
                return k;
            }
            if (!maskPinned[k] && nextUse(maskOwner[k]) > latest) {
                latest = nextUse(maskOwner[k]);
                victim = k;
            }
        }
        int v = maskOwner[victim];
        if (maskSpilled[v] < 0) {
            maskSpilled[v] = spillCount++;
            a.kstore(f.scratch(f.spill(maskSpilled[v])), victim);
        }
        maskRegister[v] = -1;
        maskOwner[victim] = -1;
        maskPinned[victim] = true;
        return victim;
    }

    int defineMask(int v) {
        int k = allocateMask();
        ownMask(v, k);
        return k;
    }

    void ownMask(int v, int k) {
        maskRegister[v] = k;
        maskOwner[k] = v;
    }

    int useMask(int v) {
        int k = maskRegister[v];
        if (k < 0) {
            k = allocateMask();
            a.kload(k, f.scratch(f.spill(maskSpilled[v])));
            maskRegister[v] = k;
            maskOwner[k] = v;
        }
        maskPinned[k] = true;
        return k;
    }

    /** The mask for a part of an eight byte value; the spare mask register may hold it. */
    int maskPart(int v, int part, boolean quad) {
        int k = useMask(v);
        if (!quad || part == 0) {
            return k;
        }
        a.kshiftRight(SPARE_MASK, k, 8);
        return SPARE_MASK;
    }

    Kind kind(int v) {
        return code.get(v).kind();
    }

    static int parts(Kind k) {
        return k.bytes() == 8 ? 2 : 1;
    }

    /** Registers of parts already done may be reused. */
    void unpinParts(int... values) {
        for (int v : values) {
            for (int p = 0; p < 2; p++) {
                if (v >= 0 && register[v][p] >= 0) {
                    pinned[register[v][p]] = false;
                }
            }
        }
        // broadcasts of folded operands belong to nobody
        for (int r = 0; r < 32; r++) {
            if (owner[r] < 0) {
                pinned[r] = false;
            }
        }
    }
}
