package dev.levin.kernel.jvm;

import static dev.levin.kernel.x64.Assembler.L256;
import static dev.levin.kernel.x64.Assembler.L512;

import dev.levin.kernel.x64.Assembler;
import dev.levin.kernel.x64.Assembler.Mask;
import dev.levin.kernel.x64.Insn;
import dev.levin.kernel.x64.Mem;

/** Instructions of a pass for sixteen lanes, from values in registers to values in registers. */
abstract class MachineBody extends MachineRegisters {
    MachineBody(MachineFrame f, PassProgram program, boolean oneRow) {
        super(f, program, oneRow);
    }

    /** True if every instruction has a machine form. */
    static boolean supports(PassProgram p) {
        for (Micro m : p.code()) {
            boolean whole = m.kind() == Kind.I || m.kind() == Kind.L;
            if (m.op() == Micro.Op.CALL || m.op() == Micro.Op.REM || m.op() == Micro.Op.DIV && whole) {
                return false;
            }
            if (m.kind() == Kind.M && (m.op() == Micro.Op.IN || m.op() == Micro.Op.CVT)) {
                return false;
            }
        }
        return true;
    }

    /** Loads the value {@code v}, an input. */
    abstract void read(PassProgram.Input in, int v);

    /** Emits the instruction that computes value {@code v}. */
    void instruction(Micro m, int v) {
        if (m.kind() == Kind.M) {
            maskInstruction(m, v);
            return;
        }
        Kind k = m.kind();
        boolean quad = k.bytes() == 8;
        switch (m.op()) {
            case IN -> read(program.inputs().get((int) m.imm()), v);
            case ADD, SUB, MUL, DIV, AND, OR, XOR -> binary(binaryInsn(m.op(), k), m, v, m.op() != Micro.Op.SUB && m.op() != Micro.Op.DIV);
            case NEG -> withConstant(quad ? Insn.PXORQ : Insn.PXORD, v, m.a(), quad, quad ? Long.MIN_VALUE : Integer.MIN_VALUE);
            case ABS -> abs(m, v);
            case SQRT -> unary(k == Kind.F ? Insn.SQRTPS : Insn.SQRTPD, m.a(), v);
            case MAX, MIN -> extreme(m, v);
            case SCALE -> binary(Insn.SCALEFPS, m, v, false);
            case FMA -> fma(m, v);
            case SHL, SHR, USHR -> shift(m, v);
            case SEL -> select(m, v);
            case BITS -> bits(m, v);
            case LOOKUP -> {
                int index = use(m.a(), 0);
                a.v(Insn.PERMPS, L512, define(v, 0), index, a.constant(Tables.bits(m.call())), Mask.NONE, false);
            }
            case CVT -> convert(m, v);
            default -> throw new IllegalStateException("no machine form of " + m);
        }
    }

    private static Insn binaryInsn(Micro.Op op, Kind k) {
        return switch (op) {
            case ADD -> pick(k, Insn.ADDPS, Insn.ADDPD, Insn.PADDD, Insn.PADDQ);
            case SUB -> pick(k, Insn.SUBPS, Insn.SUBPD, Insn.PSUBD, Insn.PSUBQ);
            case MUL -> pick(k, Insn.MULPS, Insn.MULPD, Insn.PMULLD, Insn.PMULLQ);
            case DIV -> pick(k, Insn.DIVPS, Insn.DIVPD, null, null);
            case AND -> pick(k, Insn.PANDD, Insn.PANDQ, Insn.PANDD, Insn.PANDQ);
            case OR -> pick(k, Insn.PORD, Insn.PORQ, Insn.PORD, Insn.PORQ);
            default -> pick(k, Insn.PXORD, Insn.PXORQ, Insn.PXORD, Insn.PXORQ);
        };
    }

    private static Insn pick(Kind k, Insn f, Insn d, Insn i, Insn l) {
        return switch (k) {
            case F -> f;
            case D -> d;
            case I -> i;
            case L -> l;
            case M -> throw new IllegalStateException("masks have instructions of their own");
        };
    }

