package dev.levin.kernel.jvm;

import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Emits {@code vectorN(frame, m, n)}: the same pass with Vector API calls on arrays and native memory, as many lanes at a
 * time as fit a register; the scalar method of the pass finishes each row. All values of such a pass have the same width
 * (F, I and masks; or D, L and masks), so they have the same number of lanes.
 */
final class VectorEmitter {
    private static final String PACKAGE = "jdk.incubator.vector.";
    private static final ClassDesc TABLES = ClassDesc.of("dev.levin.kernel.jvm.VectorTables");
    private static final ClassDesc VECTOR = ClassDesc.of(PACKAGE + "Vector");
    private static final ClassDesc SPECIES = ClassDesc.of(PACKAGE + "VectorSpecies");
    private static final ClassDesc MASK = ClassDesc.of(PACKAGE + "VectorMask");
    private static final ClassDesc OPERATORS = ClassDesc.of(PACKAGE + "VectorOperators");
    private static final ClassDesc BINARY = OPERATORS.nested("Binary");
    private static final ClassDesc COMPARISON = OPERATORS.nested("Comparison");
    private static final ClassDesc CONVERSION = OPERATORS.nested("Conversion");
    private static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");
    private static final ClassDesc BYTE_ORDER = ClassDesc.of("java.nio.ByteOrder");
    private static final Map<Kind, String> NAMES = new EnumMap<>(Map.of(Kind.F, "Float", Kind.D, "Double", Kind.I, "Int", Kind.L, "Long"));

    private final CodeBuilder c;
    private final PassProgram program;
    private final int bits;
    private final ClassDesc self;
    private final String scalar;
    private final int lanes;
    private final int[] local;
    /** Kind whose species a mask has. */
    private final Kind[] maskOf;
    private int[] inputLocal;
    private int[] outputLocal;
    private int row;
    private int j;

    VectorEmitter(CodeBuilder c, PassProgram program, int bits, ClassDesc self, String scalar) {
        this.c = c;
        this.program = program;
        this.bits = bits;
        this.self = self;
        this.scalar = scalar;
        lanes = bits / 8 / width(program);
        local = new int[program.code().size()];
        maskOf = new Kind[local.length];
    }

    /** Bytes of the pass's elements, or 0 if they differ; a pass of masks only counts as four. */
    private static int width(PassProgram p) {
        int width = 0;
        for (Micro m : p.code()) {
            int w = m.kind().bytes();
            if (w != 0 && width != 0 && w != width) {
                return 0;
            }
            width = w == 0 ? width : w;
        }
        return width == 0 ? 4 : width;
    }

    /** True if every instruction has a vector form; integer division, calls and mixed widths have none. */
    static boolean supports(PassProgram p, int bits) {
        if (width(p) == 0) {
            return false;
        }
        boolean narrow = p.inputs().stream().anyMatch(i -> i.memory() == 1 || i.memory() == 2)
                || p.outputs().stream().anyMatch(o -> o.memory() == 1 || o.memory() == 2);
        if (narrow && (width(p) != 4 || bits < 256)) {
            return false;
        }
        for (Micro m : p.code()) {
            boolean whole = m.kind() == Kind.I || m.kind() == Kind.L;
            if (m.op() == Micro.Op.CALL || m.op() == Micro.Op.REM || m.op() == Micro.Op.DIV && whole) {
                return false;
            }
        }
        return true;
    }

    private static ClassDesc vector(Kind k) {
        return ClassDesc.of(PACKAGE + NAMES.get(k) + "Vector");
    }

    private void species(Kind k) {
        c.getstatic(vector(k), "SPECIES_" + bits, SPECIES);
    }

