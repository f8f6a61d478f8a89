package dev.levin.trainer;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGINT and SIGTERM into a request to stop, while a run is on. The second signal of a kind gets its previous handling
 * back, so that a process that hangs can still be ended.
 *
 * <p>The JDK's signal class is reached by reflection: it is in jdk.unsupported, which a run without signals must not need.
 */
final class Signals implements AutoCloseable {
    private final Map<Object, Object> previous = new LinkedHashMap<>();
    private Method handle;

    /** @param names without SIG */
    Signals(Consumer<String> onSignal, List<String> names) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            handle = signal.getMethod("handle", signal, handler);
            for (String name : names) {
                Object s = signal.getConstructor(String.class).newInstance(name);
                InvocationHandler invoked = (proxy, method, args) -> switch (method.getName()) {
                    case "handle" -> {
                        onSignal.accept("SIG" + name);
                        restore(s);
                        yield null;
                    }
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == args[0];
                    default -> "stops the run at SIG" + name;
                };
                Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, invoked);
                previous.put(s, handle.invoke(null, s, proxy));
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LoggerFactory.getLogger(Trainer.class).debug("signals are not handled: {}", e.toString());
        }
    }

    private synchronized void restore(Object signal) {
        Object before = previous.remove(signal);
        if (before != null) {
            try {
                handle.invoke(null, signal, before);
            } catch (ReflectiveOperationException e) {
                LoggerFactory.getLogger(Trainer.class).debug("a signal handler could not be restored: {}", e.toString());
            }
        }
    }

    @Override
    public void close() {
        new java.util.ArrayList<>(previous.keySet()).forEach(this::restore);
    }
}