    private void binary(Insn insn, Micro m, int v, boolean commutes) {
        int x = m.a();
        int y = m.b();
        if (commutes && folded(x) && !folded(y)) {
            x = m.b();
            y = m.a();
        }
        for (int p = 0; p < parts(m.kind()); p++) {
            int left = use(x, p);
            if (folded(y)) {
                int r = define(v, p);
                a.v(insn, L512, r, left, foldedOperand(y), Mask.NONE, true);
            } else {
                int right = use(y, p);
                int r = define(v, p);
                a.v(insn, L512, r, left, right, Mask.NONE);
            }
            unpinParts(x, y);
        }
    }

    private void withConstant(Insn insn, int v, int x, boolean quad, long bits) {
        for (int p = 0; p < (quad ? 2 : 1); p++) {
            int left = use(x, p);
            int r = define(v, p);
            a.v(insn, L512, r, left, quad ? a.constant(bits) : a.constant((int) bits), Mask.NONE, true);
            unpinParts(x);
        }
    }

    private void abs(Micro m, int v) {
        switch (m.kind()) {
            case F -> withConstant(Insn.PANDD, v, m.a(), false, Integer.MAX_VALUE);
            case D -> withConstant(Insn.PANDQ, v, m.a(), true, Long.MAX_VALUE);
            case I -> unary(Insn.PABSD, m.a(), v);
            default -> unary(Insn.PABSQ, m.a(), v);
        }
    }

    private void unary(Insn insn, int x, int v) {
        for (int p = 0; p < parts(kind(v)); p++) {
            int from = use(x, p);
            a.v(insn, L512, define(v, p), 0, from, Mask.NONE);
            unpinParts(x);
        }
    }

    /** Java's rules: NaN wins, and minus zero is below zero. */
    private void extreme(Micro m, int v) {
        Kind k = m.kind();
        boolean max = m.op() == Micro.Op.MAX;
        if (!k.isFloat()) {
            binary(max ? pick(k, null, null, Insn.PMAXSD, Insn.PMAXSQ) : pick(k, null, null, Insn.PMINSD, Insn.PMINSQ), m, v, true);
            return;
        }
        if (k == Kind.F && isNumber(m.b())) {
            extremeLiteral(m, v, max);
            return;
        }
        for (int p = 0; p < parts(k); p++) {
            int x = use(m.a(), p);
            int y = use(m.b(), p);
            int r = define(v, p);
            javaExtreme(a, r, x, y, max, k == Kind.D, L512);
            unpinParts(m.a(), m.b());
        }
    }

    private boolean isNumber(int v) {
        Micro m = code.get(v);
        return m.op() == Micro.Op.CONST && !Float.isNaN(Float.intBitsToFloat((int) m.imm())) && (int) m.imm() != Integer.MIN_VALUE;
    }

    /** The instructions give their second source where it is NaN or both are zeros. */
    private void extremeLiteral(Micro m, int v, boolean max) {
        int literal = use(m.b(), 0);
        int x = use(m.a(), 0);
        int r = define(v, 0);
        a.v(max ? Insn.MAXPS : Insn.MINPS, L512, r, literal, x, Mask.NONE);
        if (max && (int) code.get(m.b()).imm() == 0) {
            // minus zero to zero
            a.v(Insn.ADDPS, L512, r, r, literal, Mask.NONE);
        }
    }

    /** {@code r = max(x, y)} or {@code min}; {@code r} differs from both. */
    static void javaExtreme(Assembler a, int r, int x, int y, boolean max, boolean quad, int length) {
        a.vImm(quad ? Insn.RANGEPD : Insn.RANGEPS, length, r, x, y, max ? 5 : 4, Mask.NONE);
        a.vImm(quad ? Insn.CMPPD : Insn.CMPPS, length, SPARE_MASK, x, y, 3, Mask.NONE);
        a.v(quad ? Insn.ADDPD : Insn.ADDPS, length, r, x, y, new Mask(SPARE_MASK, false));
    }

