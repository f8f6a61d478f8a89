package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects instructions, giving equal ones one number, and drops what nothing needs. */
public final class ProgramBuilder {
    private final List<Instr> instrs = new ArrayList<>();
    private final Map<Instr, Integer> known = new HashMap<>();

    /** The number of an equal instruction, or a new one. */
    public int add(Instr in) {
        Integer id = known.putIfAbsent(in, instrs.size());
        if (id != null) {
            return id;
        }
        instrs.add(in);
        return instrs.size() - 1;
    }

    /** As {@link #add(Instr)}, explained by the instruction it replaces. */
    public int add(Op op, long[] attr, DType dtype, Shape shape, Instr like, int... inputs) {
        return add(new Instr(op, attr, dtype, shape, inputs, like.path(), like.origin()));
    }

    public Instr get(int id) {
        return instrs.get(id);
    }

    public int size() {
        return instrs.size();
    }

    /** The program of these roots without the instructions that none of them needs. */
    public Program build(int leafCount, int[] outputs, Program.Assign[] assigns) {
        boolean[] live = new boolean[instrs.size()];
        for (int o : outputs) {
            live[o] = true;
        }
        for (Program.Assign a : assigns) {
            live[a.value()] = true;
        }
        for (int i = live.length - 1; i >= 0; i--) {
            if (live[i]) {
                for (int in : instrs.get(i).inputs()) {
                    live[in] = true;
                }
            }
        }
        int[] number = new int[live.length];
        List<Instr> kept = new ArrayList<>();
        for (int i = 0; i < live.length; i++) {
            if (live[i]) {
                Instr in = instrs.get(i);
                number[i] = kept.size();
                kept.add(in.withInputs(renumber(in.inputs(), number)));
            }
        }
        Program.Assign[] stores = new Program.Assign[assigns.length];
        for (int i = 0; i < stores.length; i++) {
            stores[i] = new Program.Assign(assigns[i].slot(), number[assigns[i].value()]);
        }
        return new Program(kept.toArray(Instr[]::new), leafCount, renumber(outputs, number), stores);
    }

    private static int[] renumber(int[] ids, int[] number) {
        int[] r = new int[ids.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = number[ids[i]];
        }
        return r;
    }
}