    void emit() {
        List<PassProgram.Input> ins = program.inputs();
        List<PassProgram.Output> outs = program.outputs();
        inputLocal = new int[ins.size()];
        outputLocal = new int[outs.size()];
        int[] start = new int[ins.size()];
        int[] outStart = new int[outs.size()];
        for (int k = 0; k < ins.size(); k++) {
            var in = ins.get(k);
            if (in.memory() != 0) {
                start[k] = longLocal("addr", in.number());
                inputLocal[k] = c.allocateLocal(TypeKind.LONG);
            } else if (in.form() == Form.ONE) {
                species(in.kind());
                Emitter.array(c, in.kind(), in.number());
                c.iconst_0();
                element(in.kind());
                inputLocal[k] = broadcast(in.kind());
            } else if (in.form() == Form.ROW) {
                Emitter.array(c, in.kind(), in.number());
                start[k] = reference();
                inputLocal[k] = c.allocateLocal(TypeKind.REFERENCE);
            } else {
                Emitter.array(c, in.kind(), in.number());
                inputLocal[k] = reference();
            }
        }
        for (int k = 0; k < outs.size(); k++) {
            if (outs.get(k).memory() != 0) {
                outStart[k] = longLocal("addr", outs.get(k).number());
                outputLocal[k] = c.allocateLocal(TypeKind.LONG);
            } else {
                Emitter.array(c, outs.get(k).kind(), outs.get(k).number());
                outputLocal[k] = reference();
            }
        }
        constants();
        int i = c.allocateLocal(TypeKind.INT);
        int end = c.allocateLocal(TypeKind.INT);
        row = c.allocateLocal(TypeKind.INT);
        j = c.allocateLocal(TypeKind.INT);
        c.iload(2).loadConstant(-lanes).iand().istore(end);
        Label rows = c.newLabel();
        Label done = c.newLabel();
        Label skip = c.newLabel();
        c.iload(end).ifeq(done);
        c.iconst_0().istore(i).iconst_0().istore(row);
        c.labelBinding(rows).iload(i).iload(1).if_icmpge(done);
        for (int k = 0; k < ins.size(); k++) {
            var in = ins.get(k);
            if (in.memory() != 0) {
                rowAddress(start[k], in.number(), i, inputLocal[k]);
            } else if (in.form() == Form.ROW) {
                species(in.kind());
                c.aload(start[k]).iload(i);
                element(in.kind());
                broadcastCall(in.kind());
                c.astore(inputLocal[k]);
            }
        }
        for (int k = 0; k < outs.size(); k++) {
            if (outs.get(k).memory() != 0) {
                rowAddress(outStart[k], outs.get(k).number(), i, outputLocal[k]);
            }
        }
        Label loop = c.newLabel();
        Label rowDone = c.newLabel();
        c.iconst_0().istore(j);
        c.labelBinding(loop).iload(j).iload(end).if_icmpge(rowDone);
        body();
        c.iinc(j, lanes).goto_(loop);
        c.labelBinding(rowDone).iload(row).iload(2).iadd().istore(row).iinc(i, 1).goto_(rows);
        c.labelBinding(done).iload(end).iload(2).if_icmpeq(skip);
        c.aload(0).iload(1).iload(2).iload(end).invokestatic(self, scalar, Emitter.SCALAR_PASS);
        c.labelBinding(skip).return_();
    }

