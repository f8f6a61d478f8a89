package dev.levin.io;

import static dev.levin.io.Pickle.*;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Reads one pickle into plain values: null, Boolean, Long, BigInteger, Double, String, byte[], {@link List},
 * {@link Tuple}, {@link Map}, {@link java.util.Set}. The pickle machine's calls are never made: whatever a pickle wants
 * imported or called goes to {@link Globals}, which knows a fixed list of harmless names.
 */
final class PickleReader {
    /** Gives meaning to names, calls and persistent ids. */
    interface Globals {
        /** A class or function that the pickle names. */
        Object find(String module, String name) throws IOException;

        /** The result of calling (or instantiating) {@code function}. */
        Object call(Object function, List<Object> arguments) throws IOException;

        /** Sets the state of an object that {@link #call} made. */
        void build(Object target, Object state) throws IOException;

        /** An object stored outside the pickle. */
        Object persistent(Object id) throws IOException;
    }

    private static final int MAX_TUPLE_KEYS = 10_000;
    private static final int MAX_OPEN_MARKS = 100_000;
    private static final int FREE_OBJECTS = 10_000;
    private static final Tuple NOTHING = new Tuple(List.of());

    private final PickleInput in;
    private final Globals globals;
    /** Objects 0, 1, 2... as writers number them; others by number. */
    private final List<Object> memo = new ArrayList<>();
    private final Map<Long, Object> sparseMemo = new HashMap<>();
    private final List<List<Object>> outer = new ArrayList<>();
    private List<Object> stack = new ArrayList<>();
    private int tupleKeys;
    private long objects;

    PickleReader(PickleInput in, Globals globals) {
        this.in = in;
        this.globals = globals;
    }

    /** Reads up to and including STOP. */
    Object read() throws IOException {
        while (true) {
            int op = in.u8();
            if (op == STOP) {
                return pop();
            }
            step(op);
        }
    }