    private void fma(Micro m, int v) {
        boolean quad = m.kind() == Kind.D;
        Insn form213 = quad ? Insn.FMADD213PD : Insn.FMADD213PS;
        Insn form231 = quad ? Insn.FMADD231PD : Insn.FMADD231PS;
        for (int p = 0; p < parts(m.kind()); p++) {
            int x = m.a();
            int y = m.b();
            if (!dies(x) && dies(y) && x != y) {
                x = m.b();
                y = m.a();
            }
            if (dies(m.c()) && m.c() != x && m.c() != y && !(dies(x) && folded(y))) {
                // c = x * y + c
                int left = use(folded(x) ? y : x, p);
                int other = folded(x) ? x : y;
                if (folded(other)) {
                    int r = takeOver(m.c(), p, v);
                    a.v(form231, L512, r, left, foldedOperand(other), Mask.NONE, true);
                } else {
                    int right = use(other, p);
                    a.v(form231, L512, takeOver(m.c(), p, v), left, right, Mask.NONE);
                }
            } else {
                // x = y * x + c
                if (folded(x) && !folded(y)) {
                    int swap = x;
                    x = y;
                    y = swap;
                }
                int right = use(y, p);
                int r;
                if (dies(x) && x != y && x != m.c()) {
                    r = takeOver(x, p, v);
                } else {
                    int from = use(x, p);
                    if (folded(x)) {
                        own(v, p, from);
                        r = from;
                    } else {
                        r = define(v, p);
                        a.v(Insn.MOVAPS, L512, r, 0, from, Mask.NONE);
                    }
                }
                if (folded(m.c())) {
                    a.v(form213, L512, r, right, foldedOperand(m.c()), Mask.NONE, true);
                } else {
                    a.v(form213, L512, r, right, use(m.c(), p), Mask.NONE);
                }
            }
            unpinParts(m.a(), m.b(), m.c());
        }
    }

    private void shift(Micro m, int v) {
        boolean quad = m.kind() == Kind.L;
        if (m.b() >= 0) {
            Insn insn = switch (m.op()) {
                case SHL -> quad ? Insn.PSLLVQ : Insn.PSLLVD;
                case SHR -> quad ? Insn.PSRAVQ : Insn.PSRAVD;
                default -> quad ? Insn.PSRLVQ : Insn.PSRLVD;
            };
            binary(insn, m, v, false);
            return;
        }
        int direction = m.op() == Micro.Op.SHL ? 6 : m.op() == Micro.Op.SHR ? 4 : 2;
        for (int p = 0; p < parts(m.kind()); p++) {
            int from = use(m.a(), p);
            a.shift(quad, direction, define(v, p), from, (int) m.imm());
            unpinParts(m.a());
        }
    }

    private void select(Micro m, int v) {
        boolean quad = m.kind().bytes() == 8;
        for (int p = 0; p < parts(m.kind()); p++) {
            int k = maskPart(m.a(), p, quad);
            int no = use(m.c(), p);
            if (folded(m.b())) {
                a.v(quad ? Insn.BLENDMPD : Insn.BLENDMPS, L512, define(v, p), no, foldedOperand(m.b()), new Mask(k, false), true);
            } else {
                int yes = use(m.b(), p);
                a.v(quad ? Insn.BLENDMPD : Insn.BLENDMPS, L512, define(v, p), no, yes, new Mask(k, false));
            }
            unpinParts(m.b(), m.c());
        }
    }

    private void bits(Micro m, int v) {
        for (int p = 0; p < parts(m.kind()); p++) {
            if (folded(m.a())) {
                own(v, p, use(m.a(), p));
            } else if (dies(m.a())) {
                takeOver(m.a(), p, v);
            } else {
                int from = use(m.a(), p);
                a.v(Insn.MOVAPS, L512, define(v, p), 0, from, Mask.NONE);
            }
        }
    }

