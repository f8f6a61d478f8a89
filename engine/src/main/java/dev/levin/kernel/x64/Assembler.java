package dev.levin.kernel.x64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Encodes instructions into a byte array, with labels and a pool of constants behind the code. General registers are
 * numbered as the processor does; vector registers 0 to 31; mask registers 0 to 7, where 0 stands for no mask.
 */
public final class Assembler {
    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;
    public static final int R8 = 8;
    public static final int R9 = 9;
    public static final int R10 = 10;
    public static final int R11 = 11;
    public static final int R12 = 12;
    public static final int R13 = 13;
    public static final int R14 = 14;
    public static final int R15 = 15;

    /** Vector lengths as encoded. */
    public static final int L128 = 0;
    public static final int L256 = 1;
    public static final int L512 = 2;

    /** Conditions of jumps. */
    public enum Cond {
        B(2), AE(3), E(4), NE(5), L(12), GE(13), LE(14), G(15);

        private final int code;

        Cond(int code) {
            this.code = code;
        }
    }

    /** A place in the code. */
    public static final class Label {
        private int at = -1;
        private final List<Integer> uses = new ArrayList<>();
    }

    private record PoolUse(int at, int end, int constant) {
    }

    private byte[] code = new byte[4096];
    private int size;
    private final Map<List<Byte>, Integer> pool = new LinkedHashMap<>();
    private int poolSize;
    private final List<PoolUse> poolUses = new ArrayList<>();

    public int size() {
        return size;
    }

