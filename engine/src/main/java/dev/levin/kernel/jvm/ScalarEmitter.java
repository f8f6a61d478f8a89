package dev.levin.kernel.jvm;

import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Locale;

/**
 * Emits {@code scalarN(frame, m, n, from)}: one element at a time, lanes {@code from} to {@code n} of each row. Over heap
 * arrays C2 turns simple bodies into vector code; after a vector loop the same method finishes the last lanes.
 */
final class ScalarEmitter {
    private static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");
    private static final ClassDesc LAYOUT = ClassDesc.of("java.lang.foreign.ValueLayout");
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    static final ClassDesc TABLES = ClassDesc.of("dev.levin.kernel.jvm.Tables");
    private static final ClassDesc HELPERS = ClassDesc.of("dev.levin.kernel.jvm.ScalarMath");

    private final CodeBuilder c;
    private final PassProgram program;
    private final int[] local;
    private int p;
    private int row;
    private int[] inputLocal;
    private int[] outputLocal;

    ScalarEmitter(CodeBuilder c, PassProgram program) {
        this.c = c;
        this.program = program;
        local = new int[program.code().size()];
    }

    void emit() {
        List<PassProgram.Input> ins = program.inputs();
        List<PassProgram.Output> outs = program.outputs();
        inputLocal = new int[ins.size()];
        int[] rowArray = new int[ins.size()];
        int[] base = new int[ins.size()];
        int[] outBase = new int[outs.size()];
        outputLocal = new int[outs.size()];
        for (int k = 0; k < ins.size(); k++) {
            var in = ins.get(k);
            if (in.memory() != 0) {
                base[k] = storeLong("addr", in.number());
                inputLocal[k] = c.allocateLocal(TypeKind.LONG);
            } else {
                Emitter.array(c, in.kind(), in.number());
                if (in.form() == Form.ONE) {
                    c.iconst_0();
                    loadElement(in.kind());
                    inputLocal[k] = storeNew(in.kind());
                } else if (in.form() == Form.ROW) {
                    rowArray[k] = c.allocateLocal(TypeKind.REFERENCE);
                    c.astore(rowArray[k]);
                    inputLocal[k] = c.allocateLocal(type(in.kind()));
                } else {
                    inputLocal[k] = c.allocateLocal(TypeKind.REFERENCE);
                    c.astore(inputLocal[k]);
                }
            }
        }
        for (int k = 0; k < outs.size(); k++) {
            var out = outs.get(k);
            if (out.memory() != 0) {
                outBase[k] = storeLong("addr", out.number());
                outputLocal[k] = c.allocateLocal(TypeKind.LONG);
            } else {
                Emitter.array(c, out.kind(), out.number());
                outputLocal[k] = c.allocateLocal(TypeKind.REFERENCE);
                c.astore(outputLocal[k]);
            }
        }
        int i = c.allocateLocal(TypeKind.INT);
        row = c.allocateLocal(TypeKind.INT);
        int end = c.allocateLocal(TypeKind.INT);
        p = c.allocateLocal(TypeKind.INT);
        Label rows = c.newLabel();
        Label done = c.newLabel();
        c.iconst_0().istore(i).iconst_0().istore(row);
        c.labelBinding(rows).iload(i).iload(1).if_icmpge(done);
        for (int k = 0; k < ins.size(); k++) {
            var in = ins.get(k);
            if (in.memory() != 0) {
                rowAddress(base[k], in.number(), i, inputLocal[k]);
            } else if (in.form() == Form.ROW) {
                c.aload(rowArray[k]).iload(i);
                loadElement(in.kind());
                c.storeLocal(type(in.kind()), inputLocal[k]);
            }
        }
        for (int k = 0; k < outs.size(); k++) {
            if (outs.get(k).memory() != 0) {
                rowAddress(outBase[k], outs.get(k).number(), i, outputLocal[k]);
            }
        }
        Label lanes = c.newLabel();
        Label rowDone = c.newLabel();
        c.iload(row).iload(2).iadd().istore(end);
        c.iload(row).iload(3).iadd().istore(p);
        c.labelBinding(lanes).iload(p).iload(end).if_icmpge(rowDone);
        body();
        c.iinc(p, 1).goto_(lanes);
        c.labelBinding(rowDone).iload(end).istore(row).iinc(i, 1).goto_(rows);
        c.labelBinding(done).return_();
    }

