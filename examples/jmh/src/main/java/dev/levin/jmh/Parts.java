package dev.levin.jmh;

import dev.levin.tensor.Generator;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** What the benchmarks share. */
final class Parts {
    /** Operations in one step. */
    static final int MANY = 8;

    private Parts() {
    }

    /** Numbers of a normal distribution, on the device. */
    static Tensor normal(int... shape) {
        Tensor t = Step.run("data", () -> Tensor.randn(shape));
        t.toHost();
        return t;
    }

    static Tensor[] several(int... shape) {
        Generator.global().manualSeed(1);
        return Stream.generate(() -> normal(shape)).limit(MANY).toArray(Tensor[]::new);
    }

    /** One step that does the same to each. */
    static List<Tensor> each(String name, Tensor[] operands, UnaryOperator<Tensor> work) {
        return Step.run(name, () -> Arrays.stream(operands).map(work).toList());
    }

    static int[] sizes(String text) {
        return Arrays.stream(text.split("x")).mapToInt(Integer::parseInt).toArray();
    }
}
