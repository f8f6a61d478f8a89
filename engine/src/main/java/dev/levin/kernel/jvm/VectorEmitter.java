package dev.levin.kernel.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;

final class VectorEmitter {
    VectorEmitter(CodeBuilder c, PassProgram program, int bits, ClassDesc self, String scalar) {
    }

    static boolean supports(PassProgram program, int bits) {
        return false;
    }

    void emit() {
    }
}
