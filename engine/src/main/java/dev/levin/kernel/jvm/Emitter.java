package dev.levin.kernel.jvm;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Generates one hidden class for the passes of a kernel. */
final class Emitter {
    static final ClassDesc FRAME = ClassDesc.of("dev.levin.kernel.jvm.Frame");
    private static final ClassDesc BASE = ClassDesc.of("dev.levin.kernel.jvm.PassCode");
    static final MethodTypeDesc PASS = MethodTypeDesc.of(CD_void, FRAME, CD_int, CD_int);
    static final MethodTypeDesc SCALAR_PASS = MethodTypeDesc.of(CD_void, FRAME, CD_int, CD_int, CD_int);

    private Emitter() {
    }

    /**
     * Defines a class named {@code name} in this package.
     *
     * @param vectorBits width of the vector registers to use, 0 for scalar code only
     */
    static PassCode define(String name, List<PassProgram> passes, int vectorBits) {
        try {
            var lookup = MethodHandles.lookup().defineHiddenClass(bytes(name, passes, vectorBits), true);
            return (PassCode) lookup.findConstructor(lookup.lookupClass(), MethodType.methodType(void.class)).invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("generated code for " + name + " was rejected: " + passes, e);
        }
    }

    static byte[] bytes(String name, List<PassProgram> passes, int vectorBits) {
        ClassDesc self = ClassDesc.of("dev.levin.kernel.jvm." + name);
        return ClassFile.of().build(self, cb -> {
            cb.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER).withSuperclass(BASE);
            cb.withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, 0,
                    c -> c.aload(0).invokespecial(BASE, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void).return_());
            var entry = new ArrayList<String>();
            for (int p = 0; p < passes.size(); p++) {
                int at = p;
                PassProgram program = passes.get(p);
                cb.withMethodBody("scalar" + p, SCALAR_PASS, ClassFile.ACC_STATIC,
                        c -> new ScalarEmitter(c, program).emit());
                boolean vector = vectorBits != 0 && VectorEmitter.supports(program, vectorBits);
                if (vector) {
                    cb.withMethodBody("vector" + p, PASS, ClassFile.ACC_STATIC,
                            c -> new VectorEmitter(c, program, vectorBits, self, "scalar" + at).emit());
                }
                entry.add((vector ? "vector" : "scalar") + p);
            }
            cb.withMethodBody("run", MethodTypeDesc.of(CD_void, CD_int, FRAME, CD_int, CD_int), 0,
                    c -> dispatch(c, self, entry));
        });
    }

    private static void dispatch(CodeBuilder c, ClassDesc self, List<String> entry) {
        var cases = new ArrayList<SwitchCase>();
        var labels = new ArrayList<Label>();
        Label none = c.newLabel();
        for (int p = 0; p < entry.size(); p++) {
            labels.add(c.newLabel());
            cases.add(SwitchCase.of(p, labels.get(p)));
        }
        if (!entry.isEmpty()) {
            c.iload(1).tableswitch(0, entry.size() - 1, none, cases);
        }
        for (int p = 0; p < entry.size(); p++) {
            c.labelBinding(labels.get(p)).aload(2).iload(3).iload(4);
            if (entry.get(p).startsWith("scalar")) {
                c.iconst_0().invokestatic(self, entry.get(p), SCALAR_PASS);
            } else {
                c.invokestatic(self, entry.get(p), PASS);
            }
            c.return_();
        }
        c.labelBinding(none).return_();
    }

    /** Primitive that carries a kind in scalar code. */
    static ClassDesc carrier(Kind k) {
        return switch (k) {
            case F -> CD_float;
            case D -> CD_double;
            case I -> CD_int;
            case L -> CD_long;
            case M -> CD_boolean;
        };
    }

    /** Name of the frame field that holds the arrays of a kind. */
    static String field(Kind k) {
        return k.name().toLowerCase(Locale.ROOT);
    }

    /** Pushes {@code frame.<kind>[number]}; the frame is local 0. */
    static void array(CodeBuilder c, Kind k, int number) {
        c.aload(0).getfield(FRAME, field(k), carrier(k).arrayType(2)).loadConstant(number).aaload();
    }

    /** Pushes {@code frame.<name>[number]}, a long. */
    static void longs(CodeBuilder c, String name, int number) {
        c.aload(0).getfield(FRAME, name, CD_long.arrayType()).loadConstant(number).laload();
    }
}