    private void b(int v) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) v;
    }

    private void d(int v) {
        for (int k = 0; k < 4; k++) {
            b(v >> 8 * k);
        }
    }

    private static boolean isInt(long v) {
        return v == (int) v;
    }

    // ---- constants ----------------------------------------------------------------------------------------------------

    /** Four bytes in the pool. */
    public Mem constant(int bits) {
        return pool(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bits).array());
    }

    /** Eight bytes in the pool. */
    public Mem constant(long bits) {
        return pool(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bits).array());
    }

    /** A register full of ints. */
    public Mem constant(int[] lanes) {
        var bytes = ByteBuffer.allocate(4 * lanes.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(lanes).forEach(bytes::putInt);
        return pool(bytes.array());
    }

    /** A register full of longs. */
    public Mem constant(long[] lanes) {
        var bytes = ByteBuffer.allocate(8 * lanes.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(lanes).forEach(bytes::putLong);
        return pool(bytes.array());
    }

    private Mem pool(byte[] bytes) {
        var key = new ArrayList<Byte>(bytes.length);
        for (byte x : bytes) {
            key.add(x);
        }
        Integer at = pool.get(key);
        if (at == null) {
            at = (poolSize + bytes.length - 1) / bytes.length * bytes.length;
            poolSize = at + bytes.length;
            pool.put(key, at);
        }
        return new Mem(-1, -1, 1, at);
    }

    // ---- labels -------------------------------------------------------------------------------------------------------

    public void bind(Label l) {
        l.at = size;
        for (int at : l.uses) {
            patch(at, size - (at + 4));
        }
    }

    private void patch(int at, int v) {
        for (int k = 0; k < 4; k++) {
            code[at + k] = (byte) (v >> 8 * k);
        }
    }

    private void relative(Label l) {
        if (l.at >= 0) {
            d(l.at - (size + 4));
        } else {
            l.uses.add(size);
            d(0);
        }
    }

    public void jump(Label l) {
        b(0xe9);
        relative(l);
    }

    public void jump(Cond c, Label l) {
        b(0x0f);
        b(0x80 | c.code);
        relative(l);
    }

    // ---- general registers --------------------------------------------------------------------------------------------

    private void rex(int w, int reg, int index, int base) {
        b(0x40 | w << 3 | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | base >> 3 & 1);
    }

    /** A register operand in the r/m field. */
    private void direct(int reg, int rm) {
        b(0xc0 | (reg & 7) << 3 | rm & 7);
    }

    /** @param trailing bytes of the instruction behind the displacement */
    private void memory(int reg, Mem m, int trailing) {
        int r = (reg & 7) << 3;
        if (m.base() < 0) {
            b(r | 5);
            poolUses.add(new PoolUse(size, size + 4 + trailing, m.disp()));
            d(0);
            return;
        }
        if (m.index() < 0 && (m.base() & 7) != 4) {
            b(0x80 | r | m.base() & 7);
        } else {
            b(0x80 | r | 4);
            int index = m.index() < 0 ? 4 : m.index();
            b(Integer.numberOfTrailingZeros(m.scale()) << 6 | (index & 7) << 3 | m.base() & 7);
        }
        d(m.disp());
    }

    private void rexMemory(int w, int reg, Mem m) {
        rex(w, reg, Math.max(0, m.index()), Math.max(0, m.base()));
    }

    private void rr(int opcode, int reg, int rm) {
        rex(1, reg, 0, rm);
        b(opcode);
        direct(reg, rm);
    }

    private void ri(int extension, int r, int imm) {
        rex(1, 0, 0, r);
        b(0x81);
        direct(extension, r);
        d(imm);
    }

    public void mov(int to, int from) {
        rr(0x89, from, to);
    }

    public void movImm(int to, long v) {
        rex(1, 0, 0, to);
        if (isInt(v)) {
            b(0xc7);
            direct(0, to);
            d((int) v);
        } else {
            b(0xb8 | to & 7);
            d((int) v);
            d((int) (v >>> 32));
        }
    }

    public void load(int to, Mem m) {
        rexMemory(1, to, m);
        b(0x8b);
        memory(to, m, 0);
    }

    /** Four bytes, sign-extended. */
    public void loadSigned(int to, Mem m) {
        rexMemory(1, to, m);
        b(0x63);
        memory(to, m, 0);
    }

    public void store(Mem m, int from) {
        rexMemory(1, from, m);
        b(0x89);
        memory(from, m, 0);
    }

    /** Zero-extends 1, 2 or 4 bytes, or loads 8. */
    public void loadZero(int to, Mem m, int bytes) {
        rexMemory(bytes == 8 ? 1 : 0, to, m);
        switch (bytes) {
            case 1, 2 -> {
                b(0x0f);
                b(bytes == 1 ? 0xb6 : 0xb7);
            }
            default -> b(0x8b);
        }
        memory(to, m, 0);
    }

    /** Stores the low 1, 2, 4 or 8 bytes. */
    public void storeLow(Mem m, int from, int bytes) {
        if (bytes == 2) {
            b(0x66);
        }
        rexMemory(bytes == 8 ? 1 : 0, from, m);
        b(bytes == 1 ? 0x88 : 0x89);
        memory(from, m, 0);
    }

    /** Brings the cache line of {@code m} near; any address is allowed. */
    public void prefetch(Mem m) {
        rexMemory(0, 1, m);
        b(0x0f);
        b(0x18);
        memory(1, m, 0);
    }

    public void lea(int to, Mem m) {
        rexMemory(1, to, m);
        b(0x8d);
        memory(to, m, 0);
    }

    public void add(int to, int r) {
        rr(0x01, r, to);
    }

    public void add(int to, Mem m) {
        rexMemory(1, to, m);
        b(0x03);
        memory(to, m, 0);
    }

    public void sub(int to, int r) {
        rr(0x29, r, to);
    }

    public void addImm(int to, int imm) {
        ri(0, to, imm);
    }

    public void andImm(int to, int imm) {
        ri(4, to, imm);
    }

    public void cmp(int a, int b) {
        rr(0x39, b, a);
    }

    public void cmp(int a, Mem m) {
        rexMemory(1, a, m);
        b(0x3b);
        memory(a, m, 0);
    }

    public void cmpImm(int a, int imm) {
        ri(7, a, imm);
    }

    /** {@code to *= v}; spoils {@code spare} if the factor is large. */
    public void mulImm(int to, long v, int spare) {
        if (isInt(v)) {
            rex(1, to, 0, to);
            b(0x69);
            direct(to, to);
            d((int) v);
        } else {
            movImm(spare, v);
            rex(1, to, 0, spare);
            b(0x0f);
            b(0xaf);
            direct(to, spare);
        }
    }

    /** {@code to *= memory}. */
    public void mul(int to, Mem m) {
        rexMemory(1, to, m);
        b(0x0f);
        b(0xaf);
        memory(to, m, 0);
    }

    /** RAX = RAX / r, RDX = remainder, unsigned; RDX must not be {@code r}. */
    public void div(int r) {
        rex(0, RDX, 0, RDX);
        b(0x31);
        direct(RDX, RDX);
        rex(1, 0, 0, r);
        b(0xf7);
        direct(6, r);
    }

    /** Shifts left by CL. */
    public void shlCl(int r) {
        rex(1, 0, 0, r);
        b(0xd3);
        direct(4, r);
    }

    /** Logical shift right. */
    public void shrImm(int r, int count) {
        rex(1, 0, 0, r);
        b(0xc1);
        direct(5, r);
        b(count);
    }

    public void push(int r) {
        rex(0, 0, 0, r);
        b(0x50 | r & 7);
    }

    public void pop(int r) {
        rex(0, 0, 0, r);
        b(0x58 | r & 7);
    }

    /** Forgets the upper halves of vector registers, as callers expect, and returns. */
    public void ret() {
        b(0xc5);
        b(0xf8);
        b(0x77);
        b(0xc3);
    }

    /** {@code cpuid} and nothing else. */
    public void cpuid() {
        b(0x0f);
        b(0xa2);
    }

    /** {@code xgetbv}. */
    public void xgetbv() {
        b(0x0f);
        b(0x01);
        b(0xd0);
    }

    // ---- vector registers ---------------------------------------------------------------------------------------------

    /** How an instruction is masked. */
    public record Mask(int k, boolean zero) {
        public static final Mask NONE = new Mask(0, false);
    }

    /** {@code dst = insn(a, b)} on registers; {@code a} is 0 for instructions with one source. */
    public void v(Insn i, int length, int dst, int a, int b, Mask mask) {
        evex(i, length, dst, a, (b >> 4 & 1), (b >> 3 & 1), mask, false);
        direct(dst, b);
    }

    /** The same with the second source in memory; {@code broadcast} repeats one element. */
    public void v(Insn i, int length, int dst, int a, Mem b, Mask mask, boolean broadcast) {
        v(i, length, dst, a, b, mask, broadcast, 0);
    }

    private void v(Insn i, int length, int dst, int a, Mem b, Mask mask, boolean broadcast, int trailing) {
        evex(i, length, dst, a, Math.max(0, b.index()) >> 3 & 1, Math.max(0, b.base()) >> 3 & 1, mask, broadcast);
        memory(dst, b, trailing);
    }

    /** With an immediate. */
    public void vImm(Insn i, int length, int dst, int a, int b, int imm, Mask mask) {
        v(i, length, dst, a, b, mask);
        b(imm);
    }

    public void vImm(Insn i, int length, int dst, int a, Mem b, int imm, Mask mask, boolean broadcast) {
        v(i, length, dst, a, b, mask, broadcast, 1);
        b(imm);
    }

    /** Shift by a constant; {@code direction} 2 = logical right, 4 = arithmetic right, 6 = left. */
    public void shift(boolean quad, int direction, int dst, int from, int count) {
        Insn i = !quad ? Insn.SHIFTD : direction == 4 ? Insn.SHIFTQ : Insn.SHIFTQ73;
        evex(i, L512, direction, dst, from >> 4 & 1, from >> 3 & 1, Mask.NONE, false);
        direct(direction, from);
        b(count);
    }

    private void evex(Insn i, int length, int reg, int v, int x, int rmHigh, Mask mask, boolean broadcast) {
        b(0x62);
        b((~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~rmHigh & 1) << 5 | (~reg >> 4 & 1) << 4 | i.map);
        b(i.w << 7 | (~v & 15) << 3 | 4 | i.prefix);
        b((mask.zero() ? 0x80 : 0) | length << 5 | (broadcast ? 0x10 : 0) | (~v >> 4 & 1) << 3 | mask.k());
        b(i.opcode);
    }

    // ---- mask registers -----------------------------------------------------------------------------------------------

    private void vex(int map, int prefix, int w, int l, int opcode, int reg, int v, int rm) {
        b(0xc4);
        b((~reg >> 3 & 1) << 7 | 0x40 | (~rm >> 3 & 1) << 5 | map);
        b(w << 7 | (~v & 15) << 3 | l << 2 | prefix);
        b(opcode);
    }

    private void k(int opcode, int prefix, int dst, int a, int b) {
        vex(1, prefix, 0, 1, opcode, dst, a, b);
        direct(dst, b);
    }

    public void kand(int dst, int a, int b) {
        k(0x41, 0, dst, a, b);
    }

    /** {@code dst = not a and b}. */
    public void kandn(int dst, int a, int b) {
        k(0x42, 0, dst, a, b);
    }

    public void kor(int dst, int a, int b) {
        k(0x45, 0, dst, a, b);
    }

    public void kxor(int dst, int a, int b) {
        k(0x47, 0, dst, a, b);
    }

    public void kxnor(int dst, int a, int b) {
        k(0x46, 0, dst, a, b);
    }

    /** Eight bits of {@code high} above eight bits of {@code low}. */
    public void kunpck(int dst, int high, int low) {
        k(0x4b, 1, dst, high, low);
    }

    public void knot(int dst, int a) {
        vex(1, 0, 0, 0, 0x44, dst, 0, a);
        direct(dst, a);
    }

    public void kshiftRight(int dst, int a, int count) {
        vex(3, 1, 1, 0, 0x30, dst, 0, a);
        direct(dst, a);
        b(count);
    }

    /** Sets the zero flag if both are all zeros. */
    public void kortest(int a, int b) {
        vex(1, 0, 0, 0, 0x98, a, 0, b);
        direct(a, b);
    }

    public void kmov(int dst, int a) {
        vex(1, 0, 0, 0, 0x90, dst, 0, a);
        direct(dst, a);
    }

    public void kmovFrom(int dst, int general) {
        vex(1, 0, 0, 0, 0x92, dst, 0, general);
        direct(dst, general);
    }

    public void kload(int dst, Mem m) {
        vex(1, 0, 0, 0, 0x90, dst, 0, m.base());
        memory(dst, m, 0);
    }

    public void kstore(Mem m, int from) {
        vex(1, 0, 0, 0, 0x91, from, 0, m.base());
        memory(from, m, 0);
    }

    /** vmovd / vmovq between the first lane of a vector register (below 16) and a general register. */
    public void movLane(int vector, int general, boolean quad, boolean toVector) {
        vex(1, 1, quad ? 1 : 0, 0, toVector ? 0x6e : 0x7e, vector, 0, general);
        direct(vector, general);
    }

    // ---- result -------------------------------------------------------------------------------------------------------

    /** Code and constants; position independent. */
    public byte[] bytes() {
        int base = (size + 63) / 64 * 64;
        byte[] out = Arrays.copyOf(code, base + poolSize);
        for (PoolUse u : poolUses) {
            int v = base + u.constant - u.end;
            for (int k = 0; k < 4; k++) {
                out[u.at + k] = (byte) (v >> 8 * k);
            }
        }
        pool.forEach((bytes, at) -> {
            for (int k = 0; k < bytes.size(); k++) {
                out[base + at + k] = bytes.get(k);
            }
        });
        return out;
    }
}
