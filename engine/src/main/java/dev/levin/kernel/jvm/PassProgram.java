package dev.levin.kernel.jvm;

import java.util.ArrayList;
import java.util.List;

/**
 * A loop over the rows and lanes of a tile: everything between loading and storing arrays or memory. Equal programs share
 * one generated class; nothing in it depends on shapes.
 */
record PassProgram(List<Input> inputs, List<Micro> code, List<Output> outputs) {
    PassProgram {
        inputs = List.copyOf(inputs);
        code = List.copyOf(code);
        outputs = List.copyOf(outputs);
    }

    /**
     * @param form which elements of the array a position reads; memory inputs are FULL
     * @param memory 0 for the scratch array {@code number} of {@code kind}; else the element size in bytes of memory use
     *     {@code number}, read as raw bits (1 and 2 bytes zero-extended into I)
     */
    record Input(Form form, Kind kind, int memory, int number) {
    }

    /** Array or memory (as for inputs) that receives the instruction {@code id}; 1 and 2 bytes take the low bits of I. */
    record Output(Kind kind, int memory, int number, int id) {
    }

    /** The program without instructions that no output needs. */
    static PassProgram of(List<Input> inputs, List<Micro> code, List<Output> outputs) {
        boolean[] live = new boolean[code.size()];
        outputs.forEach(o -> live[o.id()] = true);
        for (int k = live.length - 1; k >= 0; k--) {
            Micro m = code.get(k);
            for (int o : new int[] {m.a(), m.b(), m.c()}) {
                if (live[k] && o >= 0) {
                    live[o] = true;
                }
            }
        }
        int[] to = new int[live.length];
        var kept = new ArrayList<Micro>();
        for (int k = 0; k < live.length; k++) {
            to[k] = kept.size();
            if (live[k]) {
                Micro m = code.get(k);
                kept.add(new Micro(m.op(), m.kind(), moved(to, m.a()), moved(to, m.b()), moved(to, m.c()), m.imm(), m.call()));
            }
        }
        return new PassProgram(inputs, kept,
                outputs.stream().map(o -> new Output(o.kind(), o.memory(), o.number(), to[o.id()])).toList());
    }

    private static int moved(int[] to, int id) {
        return id < 0 ? id : to[id];
    }
}
