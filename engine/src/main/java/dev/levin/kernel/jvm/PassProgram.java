package dev.levin.kernel.jvm;

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
     * @param memory 0 for the scratch array {@code number} of {@code kind}; else the element size in bytes of the access
     *     {@code number}, read as raw bits (1 and 2 bytes zero-extended into I)
     */
    record Input(Form form, Kind kind, int memory, int number) {
    }

    /** Array or memory (as for inputs) that receives the instruction {@code id}; 1 and 2 bytes take the low bits of I. */
    record Output(Kind kind, int memory, int number, int id) {
    }
}