    private void maskInstruction(Micro m, int v) {
        switch (m.op()) {
            case CONST -> {
                int k = defineMask(v);
                if (m.imm() != 0) {
                    a.kxnor(k, k, k);
                } else {
                    a.kxor(k, k, k);
                }
            }
            case EQ, LT, LE -> compare(m, v);
            case AND, OR, XOR -> {
                int x = useMask(m.a());
                int y = useMask(m.b());
                int k = defineMask(v);
                switch (m.op()) {
                    case AND -> a.kand(k, x, y);
                    case OR -> a.kor(k, x, y);
                    default -> a.kxor(k, x, y);
                }
            }
            case NOT -> {
                int x = useMask(m.a());
                a.knot(defineMask(v), x);
            }
            case SEL -> {
                int c = useMask(m.a());
                int yes = useMask(m.b());
                a.kand(SPARE_MASK, c, yes);
                int no = useMask(m.c());
                int k = defineMask(v);
                a.kandn(k, c, no);
                a.kor(k, k, SPARE_MASK);
            }
            default -> throw new IllegalStateException("no machine form of " + m);
        }
    }

    private void compare(Micro m, int v) {
        Kind k = kind(m.a());
        boolean quad = k.bytes() == 8;
        Insn insn = pick(k, Insn.CMPPS, Insn.CMPPD, Insn.PCMPD, Insn.PCMPQ);
        // ordered and quiet for floats
        int imm = switch (m.op()) {
            case EQ -> 0;
            case LT -> k.isFloat() ? 0x11 : 1;
            default -> k.isFloat() ? 0x12 : 2;
        };
        int result = allocateMask();
        for (int p = 0; p < parts(k); p++) {
            int x = use(m.a(), p);
            int to = p == 0 ? result : SPARE_MASK;
            if (folded(m.b())) {
                a.vImm(insn, L512, to, x, foldedOperand(m.b()), imm, Mask.NONE, true);
            } else {
                a.vImm(insn, L512, to, x, use(m.b(), p), imm, Mask.NONE);
            }
            unpinParts(m.a(), m.b());
        }
        if (quad) {
            a.kunpck(result, SPARE_MASK, result);
        }
        ownMask(v, result);
    }

    // ---- conversions --------------------------------------------------------------------------------------------------

    private void convert(Micro m, int v) {
        Kind to = m.kind();
        Kind from = kind(m.a());
        if (from == Kind.M) {
            oneOrZero(m, v, to);
            return;
        }
        boolean wide = from.bytes() == 8;
        boolean wideResult = to.bytes() == 8;
        if (wide == wideResult) {
            for (int p = 0; p < parts(to); p++) {
                int x = use(m.a(), p);
                same(from, to, define(v, p), x);
                unpinParts(m.a());
            }
        } else if (wideResult) {
            widen(m.a(), v, from, to);
        } else {
            narrow(m.a(), v, from, to);
        }
    }

    private void oneOrZero(Micro m, int v, Kind to) {
        boolean quad = to.bytes() == 8;
        for (int p = 0; p < parts(to); p++) {
            int k = maskPart(m.a(), p, quad);
            Mem one = switch (to) {
                case F -> a.constant(Float.floatToRawIntBits(1));
                case D -> a.constant(Double.doubleToRawLongBits(1));
                case I -> a.constant(1);
                default -> a.constant(1L);
            };
            a.v(quad ? Insn.BROADCASTSD : Insn.BROADCASTSS, L512, define(v, p), 0, one, new Mask(k, true), false);
        }
    }

    private void same(Kind from, Kind to, int r, int x) {
        if (from == Kind.I) {
            a.v(Insn.CVTDQ2PS, L512, r, 0, x, Mask.NONE);
        } else if (from == Kind.F) {
            toWhole(Insn.CVTTPS2DQ, r, x, false, a.constant(Float.floatToRawIntBits(0x1p31f)), a.constant(Integer.MAX_VALUE), false);
        } else if (from == Kind.L) {
            a.v(Insn.CVTQQ2PD, L512, r, 0, x, Mask.NONE);
        } else {
            toWhole(Insn.CVTTPD2QQ, r, x, true, a.constant(Double.doubleToRawLongBits(0x1p63)), a.constant(Long.MAX_VALUE), true);
        }
    }