    /** Literals become vectors before the loops. */
    private void constants() {
        List<Micro> code = program.code();
        for (int k = 0; k < code.size(); k++) {
            Micro m = code.get(k);
            if (m.op() != Micro.Op.CONST) {
                continue;
            }
            if (m.kind() == Kind.M) {
                maskOf[k] = maskKind();
                species(maskOf[k]);
                c.loadConstant((int) m.imm());
                c.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, Emitter.carrier(Kind.M)));
                local[k] = reference();
            } else {
                species(m.kind());
                switch (m.kind()) {
                    case F -> c.loadConstant(Float.intBitsToFloat((int) m.imm()));
                    case D -> c.loadConstant(Double.longBitsToDouble(m.imm()));
                    case I -> c.loadConstant((int) m.imm());
                    default -> c.loadConstant(m.imm());
                }
                local[k] = broadcast(m.kind());
            }
        }
    }

    private Kind maskKind() {
        return width(program) == 8 ? Kind.L : Kind.I;
    }

    private void body() {
        List<Micro> code = program.code();
        for (int k = 0; k < code.size(); k++) {
            Micro m = code.get(k);
            switch (m.op()) {
                case CONST -> { }
                case IN -> {
                    var in = program.inputs().get((int) m.imm());
                    if (in.memory() == 0 && (in.form() == Form.ONE || in.form() == Form.ROW)) {
                        local[k] = inputLocal[(int) m.imm()];
                    } else {
                        read(in, inputLocal[(int) m.imm()]);
                        local[k] = reference();
                    }
                }
                default -> {
                    instruction(m, k);
                    local[k] = reference();
                }
            }
        }
        for (int k = 0; k < program.outputs().size(); k++) {
            write(program.outputs().get(k), outputLocal[k]);
        }
    }

    private void read(PassProgram.Input in, int at) {
        ClassDesc v = vector(in.kind());
        if (in.memory() == 1 || in.memory() == 2) {
            ClassDesc raw = narrow(in.memory());
            narrowSpecies(in.memory());
            memoryOffset(at, in.memory());
            c.invokestatic(raw, "fromMemorySegment", MethodTypeDesc.of(raw, SPECIES, SEGMENT, CD_long, BYTE_ORDER));
            c.getstatic(OPERATORS, in.memory() == 1 ? "ZERO_EXTEND_B2I" : "ZERO_EXTEND_S2I", CONVERSION);
            species(Kind.I);
            c.iconst_0().invokevirtual(raw, "convertShape", MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, CD_int));
            c.checkcast(v);
            return;
        }
        species(in.kind());
        if (in.memory() != 0) {
            memoryOffset(at, in.memory());
            c.invokestatic(v, "fromMemorySegment", MethodTypeDesc.of(v, SPECIES, SEGMENT, CD_long, BYTE_ORDER));
        } else {
            c.aload(at);
            index(in.form() == Form.FULL);
            c.invokestatic(v, "fromArray", MethodTypeDesc.of(v, SPECIES, Emitter.carrier(in.kind()).arrayType(), CD_int));
        }
    }

    private void write(PassProgram.Output out, int at) {
        ClassDesc v = vector(out.kind());
        c.aload(local[out.id()]);
        if (out.memory() == 1 || out.memory() == 2) {
            ClassDesc raw = narrow(out.memory());
            c.getstatic(OPERATORS, out.memory() == 1 ? "I2B" : "I2S", CONVERSION);
            narrowSpecies(out.memory());
            c.iconst_0().invokevirtual(v, "convertShape", MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, CD_int));
            c.checkcast(raw);
            memoryOffset(at, out.memory());
            c.invokevirtual(raw, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, BYTE_ORDER));
            return;
        }
        if (out.memory() != 0) {
            memoryOffset(at, out.memory());
            c.invokevirtual(v, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, BYTE_ORDER));
        } else {
            c.aload(at);
            index(true);
            c.invokevirtual(v, "intoArray", MethodTypeDesc.of(CD_void, Emitter.carrier(out.kind()).arrayType(), CD_int));
        }
    }

    private static ClassDesc narrow(int bytes) {
        return ClassDesc.of(PACKAGE + (bytes == 1 ? "Byte" : "Short") + "Vector");
    }

    /** Species of one or two byte elements with as many lanes as the pass has. */
    private void narrowSpecies(int bytes) {
        c.getstatic(narrow(bytes), "SPECIES_" + bits * bytes / 4, SPECIES);
    }

    private void index(boolean full) {
        c.iload(j);
        if (full) {
            c.iload(row).iadd();
        }
    }

    private void memoryOffset(int at, int bytes) {
        c.getstatic(Emitter.FRAME, "ALL", SEGMENT).lload(at).iload(j).i2l().loadConstant((long) bytes).lmul().ladd();
        c.getstatic(Emitter.FRAME, "ORDER", BYTE_ORDER);
    }

    private int longLocal(String field, int number) {
        Emitter.longs(c, field, number);
        int at = c.allocateLocal(TypeKind.LONG);
        c.lstore(at);
        return at;
    }

    private void rowAddress(int base, int number, int i, int to) {
        c.lload(base);
        Emitter.longs(c, "rowBytes", number);
        c.iload(i).i2l().lmul().ladd().lstore(to);
    }

    private int reference() {
        int at = c.allocateLocal(TypeKind.REFERENCE);
        c.astore(at);
        return at;
    }

    /** Stack: species, primitive. */
    private void broadcastCall(Kind k) {
        ClassDesc e = switch (k) {
            case F -> CD_float;
            case D -> CD_double;
            case I -> CD_int;
            default -> CD_long;
        };
        c.invokestatic(vector(k), "broadcast", MethodTypeDesc.of(vector(k), SPECIES, e));
    }

    private int broadcast(Kind k) {
        broadcastCall(k);
        return reference();
    }

    private void element(Kind k) {
        switch (k) {
            case F -> c.faload();
            case D -> c.daload();
            case L -> c.laload();
            default -> c.iaload();
        }
    }

    private Kind kind(int id) {
        return program.code().get(id).kind();
    }

    /** Pushes a mask with the species of {@code k}. */
    private void mask(int id, Kind k) {
        c.aload(local[id]);
        if (maskOf[id] != k) {
            species(k);
            c.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
        }
    }

    private void instruction(Micro m, int id) {
        Kind k = m.kind();
        if (k == Kind.M) {
            maskInstruction(m, id);
            return;
        }
        ClassDesc v = vector(k);
        switch (m.op()) {
            case MAX, MIN -> {
                if (k.isFloat() && plainLiteral(m.b(), m.op())) {
                    // same bits as Math.max, whose order of zeros and NaN costs several instructions
                    c.aload(local[m.a()]).aload(local[m.b()]).aload(local[m.a()]);
                    c.getstatic(OPERATORS, m.op() == Micro.Op.MAX ? "LE" : "GE", COMPARISON).aload(local[m.b()]);
                    c.invokevirtual(v, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
                    c.invokevirtual(v, "blend", MethodTypeDesc.of(v, VECTOR, MASK));
                } else {
                    c.aload(local[m.a()]).aload(local[m.b()]);
                    c.invokevirtual(v, lower(m.op()), MethodTypeDesc.of(v, VECTOR));
                }
            }
            case ADD, SUB, MUL, DIV, AND, OR -> {
                c.aload(local[m.a()]).aload(local[m.b()]);
                c.invokevirtual(v, lower(m.op()), MethodTypeDesc.of(v, VECTOR));
            }
            case NEG, ABS, SQRT -> c.aload(local[m.a()]).invokevirtual(v, lower(m.op()), MethodTypeDesc.of(v));
            case FMA -> {
                c.aload(local[m.a()]).aload(local[m.b()]).aload(local[m.c()]);
                c.invokevirtual(v, "fma", MethodTypeDesc.of(v, VECTOR, VECTOR));
            }
            case XOR -> {
                c.aload(local[m.a()]).getstatic(OPERATORS, "XOR", OPERATORS.nested("Associative")).aload(local[m.b()]);
                c.invokevirtual(v, "lanewise", MethodTypeDesc.of(v, BINARY, VECTOR));
            }
            case SHL, SHR, USHR -> {
                String name = m.op() == Micro.Op.SHL ? "LSHL" : m.op() == Micro.Op.SHR ? "ASHR" : "LSHR";
                c.aload(local[m.a()]).getstatic(OPERATORS, name, BINARY);
                if (m.b() < 0) {
                    c.loadConstant((int) m.imm());
                    if (k == Kind.L) {
                        c.i2l();
                    }
                    c.invokevirtual(v, "lanewise", MethodTypeDesc.of(v, BINARY, k == Kind.L ? CD_long : CD_int));
                } else {
                    c.aload(local[m.b()]).invokevirtual(v, "lanewise", MethodTypeDesc.of(v, BINARY, VECTOR));
                }
            }
            case SEL -> {
                c.aload(local[m.c()]).aload(local[m.b()]);
                mask(m.a(), k);
                c.invokevirtual(v, "blend", MethodTypeDesc.of(v, VECTOR, MASK));
            }
            case LOOKUP -> {
                ClassDesc t = CD_float.arrayType();
                c.getstatic(ScalarEmitter.TABLES, m.call(), t).aload(local[m.a()]);
                species(k);
                c.invokestatic(TABLES, "lookup", MethodTypeDesc.of(v, t, v, SPECIES));
            }
            case BITS -> {
                String name = switch (k) {
                    case F -> "reinterpretAsFloats";
                    case D -> "reinterpretAsDoubles";
                    case I -> "reinterpretAsInts";
                    default -> "reinterpretAsLongs";
                };
                c.aload(local[m.a()]).invokevirtual(vector(kind(m.a())), name, MethodTypeDesc.of(v));
            }
            case CVT -> {
                Kind from = kind(m.a());
                if (from == Kind.M) {
                    species(k);
                    zeroOrOne(k, 0);
                    species(k);
                    zeroOrOne(k, 1);
                    mask(m.a(), k);
                    c.invokevirtual(v, "blend", MethodTypeDesc.of(v, VECTOR, MASK));
                } else {
                    c.aload(local[m.a()]).getstatic(OPERATORS, from + "2" + k, CONVERSION).iconst_0();
                    c.invokevirtual(vector(from), "convert", MethodTypeDesc.of(VECTOR, CONVERSION, CD_int));
                    c.checkcast(v);
                }
            }
            default -> throw new IllegalStateException("no vector form of " + m);
        }
    }

    /** A literal that is neither NaN nor a zero whose sign would matter. */
    private boolean plainLiteral(int id, Micro.Op op) {
        Micro m = program.code().get(id);
        if (m.op() != Micro.Op.CONST) {
            return false;
        }
        double x = m.kind() == Kind.F ? Float.intBitsToFloat((int) m.imm()) : Double.longBitsToDouble(m.imm());
        boolean negativeZero = x == 0 && Double.doubleToRawLongBits(x) != 0;
        return x == x && (op == Micro.Op.MAX ? !negativeZero : x != 0);
    }

    private void zeroOrOne(Kind k, int value) {
        switch (k) {
            case F -> c.loadConstant((float) value);
            case D -> c.loadConstant((double) value);
            case L -> c.loadConstant((long) value);
            default -> c.loadConstant(value);
        }
        broadcastCall(k);
    }

    private void maskInstruction(Micro m, int id) {
        switch (m.op()) {
            case EQ, LT, LE -> {
                Kind k = kind(m.a());
                maskOf[id] = k;
                c.aload(local[m.a()]).getstatic(OPERATORS, m.op().name(), COMPARISON).aload(local[m.b()]);
                c.invokevirtual(vector(k), "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
            }
            case AND, OR, XOR -> {
                maskOf[id] = maskOf[m.a()];
                c.aload(local[m.a()]);
                mask(m.b(), maskOf[id]);
                c.invokevirtual(MASK, lower(m.op()), MethodTypeDesc.of(MASK, MASK));
            }
            case NOT -> {
                maskOf[id] = maskOf[m.a()];
                c.aload(local[m.a()]).invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
            }
            case SEL -> {
                // (a and b) or (c and not a)
                maskOf[id] = maskOf[m.a()];
                c.aload(local[m.a()]);
                mask(m.b(), maskOf[id]);
                c.invokevirtual(MASK, "and", MethodTypeDesc.of(MASK, MASK));
                mask(m.c(), maskOf[id]);
                c.aload(local[m.a()]).invokevirtual(MASK, "andNot", MethodTypeDesc.of(MASK, MASK));
                c.invokevirtual(MASK, "or", MethodTypeDesc.of(MASK, MASK));
            }
            default -> throw new IllegalStateException("no vector form of " + m);
        }
    }

    private static String lower(Micro.Op op) {
        return op.name().toLowerCase(Locale.ROOT);
    }
}
