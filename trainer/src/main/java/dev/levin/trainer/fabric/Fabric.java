package dev.levin.trainer.fabric;

import dev.levin.nn.Layer;
import dev.levin.nn.Module;
import dev.levin.optim.Optimizer;
import dev.levin.precision.Precision;
import dev.levin.strategies.Accelerators;
import dev.levin.strategies.Strategies;
import dev.levin.strategies.Strategy;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.CheckpointStore;
import dev.levin.trainer.Gradients;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Placements;
import dev.levin.trainer.Seeds;
import dev.levin.trainer.Transfers;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The parts of a Trainer for a loop of one's own.
 *
 * {@snippet :
 * try (var fabric = Fabric.builder().accelerator("auto").precision("16-mixed").launch()) {
 *     var model = fabric.setup(new Net());
 *     var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
 *     for (var batch : fabric.setup(new DataLoader<>(train, 64).shuffle())) {
 *         Tensor loss = Losses.crossEntropy(model.forward(batch.input()), batch.target());
 *         fabric.backward(loss);
 *         optimizer.step();
 *         optimizer.zeroGrad();
 *     }
 * }
 * }
 *
 * <p>Everything between two optimizer steps becomes one program, as in a Trainer.
 */
public final class Fabric implements AutoCloseable {
    private final Strategy strategy;
    private final Precision precision;
    private final List<Logger> loggers;
    private final List<Object> callbacks;
    private final Set<Object> known = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean open = true;

