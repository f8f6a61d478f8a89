package dev.levin.kernel.jvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A pass for several neighbouring registers of lanes, instruction by instruction: long chains of dependent instructions leave the
 * units of a processor idle unless others stand between them.
 *
 * @param code instructions; what is the same for all lanes occurs once
 * @param block for which register of lanes each instruction is
 * @param outputs what the instructions leave
 */
record SideBySide(List<Micro> code, int[] block, List<BlockOutput> outputs) {
    /** An output of one register of lanes; the output's id is an instruction here. */
    record BlockOutput(PassProgram.Output output, int block) {
    }

    static SideBySide of(PassProgram p, int copies) {
        var code = new ArrayList<Micro>();
        var block = new ArrayList<Integer>();
        int[][] to = new int[copies][p.code().size()];
        for (int k = 0; k < p.code().size(); k++) {
            Micro m = p.code().get(k);
            boolean same = isShared(p, m);
            for (int b = 0; b < copies; b++) {
                if (same && b > 0) {
                    to[b][k] = to[0][k];
                    continue;
                }
                to[b][k] = code.size();
                code.add(new Micro(m.op(), m.kind(), moved(to[b], m.a()), moved(to[b], m.b()), moved(to[b], m.c()), m.imm(), m.call()));
                block.add(b);
            }
        }
        var outputs = new ArrayList<BlockOutput>();
        for (PassProgram.Output o : p.outputs()) {
            for (int b = 0; b < copies; b++) {
                outputs.add(new BlockOutput(new PassProgram.Output(o.kind(), o.memory(), o.number(), to[b][o.id()]), b));
            }
        }
        return new SideBySide(code, block.stream().mapToInt(Integer::intValue).toArray(), outputs);
    }

    private static int moved(int[] to, int id) {
        return id < 0 ? id : to[id];
    }

    /** Literals, and inputs that are the same for all lanes. */
    private static boolean isShared(PassProgram p, Micro m) {
        if (m.op() == Micro.Op.IN) {
            PassProgram.Input in = p.inputs().get((int) m.imm());
            return in.memory() == 0 && (in.form() == Form.ONE || in.form() == Form.ROW);
        }
        return m.op() == Micro.Op.CONST;
    }

    /** How many registers of lanes fit: {@code vectors} and {@code masks} are those free for values. */
    static int fitting(PassProgram p, int vectors, int masks) {
        int[] last = new int[p.code().size()];
        Arrays.fill(last, -1);
        for (int k = 0; k < last.length; k++) {
            Micro m = p.code().get(k);
            for (int o : new int[] {m.a(), m.b(), m.c()}) {
                if (o >= 0) {
                    last[o] = k;
                }
            }
        }
        p.outputs().forEach(o -> last[o.id()] = last.length);
        int live = 0;
        int liveMasks = 0;
        int most = 1;
        int mostMasks = 0;
        for (int k = 0; k < last.length; k++) {
            Micro m = p.code().get(k);
            if (m.kind() == Kind.M) {
                liveMasks++;
            } else if (!isShared(p, m)) {
                live += MachineRegisters.parts(m.kind());
            }
            most = Math.max(most, live);
            mostMasks = Math.max(mostMasks, liveMasks);
            for (int o : new int[] {m.a(), m.b() == m.a() ? -1 : m.b(), m.c() == m.a() || m.c() == m.b() ? -1 : m.c()}) {
                if (o >= 0 && last[o] == k) {
                    Micro x = p.code().get(o);
                    if (x.kind() == Kind.M) {
                        liveMasks--;
                    } else if (!isShared(p, x)) {
                        live -= MachineRegisters.parts(x.kind());
                    }
                }
            }
        }
        return Math.min(vectors / most, mostMasks == 0 ? Integer.MAX_VALUE : masks / mostMasks);
    }
}