    private void step(int op) throws IOException {
        switch (op) {
            case PROTO -> {
                int version = in.u8();
                if (version > 5) {
                    throw in.wrong("pickle protocol " + version + "; 0 to 5 are supported");
                }
            }
            case FRAME -> in.frame();
            case MARK -> {
                if (outer.size() >= MAX_OPEN_MARKS) {
                    throw in.wrong("more than " + MAX_OPEN_MARKS + " marks are open");
                }
                outer.add(stack);
                stack = new ArrayList<>();
            }
            case POP -> {
                if (stack.isEmpty()) {
                    popMark();
                } else {
                    pop();
                }
            }
            case POP_MARK -> popMark();
            case DUP -> push(top());
            case NONE, NEWTRUE, NEWFALSE, INT, LONG, LONG1, LONG4, BININT, BININT1, BININT2, FLOAT, BINFLOAT -> number(op);
            case STRING, BINSTRING, SHORT_BINSTRING, UNICODE, BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, BINBYTES,
                    SHORT_BINBYTES, BINBYTES8, BYTEARRAY8 -> text(op);
            case EMPTY_LIST -> push(made(new ArrayList<>(0)));
            case EMPTY_TUPLE -> push(NOTHING);
            case EMPTY_DICT -> push(made(new LinkedHashMap<>()));
            case EMPTY_SET -> push(made(new LinkedHashSet<>()));
            case LIST -> push(popMark());
            case TUPLE -> push(new Tuple(popMark()));
            case TUPLE1, TUPLE2, TUPLE3 -> push(made(new Tuple(popLast(op - TUPLE1 + 1))));
            case DICT -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                putAll(map, popMark());
                push(map);
            }
            case FROZENSET -> push(set(popMark()));
            case APPEND -> append(popLast(1));
            case APPENDS -> append(popMark());
            case SETITEM -> setItems(popLast(2));
            case SETITEMS -> setItems(popMark());
            case ADDITEMS -> addItems(popMark());
            case PUT -> remember(index(in.line()));
            case BINPUT -> remember(in.u8());
            case LONG_BINPUT -> remember(in.u32());
            case MEMOIZE -> remember(memo.size() + sparseMemo.size());
            case GET -> push(recall(index(in.line())));
            case BINGET -> push(recall(in.u8()));
            case LONG_BINGET -> push(recall(in.u32()));
            default -> object(op);
        }
    }

    private void number(int op) throws IOException {
        push(switch (op) {
            case NONE -> null;
            case NEWTRUE -> true;
            case NEWFALSE -> false;
            case INT, LONG -> in.decimal(in.line());
            case LONG1 -> in.integer(in.u8());
            case LONG4 -> in.integer(in.i32());
            case BININT -> (long) in.i32();
            case BININT1 -> (long) in.u8();
            case BININT2 -> (long) in.u16();
            case FLOAT -> in.floating(in.line());
            default -> in.f64();
        });
    }

    private void text(int op) throws IOException {
        push(switch (op) {
            case STRING -> quoted(in.latinLine());
            case BINSTRING -> in.utf8(in.bytes(in.i32()));
            case SHORT_BINSTRING, SHORT_BINUNICODE -> in.utf8(in.bytes(in.u8()));
            case UNICODE -> in.unescape(in.latinLine(), true);
            case BINUNICODE -> in.utf8(in.bytes(in.u32()));
            case BINUNICODE8 -> in.utf8(in.bytes(in.i64()));
            case BINBYTES -> in.bytes(in.u32());
            case SHORT_BINBYTES -> in.bytes(in.u8());
            default -> in.bytes(in.i64());
        });
    }

    private String quoted(String line) throws IOException {
        char q = line.length() < 2 ? 0 : line.charAt(0);
        if (q != '\'' && q != '"' || line.charAt(line.length() - 1) != q) {
            throw in.wrong("a string lacks its quotes");
        }
        return in.unescape(line.substring(1, line.length() - 1), false);
    }

    private void object(int op) throws IOException {
        switch (op) {
            case GLOBAL -> push(globals.find(in.line(), in.line()));
            case STACK_GLOBAL -> {
                List<Object> names = popLast(2);
                if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
                    throw in.wrong("a global is not named by two strings");
                }
                push(globals.find(module, name));
            }
            case REDUCE, NEWOBJ -> {
                List<Object> call = popLast(2);
                push(made(globals.call(call.get(0), arguments(call.get(1)))));
            }
            case NEWOBJ_EX -> {
                List<Object> call = popLast(3);
                List<Object> arguments = new ArrayList<>(arguments(call.get(1)));
                if (!(call.get(2) instanceof Map<?, ?> named)) {
                    throw in.wrong("named arguments are not a dictionary");
                }
                if (!named.isEmpty()) {
                    arguments.add(named);
                }
                push(globals.call(call.get(0), arguments));
            }
            case INST -> {
                Object type = globals.find(in.line(), in.line());
                push(globals.call(type, popMark()));
            }
            case OBJ -> {
                List<Object> items = popMark();
                if (items.isEmpty()) {
                    throw in.wrong("an object lacks its class");
                }
                push(globals.call(items.getFirst(), new ArrayList<>(items.subList(1, items.size()))));
            }
            case BUILD -> {
                Object state = pop();
                globals.build(top(), state);
            }
            case PERSID -> push(globals.persistent(in.line()));
            case BINPERSID -> push(globals.persistent(pop()));
            case EXT1, EXT2, EXT4 -> throw in.wrong("extension codes name classes by number, which only the writer knows");
            case NEXT_BUFFER, READONLY_BUFFER -> throw in.wrong("out-of-band buffers are not supported");
            default -> throw in.wrong(String.format("unknown opcode 0x%02x", op));
        }
    }

    private List<Object> arguments(Object tuple) throws IOException {
        if (!(tuple instanceof Tuple t)) {
            throw in.wrong("the arguments of a call are not a tuple");
        }
        return t.items();
    }

    private void append(List<Object> items) throws IOException {
        switch (top()) {
            case List<?> list -> castList(list).addAll(items);
            case Opaque o -> o.elements().addAll(items);
            case null, default -> throw in.wrong("items are appended to something that is not a list");
        }
    }

    private void setItems(List<Object> pairs) throws IOException {
        switch (top()) {
            case Map<?, ?> map -> putAll(castMap(map), pairs);
            case Opaque o -> putAll(o.entries(), pairs);
            case null, default -> throw in.wrong("items are set in something that is not a dictionary");
        }
    }

    private void addItems(List<Object> items) throws IOException {
        switch (top()) {
            case LinkedHashSet<?> set -> castList(set).addAll(set(items));
            case Opaque o -> o.elements().addAll(items);
            case null, default -> throw in.wrong("items are added to something that is not a set");
        }
    }

    private void putAll(Map<Object, Object> map, List<Object> pairs) throws IOException {
        if (pairs.size() % 2 != 0) {
            throw in.wrong("a dictionary has a key without a value");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            map.put(key(pairs.get(i)), pairs.get(i + 1));
        }
    }

    private LinkedHashSet<Object> set(List<Object> items) throws IOException {
        LinkedHashSet<Object> set = new LinkedHashSet<>();
        for (Object o : items) {
            set.add(key(o));
        }
        return set;
    }

    /**
     * A value whose hash is cheap and finite. Nested tuples could make it exponential, and many tuples of one hash
     * would make a map quadratic.
     */
    private Object key(Object o) throws IOException {
        if (o instanceof Tuple t && t.size() <= 64 && t.items().stream().allMatch(PickleReader::isScalar)) {
            if (++tupleKeys > MAX_TUPLE_KEYS) {
                throw in.wrong("more than " + MAX_TUPLE_KEYS + " tuples are used as keys");
            }
        } else if (!isScalar(o) && !(o instanceof Opaque)) {
            throw in.wrong("a key or set element is neither a string, a number nor a small tuple of those");
        }
        return o;
    }

    static boolean isScalar(Object o) {
        return o == null || o instanceof String || o instanceof Long || o instanceof Boolean || o instanceof Double
                || o instanceof BigInteger || o instanceof Enum;
    }

    private long index(String text) throws IOException {
        if (!(in.decimal(text) instanceof Long i)) {
            throw in.wrong("a memo index is not a number");
        }
        return i;
    }

    private void remember(long index) throws IOException {
        Object value = top();
        if (index == memo.size()) {
            memo.add(value);
        } else if (index >= 0 && index < memo.size()) {
            memo.set((int) index, value);
        } else {
            sparseMemo.put(index, value);
        }
    }

    private Object recall(long index) throws IOException {
        if (index >= 0 && index < memo.size()) {
            return memo.get((int) index);
        }
        Object value = sparseMemo.get(index);
        if (value == null && !sparseMemo.containsKey(index)) {
            throw in.wrong("memo " + index + " was never stored");
        }
        return value;
    }

    /** Counts an object: one of a byte or two in the file can be a hundred bytes here. */
    private <T> T made(T object) throws IOException {
        if (++objects > FREE_OBJECTS + in.size() / 2) {
            throw in.wrong("more than " + (objects - 1) + " lists, tuples, dictionaries and calls in " + in.size() + " bytes");
        }
        return object;
    }

    private void push(Object o) {
        stack.add(o);
    }

    private Object top() throws IOException {
        if (stack.isEmpty()) {
            throw in.wrong("the stack is empty");
        }
        return stack.getLast();
    }

    private Object pop() throws IOException {
        top();
        return stack.removeLast();
    }

    private List<Object> popLast(int n) throws IOException {
        if (stack.size() < n) {
            throw in.wrong("the stack is empty");
        }
        List<Object> last = stack.subList(stack.size() - n, stack.size());
        List<Object> items = new ArrayList<>(last);
        last.clear();
        return items;
    }

    private List<Object> popMark() throws IOException {
        if (outer.isEmpty()) {
            throw in.wrong("there is no mark on the stack");
        }
        List<Object> items = stack;
        stack = outer.removeLast();
        return items;
    }

    @SuppressWarnings("unchecked")
    private static Collection<Object> castList(Collection<?> c) {
        return (Collection<Object>) c;
    }

    @SuppressWarnings("unchecked")
    static Map<Object, Object> castMap(Map<?, ?> m) {
        return (Map<Object, Object>) m;
    }
}