    private Fabric(Builder b) {
        strategy = b.strategy != null ? b.strategy : Strategies.of(b.strategyName, Accelerators.resolve(b.accelerator, b.devices, b.nodes));
        precision = b.precision != null ? b.precision : Placements.precision(b.precisionName, strategy.rootDevice());
        loggers = List.copyOf(b.loggers);
        callbacks = List.copyOf(b.callbacks);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Flags of a Fabric; the defaults are one device, found by itself, in {@code 32-true}. */
    public static final class Builder {
        private String accelerator = "auto";
        private String strategyName = "auto";
        private Strategy strategy;
        private String devices = "auto";
        private int nodes = 1;
        private String precisionName = "32-true";
        private Precision precision;
        private final List<Logger> loggers = new ArrayList<>();
        private final List<Object> callbacks = new ArrayList<>();

        private Builder() {
        }

        /** {@code auto}, {@code cpu}, {@code cuda} or {@code gpu}. */
        public Builder accelerator(String name) {
            accelerator = name;
            return this;
        }

        public Builder strategy(String name) {
            strategyName = name;
            return this;
        }

        public Builder strategy(Strategy object) {
            strategy = object;
            return this;
        }

        public Builder devices(int n) {
            return devices(Integer.toString(n));
        }

        public Builder devices(String text) {
            devices = text;
            return this;
        }

        public Builder numNodes(int n) {
            nodes = n;
            return this;
        }

        /** A name as the Trainer takes it. */
        public Builder precision(String name) {
            Precision.of(name);
            precisionName = name;
            return this;
        }

        public Builder precision(Precision object) {
            precision = object;
            return this;
        }

        public Builder loggers(Logger... more) {
            loggers.addAll(List.of(more));
            return this;
        }

        /** Objects with methods that {@link Fabric#call} calls by name. */
        public Builder callbacks(Object... more) {
            callbacks.addAll(List.of(more));
            return this;
        }

        /**
         * Opens the devices. The variables {@code LEVIN_FABRIC_ACCELERATOR, _STRATEGY, _DEVICES, _NUM_NODES, _PRECISION} fill in flags that
         * were left at their defaults.
         *
         * @throws IllegalStateException if a variable contradicts a flag
         */
        public Fabric launch() {
            return launch(System.getenv());
        }

        Fabric launch(Map<String, String> environment) {
            accelerator = merged("accelerator", accelerator, "auto", environment);
            strategyName = merged("strategy", strategyName, "auto", environment);
            devices = merged("devices", devices, "auto", environment);
            nodes = Integer.parseInt(merged("num_nodes", Integer.toString(nodes), "1", environment));
            precisionName = merged("precision", precisionName, "32-true", environment);
            return new Fabric(this);
        }

        private static String merged(String flag, String given, String untouched, Map<String, String> environment) {
            String variable = "LEVIN_FABRIC_" + flag.toUpperCase(java.util.Locale.ROOT);
            String other = environment.get(variable);
            if (other == null || other.equals(given)) {
                return given;
            }
            if (!given.equals(untouched)) {
                throw new IllegalStateException(flag + " is '" + given + "' in the program, and '" + other + "' in " + variable + "; leave one of them out");
            }
            return other;
        }

        /** Launches, runs {@code body}, closes. */
        public <R> R run(java.util.function.Function<Fabric, R> body) {
            try (Fabric fabric = launch()) {
                return body.apply(fabric);
            }
        }
    }

    // ---- setting up ---------------------------------------------------------------------------------------------------

    private <T> T once(T object) {
        if (!open) {
            throw new IllegalStateException("this Fabric is closed");
        }
        if (object instanceof FabricLayer<?> || object instanceof FabricOptimizer || !known.add(object)) {
            throw new IllegalStateException("this " + object.getClass().getSimpleName() + " has been set up already; use what setup gave back");
        }
        return object;
    }

    /** Brings a model to the device and into the working dtype; before its optimizer is made. */
    public <M extends Layer> FabricLayer<M> setup(M model) {
        once(model);
        precision.convertModule(model);
        strategy.setup(model);
        if (model instanceof LightningModule<?> m) {
            Transfers.attach(m, new ModuleHost(this));
        }
        return new FabricLayer<>(model, precision);
    }

    /** A model and its optimizer, set up together. */
    public record Pair<M extends Layer>(FabricLayer<M> model, FabricOptimizer optimizer) {}

    /** A model with an optimizer of its parameters; their values stay the ones the optimizer knows. */
    public <M extends Layer> Pair<M> setup(M model, Optimizer optimizer) {
        return new Pair<>(setup(model), setup(optimizer));
    }

    public FabricOptimizer setup(Optimizer optimizer) {
        return new FabricOptimizer(this, once(optimizer));
    }

    /** A loader whose batches are brought to the device. */
    public <B> Iterable<B> setup(Iterable<B> loader) {
        return new FabricLoader<>(once(loader), this::toDevice);
    }

    /** A batch, or anything with tensors in it, on the device and in the working dtype. */
    public <T> T toDevice(T value) {
        return Transfers.toDevice(value, strategy.rootDevice(), precision);
    }

    /** Makes a model directly in the working dtype. */
    public <M extends Module> M initModule(Supplier<M> make) {
        return precision.dtype() == DType.F32 ? make.get() : precision.forward(make);
    }

    /** Makes a tensor directly in the working dtype. */
    public Tensor initTensor(Supplier<Tensor> make) {
        return toDevice(precision.forward(make));
    }

    // ---- training -----------------------------------------------------------------------------------------------------

    /** Gradients of a loss, scaled as the precision needs. */
    public void backward(Tensor loss) {
        precision.scale(loss).backward();
    }

    /** Runs a block with the precision's casts. */
    public <T> T autocast(Supplier<T> body) {
        return precision.forward(body);
    }

    /** Limits every gradient element to [-limit, limit]. */
    public void clipGradientsByValue(FabricOptimizer optimizer, double limit) {
        optimizer.prepare();
        Gradients.clipByValue(optimizer.parameters(), limit);
    }

    /**
     * Scales gradients down to a total L2 norm.
     *
     * @return the norm before
     */
    public Tensor clipGradients(FabricOptimizer optimizer, double maxNorm) {
        return clipGradients(optimizer, maxNorm, 2, true);
    }

    /**
     * Scales gradients down to a total norm.
     *
     * @param normType such as 2, or infinity
     * @param errorIfNonFinite whether a norm that is NaN or infinite is an error; finding out waits for the device
     * @return the norm before
     */
    public Tensor clipGradients(FabricOptimizer optimizer, double maxNorm, double normType, boolean errorIfNonFinite) {
        optimizer.prepare();
        List<Parameter> parameters = optimizer.parameters();
        Tensor norm = Gradients.norm(parameters, normType);
        if (norm == null) {
            return Tensor.scalar(0);
        }
        if (errorIfNonFinite && !precision.name().equals("16-mixed") && !Double.isFinite(norm.item())) {
            throw new ArithmeticException("the total norm of the gradients is " + norm.item() + ", so they can't be clipped; look for NaN in the inputs, "
                    + "lower the learning rate, or allow it with errorIfNonFinite=false");
        }
        Gradients.scaleToNorm(parameters, norm, maxNorm);
        return norm;
    }

    /** Leaves gradients of other ranks out while {@code body} accumulates; with one rank just runs it. */
    public <T> T noBackwardSync(boolean enabled, Supplier<T> body) {
        return body.get();
    }

    // ---- collectives --------------------------------------------------------------------------------------------------

    public void barrier() {
        strategy.barrier("fabric");
    }

    public <T> T broadcast(T value) {
        return strategy.broadcast(value, 0);
    }

    public Tensor allGather(Tensor value) {
        return strategy.allGather(value);
    }

    public Tensor allReduce(Tensor value, Strategy.Reduction op) {
        return strategy.reduce(value, op);
    }

    /** Runs on rank zero first, then on the others. */
    public <T> T rankZeroFirst(Supplier<T> body) {
        if (!isGlobalZero()) {
            barrier();
        }
        T result = body.get();
        if (isGlobalZero()) {
            barrier();
        }
        return result;
    }

    /** Prints once, whatever the number of processes. */
    public void print(Object line) {
        if (isGlobalZero()) {
            System.out.println(line);
        }
    }

    // ---- logging and callbacks ----------------------------------------------------------------------------------------

    /** Sends a value to the loggers; a tensor is read, which waits for the device. */
    public void log(String name, Object value, long step) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put(name, value);
        logDict(one, step);
    }

