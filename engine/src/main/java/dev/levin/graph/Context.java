package dev.levin.graph;

import dev.levin.type.DType;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What the current thread is recording: its trace, whether gradients are followed, the autocast policy, the layer.
 *
 * <p>Each thread has its own; nothing here is shared.
 */
public final class Context {
    private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

    private static final int MOST_NAMES = 16;

    private final Trace outer = new Trace("default", false);
    private final Map<String, History> histories = new HashMap<>();
    private Trace.Workspace spare;
    private boolean recalls = !"false".equals(System.getProperty("levin.recall"));
    private Trace trace = outer;
    private boolean gradEnabled = true;
    private boolean recordLines;
    private GradientObserver gradientObserver;
    private Autocast autocast;
    private Consumer<Composition> onComposition;
    private String path = "";
    private DType defaultDType = DType.F32;
    private long lastId;
    private final List<WeakReference<Variable>> unread = new ArrayList<>();

    private Context() {
    }

    public static Context current() {
        return CURRENT.get();
    }

    /** The step being recorded, or the thread's default trace. */
    public Trace trace() {
        return trace;
    }

    public Trace defaultTrace() {
        return outer;
    }

    /** Makes {@code step} the trace; null goes back to the default one. */
    public void enter(Trace step) {
        trace = step == null ? outer : step;
        if (trace.isStep() && recalls && !recordLines && onComposition == null) {
            if (histories.size() == MOST_NAMES && !histories.containsKey(step.name())) {
                histories.clear();
            }
            trace.follow(histories.computeIfAbsent(step.name(), _ -> new History()));
        }
    }

    /** Whether steps that repeat earlier ones are recognised while they are recorded; on unless {@code -Dlevin.recall=false}. */
    public boolean recalls() {
        return recalls;
    }

    public void setRecalls(boolean on) {
        recalls = on;
        if (!on) {
            trace.standAlone();
            histories.clear();
        }
    }

    Trace.Workspace takeSpace() {
        Trace.Workspace space = spare == null ? new Trace.Workspace() : spare;
        spare = null;
        return space;
    }

    void giveSpace(Trace.Workspace space) {
        spare = space;
    }

    /** What decides how nodes are made from the same inputs. */
    long mode() {
        return (gradEnabled ? 1 : 0) | (autocast == null ? 0 : 1 + autocast.lower().ordinal()) << 1 | (long) defaultDType.ordinal() << 16;
    }

    public boolean gradEnabled() {
        return gradEnabled;
    }

    public void setGradEnabled(boolean on) {
        gradEnabled = on;
    }

    public Autocast autocast() {
        return autocast;
    }

    public void setAutocast(Autocast policy) {
        autocast = policy;
    }

    /** Type of new float tensors when none is named; F32 unless a precision says otherwise. */
    public DType defaultDType() {
        return defaultDType;
    }

    public void setDefaultDType(DType dtype) {
        if (!dtype.isFloat()) {
            throw new IllegalArgumentException("the default dtype must be a float type, not " + dtype);
        }
        defaultDType = dtype;
    }

    /** Path of the layer that is running. */
    public String path() {
        return path;
    }

    public void setPath(String layerPath) {
        path = layerPath;
    }

    /** Whether nodes remember the user's line (about a microsecond a node). */
    public boolean recordsLines() {
        return recordLines;
    }

    public void setRecordLines(boolean on) {
        recordLines = on;
        trace.standAlone();
    }

    /** Remembers a variable whose initial value nobody has asked for yet. */
    public void addUnread(Variable variable) {
        unread.add(new WeakReference<>(variable));
        trace.forbidRepeat();
    }

    /** The remembered variables that are still in use; forgets them. */
    public List<Variable> takeUnread() {
        if (unread.isEmpty()) {
            return List.of();
        }
        List<Variable> all = unread.stream().map(WeakReference::get).filter(Objects::nonNull).toList();
        unread.clear();
        return all;
    }

    /** Sees every gradient of a backward pass; null for nobody. */
    public GradientObserver gradientObserver() {
        return gradientObserver;
    }

    public void setGradientObserver(GradientObserver observer) {
        gradientObserver = observer;
    }

    /** Hears of every function that is recorded as several primitives; null for nobody. */
    public Consumer<Composition> onComposition() {
        return onComposition;
    }

    public void setOnComposition(Consumer<Composition> listener) {
        onComposition = listener;
        trace.standAlone();
    }

    /** Leaves ids free for nodes that are not made; returns the last one before them. */
    long skipIds(int nodes) {
        long before = lastId;
        lastId += nodes;
        return before;
    }

    long nextId(Node[] inputs) {
        long id = lastId;
        for (Node n : inputs) {
            id = Math.max(id, n.id());
        }
        return lastId = id + 1;
    }
}