    /** Conversion that saturates and takes NaN to 0; the processor gives the least value for all it can't represent. */
    private void toWhole(Insn insn, int r, int x, boolean fromQuad, Mem limit, Mem most, boolean toQuad) {
        a.v(insn, L512, r, 0, x, Mask.NONE);
        clean(r, x, fromQuad, limit, most, toQuad, 3);
    }

    private void clean(int r, int x, boolean fromQuad, Mem limit, Mem most, boolean toQuad, int unordered) {
        Insn cmp = fromQuad ? Insn.CMPPD : Insn.CMPPS;
        // x >= limit
        a.vImm(cmp, fromQuad || !toQuad ? L512 : L256, SPARE_MASK, x, limit, 0x1d, Mask.NONE, true);
        a.v(toQuad ? Insn.BROADCASTSD : Insn.BROADCASTSS, L512, r, 0, most, new Mask(SPARE_MASK, false), false);
        a.vImm(cmp, fromQuad || !toQuad ? L512 : L256, SPARE_MASK, x, x, unordered, Mask.NONE);
        a.v(toQuad ? Insn.PXORQ : Insn.PXORD, L512, r, r, r, new Mask(SPARE_MASK, false));
    }

    /** Sixteen lanes of four bytes to two registers of eight bytes. */
    private void widen(int x, int v, Kind from, Kind to) {
        for (int p = 0; p < 2; p++) {
            int source = use(x, 0);
            int half = source;
            if (p == 1) {
                half = allocate();
                a.vImm(Insn.EXTRACTF32X8, L512, source, 0, half, 1, Mask.NONE);
            }
            int r = define(v, p);
            if (from == Kind.I) {
                a.v(to == Kind.L ? Insn.PMOVSXDQ : Insn.CVTDQ2PD, L512, r, 0, half, Mask.NONE);
            } else if (to == Kind.D) {
                a.v(Insn.CVTPS2PD, L512, r, 0, half, Mask.NONE);
            } else {
                a.v(Insn.CVTTPS2QQ, L512, r, 0, half, Mask.NONE);
                clean(r, half, false, a.constant(Float.floatToRawIntBits(0x1p63f)), a.constant(Long.MAX_VALUE), true, 3);
            }
            unpinParts(x);
        }
    }

    private void narrow(int x, int v, Kind from, Kind to) {
        int r = define(v, 0);
        for (int p = 0; p < 2; p++) {
            int source = use(x, p);
            int half = p == 0 ? r : allocate();
            if (from == Kind.L) {
                if (to == Kind.I) {
                    a.v(Insn.PMOVQD, L512, source, 0, half, Mask.NONE);
                } else {
                    a.v(Insn.CVTQQ2PS, L512, half, 0, source, Mask.NONE);
                }
            } else if (to == Kind.F) {
                a.v(Insn.CVTPD2PS, L512, half, 0, source, Mask.NONE);
            } else {
                doubleToInt(half, source);
            }
            if (p == 1) {
                a.vImm(Insn.INSERTF32X8, L512, r, r, half, 1, Mask.NONE);
            }
        }
    }

    private void doubleToInt(int r, int x) {
        a.v(Insn.CVTTPD2DQ, L512, r, 0, x, Mask.NONE);
        a.vImm(Insn.CMPPD, L512, SPARE_MASK, x, a.constant(Double.doubleToRawLongBits(0x1p31)), 0x1d, Mask.NONE, true);
        a.v(Insn.BROADCASTSS, L256, r, 0, a.constant(Integer.MAX_VALUE), new Mask(SPARE_MASK, false), false);
        a.vImm(Insn.CMPPD, L512, SPARE_MASK, x, x, 3, Mask.NONE);
        a.v(Insn.PXORD, L256, r, r, r, new Mask(SPARE_MASK, false));
    }
}