    public void logDict(Map<String, ?> values, long step) {
        Map<String, Double> row = new LinkedHashMap<>();
        values.forEach((k, v) -> row.put(k, switch (v) {
            case Number n -> n.doubleValue();
            case Tensor t -> t.item();
            case null, default -> throw new IllegalArgumentException("'" + k + "' = " + v + " can't be logged; log a number or a tensor of one element");
        }));
        loggers.forEach(l -> {
            l.logMetrics(row, step);
            l.save();
        });
    }

    /** Calls a method of that name, with these arguments, on every callback that has one. */
    public void call(String hook, Object... arguments) {
        for (Object c : callbacks) {
            for (Method m : c.getClass().getMethods()) {
                if (m.getName().equals(hook) && fits(m, arguments)) {
                    invoke(c, m, arguments);
                    break;
                }
            }
        }
    }

    private static boolean fits(Method m, Object[] arguments) {
        Class<?>[] types = m.getParameterTypes();
        if (types.length != arguments.length) {
            return false;
        }
        for (int i = 0; i < types.length; i++) {
            if (arguments[i] != null && !java.lang.invoke.MethodType.methodType(types[i]).wrap().returnType().isInstance(arguments[i])) {
                return false;
            }
        }
        return true;
    }

    private static void invoke(Object target, Method m, Object[] arguments) {
        try {
            m.trySetAccessible();
            m.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            switch (e.getCause()) {
                case RuntimeException r -> throw r;
                case Error r -> throw r;
                default -> throw new IllegalStateException("the callback " + target.getClass().getName() + "." + m.getName() + " failed", e.getCause());
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("the callback method " + m + " is not accessible; make its class public", e);
        }
    }

    // ---- checkpoints --------------------------------------------------------------------------------------------------

    /**
     * Writes models, optimizers, loaders, tensors and plain values into one file, atomically.
     *
     * @param state names to {@link FabricLayer}, {@link Module}, {@link FabricOptimizer}, {@link Optimizer}, tensors, numbers, strings,
     *     lists and maps
     */
    public void save(Path file, Map<String, ?> state) {
        save(file, state, Map.of());
    }

    /**
     * As {@link #save(Path, Map)}, leaving entries out.
     *
     * @param filter by name of an entry of {@code state}: which of its own keys are written, such as those of a state dict
     */
    public void save(Path file, Map<String, ?> state, Map<String, java.util.function.BiPredicate<String, Object>> filter) {
        filter.keySet().forEach(k -> {
            if (!state.containsKey(k)) {
                throw new IllegalArgumentException("the filter '" + k + "' is for no entry of the state; there are " + state.keySet());
            }
        });
        if (isGlobalZero()) {
            Map<String, Object> content = new LinkedHashMap<>();
            state.forEach((k, v) -> content.put(k, FabricState.filtered(FabricState.save(v), filter.get(k))));
            CheckpointStore.write(file, content);
        }
        barrier();
    }

    /**
     * Loads a file into the objects of {@code state} in place.
     *
     * @param strict whether every name must be in the file
     * @return the entries of the file that {@code state} does not name, and those that are plain values
     */
    public Map<String, Object> load(Path file, Map<String, ?> state, boolean strict) {
        Map<String, Object> content = new LinkedHashMap<>(CheckpointStore.read(file));
        state.forEach((name, target) -> {
            if (!content.containsKey(name)) {
                if (strict) {
                    throw new IllegalArgumentException(file + " has no entry '" + name + "'; it has " + content.keySet());
                }
                return;
            }
            if (FabricState.load(target, content.get(name))) {
                content.remove(name);
            }
        });
        return content;
    }

    public Map<String, Object> load(Path file, Map<String, ?> state) {
        return load(file, state, true);
    }

    /** Everything in a file. */
    public Map<String, Object> loadRaw(Path file) {
        return CheckpointStore.read(file);
    }

    // ---- what can be asked --------------------------------------------------------------------------------------------

    /** Starts the random numbers of this thread from a seed. */
    public long seedEverything(long seed) {
        return Seeds.everything(seed);
    }

    public Device device() {
        return strategy.rootDevice();
    }

    public int worldSize() {
        return strategy.worldSize();
    }

    public int globalRank() {
        return strategy.globalRank();
    }

    public int localRank() {
        return strategy.localRank();
    }

    public int nodeRank() {
        return strategy.nodeRank();
    }

    public boolean isGlobalZero() {
        return strategy.isGlobalZero();
    }

    public Strategy strategy() {
        return strategy;
    }

    public Precision precision() {
        return precision;
    }

    public List<Logger> loggers() {
        return loggers;
    }

    @Override
    public void close() {
        open = false;
        loggers.forEach(l -> l.finalizeRun(Logger.Status.SUCCESS));
        strategy.close();
    }
}