    private int storeLong(String field, int number) {
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

    private void body() {
        List<Micro> code = program.code();
        for (int k = 0; k < code.size(); k++) {
            Micro m = code.get(k);
            if (m.op() == Micro.Op.CONST) {
                continue;
            }
            if (m.op() == Micro.Op.IN) {
                var in = program.inputs().get((int) m.imm());
                if (in.memory() == 0 && (in.form() == Form.ONE || in.form() == Form.ROW)) {
                    local[k] = inputLocal[(int) m.imm()];
                    continue;
                }
                input(in, inputLocal[(int) m.imm()]);
            } else {
                instruction(m);
            }
            local[k] = storeNew(m.kind());
        }
        for (int k = 0; k < program.outputs().size(); k++) {
            output(program.outputs().get(k), outputLocal[k]);
        }
    }

    private void input(PassProgram.Input in, int at) {
        if (in.memory() != 0) {
            memoryAddress(at, in.kind(), in.memory());
            memoryCall("get", in.kind(), in.memory());
            if (in.memory() < 4) {
                c.loadConstant(in.memory() == 1 ? 0xff : 0xffff).iand();
            }
            return;
        }
        c.aload(at).iload(p);
        if (in.form() == Form.LANE) {
            c.iload(row).isub();
        }
        loadElement(in.kind());
    }

    private void output(PassProgram.Output out, int at) {
        if (out.memory() != 0) {
            memoryAddress(at, out.kind(), out.memory());
            load(out.id());
            memoryCall("set", out.kind(), out.memory());
            return;
        }
        c.aload(at).iload(p);
        load(out.id());
        switch (out.kind()) {
            case F -> c.fastore();
            case D -> c.dastore();
            case L -> c.lastore();
            default -> c.iastore();
        }
    }

    /** Pushes segment, layout and the byte offset of lane {@code p - row} of the row that starts at local {@code at}. */
    private void memoryAddress(int at, Kind kind, int bytes) {
        String layout = layout(kind, bytes);
        c.getstatic(Emitter.FRAME, "ALL", SEGMENT).getstatic(LAYOUT, layout, layoutType(layout));
        c.lload(at).iload(p).iload(row).isub().i2l();
        if (bytes > 1) {
            c.loadConstant((long) bytes).lmul();
        }
        c.ladd();
    }

    private static String layout(Kind kind, int bytes) {
        return switch (bytes) {
            case 1 -> "JAVA_BYTE";
            case 2 -> "JAVA_SHORT_UNALIGNED";
            default -> switch (kind) {
                case F -> "JAVA_FLOAT_UNALIGNED";
                case D -> "JAVA_DOUBLE_UNALIGNED";
                case L -> "JAVA_LONG_UNALIGNED";
                default -> "JAVA_INT_UNALIGNED";
            };
        };
    }

    private static ClassDesc layoutType(String constant) {
        String t = constant.split("_")[1];
        return LAYOUT.nested("Of" + t.charAt(0) + t.substring(1).toLowerCase(Locale.ROOT));
    }

    private void memoryCall(String name, Kind kind, int bytes) {
        ClassDesc type = bytes == 1 ? CD_byte : bytes == 2 ? CD_short : Emitter.carrier(kind);
        ClassDesc layout = layoutType(layout(kind, bytes));
        if (name.equals("get")) {
            c.invokeinterface(SEGMENT, "get", MethodTypeDesc.of(type, layout, CD_long));
        } else {
            if (bytes == 1) {
                c.i2b();
            } else if (bytes == 2) {
                c.i2s();
            }
            c.invokeinterface(SEGMENT, "set", MethodTypeDesc.of(CD_void, layout, CD_long, type));
        }
    }

    private void loadElement(Kind k) {
        switch (k) {
            case F -> c.faload();
            case D -> c.daload();
            case L -> c.laload();
            default -> c.iaload();
        }
    }

    private static TypeKind type(Kind k) {
        return switch (k) {
            case F -> TypeKind.FLOAT;
            case D -> TypeKind.DOUBLE;
            case L -> TypeKind.LONG;
            default -> TypeKind.INT;
        };
    }

    private int storeNew(Kind k) {
        int at = c.allocateLocal(type(k));
        c.storeLocal(type(k), at);
        return at;
    }

    private void load(int id) {
        Micro m = program.code().get(id);
        if (m.op() != Micro.Op.CONST) {
            c.loadLocal(type(m.kind()), local[id]);
            return;
        }
        switch (m.kind()) {
            case F -> c.loadConstant(Float.intBitsToFloat((int) m.imm()));
            case D -> c.loadConstant(Double.longBitsToDouble(m.imm()));
            case L -> c.loadConstant(m.imm());
            default -> c.loadConstant((int) m.imm());
        }
    }

    private void instruction(Micro m) {
        Kind k = m.kind();
        switch (m.op()) {
            case EQ, LT, LE -> compare(m);
            case NOT -> {
                load(m.a());
                c.iconst_1().ixor();
            }
            case SEL -> {
                Label no = c.newLabel();
                Label end = c.newLabel();
                load(m.a());
                c.ifeq(no);
                load(m.b());
                c.goto_(end).labelBinding(no);
                load(m.c());
                c.labelBinding(end);
            }
            case CVT -> {
                load(m.a());
                convert(program.code().get(m.a()).kind(), k);
            }
            case BITS -> {
                load(m.a());
                switch (k) {
                    case F -> c.invokestatic(ClassDesc.of("java.lang.Float"), "intBitsToFloat", MethodTypeDesc.of(CD_float, CD_int));
                    case I -> c.invokestatic(ClassDesc.of("java.lang.Float"), "floatToRawIntBits", MethodTypeDesc.of(CD_int, CD_float));
                    case D -> c.invokestatic(ClassDesc.of("java.lang.Double"), "longBitsToDouble", MethodTypeDesc.of(CD_double, CD_long));
                    default -> c.invokestatic(ClassDesc.of("java.lang.Double"), "doubleToRawLongBits", MethodTypeDesc.of(CD_long, CD_double));
                }
            }
            case CALL -> {
                load(m.a());
                ClassDesc t = Emitter.carrier(k);
                if (m.b() >= 0) {
                    load(m.b());
                }
                c.invokestatic(HELPERS, m.call(), m.b() >= 0 ? MethodTypeDesc.of(t, t, t) : MethodTypeDesc.of(t, t));
            }
            case LOOKUP -> {
                ClassDesc t = CD_float.arrayType();
                c.getstatic(TABLES, m.call(), t);
                load(m.a());
                c.invokestatic(TABLES, "lookup", MethodTypeDesc.of(CD_float, t, CD_float));
            }
            case ABS, MAX, MIN, FMA -> {
                load(m.a());
                if (m.b() >= 0) {
                    load(m.b());
                }
                ClassDesc t = Emitter.carrier(k);
                String name = m.op().name().toLowerCase(Locale.ROOT);
                if (m.op() == Micro.Op.FMA) {
                    load(m.c());
                    c.invokestatic(MATH, name, MethodTypeDesc.of(t, t, t, t));
                } else {
                    c.invokestatic(MATH, name, m.b() >= 0 ? MethodTypeDesc.of(t, t, t) : MethodTypeDesc.of(t, t));
                }
            }
            case SQRT -> {
                load(m.a());
                if (k == Kind.F) {
                    c.f2d();
                }
                c.invokestatic(MATH, "sqrt", MethodTypeDesc.of(CD_double, CD_double));
                if (k == Kind.F) {
                    c.d2f();
                }
            }
            case SHL, SHR, USHR -> {
                load(m.a());
                if (m.b() < 0) {
                    c.loadConstant((int) m.imm());
                } else {
                    load(m.b());
                    if (k == Kind.L) {
                        c.l2i();
                    }
                }
                c.with(OperatorInstruction.of(opcode(m.op(), k)));
            }
            case NEG -> {
                load(m.a());
                c.with(OperatorInstruction.of(opcode(m.op(), k)));
            }
            default -> {
                load(m.a());
                load(m.b());
                c.with(OperatorInstruction.of(opcode(m.op(), k)));
            }
        }
    }

    private static Opcode opcode(Micro.Op op, Kind k) {
        String letter = switch (k) {
            case F -> "F";
            case D -> "D";
            case L -> "L";
            default -> "I";
        };
        return Opcode.valueOf(letter + op.name());
    }

    private void compare(Micro m) {
        Kind k = program.code().get(m.a()).kind();
        Label yes = c.newLabel();
        Label end = c.newLabel();
        load(m.a());
        load(m.b());
        switch (k) {
            // g and l differ in what a NaN compares to; for < and <= it must not be below
            case F -> c.fcmpg();
            case D -> c.dcmpg();
            case L -> c.lcmp();
            default -> { }
        }
        if (k == Kind.I || k == Kind.M) {
            switch (m.op()) {
                case EQ -> c.if_icmpeq(yes);
                case LT -> c.if_icmplt(yes);
                default -> c.if_icmple(yes);
            }
        } else {
            switch (m.op()) {
                case EQ -> c.ifeq(yes);
                case LT -> c.iflt(yes);
                default -> c.ifle(yes);
            }
        }
        c.iconst_0().goto_(end).labelBinding(yes).iconst_1().labelBinding(end);
    }

    private void convert(Kind from, Kind to) {
        switch (from) {
            case F -> {
                switch (to) {
                    case D -> c.f2d();
                    case I -> c.f2i();
                    case L -> c.f2l();
                    default -> throw new IllegalStateException(from + " to " + to);
                }
            }
            case D -> {
                switch (to) {
                    case F -> c.d2f();
                    case I -> c.d2i();
                    case L -> c.d2l();
                    default -> throw new IllegalStateException(from + " to " + to);
                }
            }
            case L -> {
                switch (to) {
                    case F -> c.l2f();
                    case D -> c.l2d();
                    case I -> c.l2i();
                    default -> throw new IllegalStateException(from + " to " + to);
                }
            }
            default -> {
                switch (to) {
                    case F -> c.i2f();
                    case D -> c.i2d();
                    case L -> c.i2l();
                    default -> { }
                }
            }
        }
    }
}
