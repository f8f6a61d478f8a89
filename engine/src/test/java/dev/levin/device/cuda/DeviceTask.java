package dev.levin.device.cuda;

import dev.levin.check.Fuzzer;
import dev.levin.device.Backends;
import dev.levin.device.cpu.Runner;
import dev.levin.plan.Models;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.type.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Work of the engine's own tests for {@link OnHostCuda}. */
public final class DeviceTask {
    private DeviceTask() {
    }

    /**
     * {@code models}: two steps of each model; {@code images}: convolutions and poolings of both layouts; {@code fuzz FROM TO}:
     * programs of these seeds against the interpreter.
     */
    public static List<String> run(String... arguments) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "models" -> models();
                case "images" -> {
                    DeviceBehaviour.images(Backends.get(Device.CPU));
                    DeviceBehaviour.chain(Backends.get(Device.CPU));
                }
                case "fuzz" -> {
                    Fuzzer fuzzer = new Fuzzer(() -> Backends.get(Device.CPU));
                    for (long seed = Long.parseLong(arguments[i + 1]); seed < Long.parseLong(arguments[i + 2]); seed++) {
                        Fuzzer.Failure f = fuzzer.check(seed);
                        if (f != null) {
                            wrong.add(f.toString());
                        }
                    }
                    i += 2;
                }
                default -> throw new IllegalArgumentException(arguments[i]);
            }
        }
        return wrong;
    }

    private static void train(Supplier<Models.Training> model, Tensor x) {
        Models.Training t = model.get();
        var runner = new Runner(Backends.get(Device.CPU));
        for (int i = 0; i < 2; i++) {
            runner.step(() -> t.step(x));
        }
    }

    private static void models() {
        Generator.global().manualSeed(1);
        Models m = new Models();
        train(() -> Models.mlp(16, m.labels(10, 16)), m.data(16, 784));
        train(() -> Models.cnn(m.labels(10, 2)), m.data(2, 1, 28, 28));
        train(() -> Models.resnet(5, m.labels(10, 3)), m.data(3, 3, 8, 8));
        train(() -> Models.gpt(2, 8, 16, 2, 30, m.labels(30, 16)), m.labels(30, 2, 8));
        train(() -> Models.gptDeep(2, 2, 64, 64, 4, 65, m.labels(65, 128)), m.labels(65, 2, 64));
    }
}
