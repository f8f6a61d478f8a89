package dev.levin.trainer;

import dev.levin.data.Loader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Several loaders read together: each item is a map with one batch of every loader, under the loader's name.
 *
 * <p>With loaders of 3 and 4 batches, {@code MIN_SIZE} gives 3 items, {@code MAX_SIZE} 4 (null where a loader is exhausted),
 * {@code MAX_SIZE_CYCLE} 4 (the shorter one starts again). Loaders one after another are {@link Loaders}.
 */
public final class CombinedLoader<B> implements Loader<Map<String, B>> {
    /** When an epoch ends, and what becomes of loaders that are exhausted before. */
    public enum Mode {
        /** Ends with the shortest. */
        MIN_SIZE,
        /** Ends with the longest; the others start again. */
        MAX_SIZE_CYCLE,
        /** Ends with the longest; the others give null. */
        MAX_SIZE;

        /** @throws IllegalArgumentException listing the names */
        public static Mode parse(String name) {
            for (Mode m : values()) {
                if (m.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return m;
                }
            }
            throw new IllegalArgumentException("unknown mode '" + name + "' of a combined loader; use one of "
                    + Arrays.stream(values()).map(m -> m.name().toLowerCase(Locale.ROOT)).toList()
                    + (name.equals("sequential") ? "; loaders one after another are Loaders.named(...)" : ""));
        }
    }

    private final Map<String, Iterable<? extends B>> loaders;
    private final Mode mode;
    private Cursor current;
    private Map<String, Object> restored;

    /** In the mode that training uses by default. */
    public CombinedLoader(Map<String, ? extends Iterable<? extends B>> loaders) {
        this(loaders, Mode.MAX_SIZE_CYCLE);
    }

    public CombinedLoader(Map<String, ? extends Iterable<? extends B>> loaders, Mode mode) {
        if (loaders.isEmpty()) {
            throw new IllegalArgumentException("a combined loader needs at least one loader");
        }
        this.loaders = Collections.unmodifiableMap(new LinkedHashMap<>(loaders));
        this.mode = mode;
    }

    private static int length(Iterable<?> loader) {
        return switch (loader) {
            case Loader<?> l -> l.length();
            case Collection<?> c -> c.size();
            default -> -1;
        };
    }

    @Override
    public int length() {
        int[] lengths = loaders.values().stream().mapToInt(CombinedLoader::length).toArray();
        if (Arrays.stream(lengths).anyMatch(n -> n < 0)) {
            return -1;
        }
        return mode == Mode.MIN_SIZE ? Arrays.stream(lengths).min().orElseThrow() : Arrays.stream(lengths).max().orElseThrow();
    }

    @Override
    public void setEpoch(long epoch) {
        restored = null;
        loaders.values().forEach(l -> {
            if (l instanceof Loader<?> loader) {
                loader.setEpoch(epoch);
            }
        });
    }

    @Override
    public boolean isShuffled() {
        return loaders.values().stream().anyMatch(l -> l instanceof Loader<?> loader && loader.isShuffled());
    }

    @Override
    public Loader<Map<String, B>> unshuffled() {
        Map<String, Iterable<? extends B>> plain = new LinkedHashMap<>();
        loaders.forEach((name, l) -> plain.put(name, unshuffled(l)));
        return new CombinedLoader<>(plain, mode);
    }

    private static <B> Iterable<? extends B> unshuffled(Iterable<? extends B> loader) {
        return loader instanceof Loader<? extends B> l && l.isShuffled() ? l.unshuffled() : loader;
    }

    @Override
    public Iterator<Map<String, B>> iterator() {
        current = new Cursor(restored);
        restored = null;
        return current;
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("items", current == null ? 0 : current.items);
        loaders.forEach((name, l) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("taken", current == null ? 0 : current.taken.get(name));
            one.put("exhausted", current != null && current.exhausted.get(name));
            if (l instanceof Loader<?> loader) {
                one.put("position", loader.stateDict());
            }
            m.put("loader/" + name, one);
        });
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> saved) {
        restored = new LinkedHashMap<>(saved);
        loaders.forEach((name, l) -> {
            Map<String, Object> one = Json.map(saved, "loader/" + name);
            if (l instanceof Loader<?> loader && one.get("position") instanceof Map<?, ?> position) {
                loader.loadStateDict(Json.map(position));
            }
        });
    }

    private final class Cursor implements Iterator<Map<String, B>> {
        private final Map<String, Iterator<? extends B>> open = new LinkedHashMap<>();
        private final Map<String, Boolean> exhausted = new LinkedHashMap<>();
        private final Map<String, Integer> taken = new LinkedHashMap<>();
        private int items;

        Cursor(Map<String, Object> from) {
            loaders.forEach((name, l) -> {
                // one that had given all its batches stands at its next epoch, which is not this one's to begin
                boolean over = from != null && length(l) >= 0 && Json.integer(Json.map(from, "loader/" + name), "taken") >= length(l);
                Iterator<? extends B> it = over ? Collections.emptyIterator() : l.iterator();
                open.put(name, it);
                exhausted.put(name, false);
                taken.put(name, 0);
                if (from != null) {
                    Map<String, Object> one = Json.map(from, "loader/" + name);
                    int n = (int) Json.integer(one, "taken");
                    exhausted.put(name, Boolean.TRUE.equals(one.get("exhausted")));
                    taken.put(name, n);
                    for (int i = 0; !(l instanceof Loader<?>) && i < n && it.hasNext(); i++) {
                        it.next();
                    }
                }
            });
            items = from == null ? 0 : (int) Json.integer(from, "items");
        }

        @Override
        public boolean hasNext() {
            if (mode == Mode.MIN_SIZE) {
                return open.values().stream().allMatch(Iterator::hasNext);
            }
            for (String name : open.keySet()) {
                if (!exhausted.get(name) && open.get(name).hasNext()) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public Map<String, B> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            items++;
            Map<String, B> item = new LinkedHashMap<>();
            for (String name : new ArrayList<>(open.keySet())) {
                item.put(name, take(name));
            }
            return item;
        }

        private B take(String name) {
            if (!open.get(name).hasNext()) {
                exhausted.put(name, true);
                if (mode == Mode.MAX_SIZE) {
                    return null;
                }
                open.put(name, loaders.get(name).iterator());
                taken.put(name, 0);
            }
            taken.merge(name, 1, Integer::sum);
            return open.get(name).next();
        }
    }

    /** The loaders, by name. */
    public Map<String, Iterable<? extends B>> loaders() {
        return loaders;
    }

    public Mode mode() {
        return mode;
    }

    /** Names in order. */
    public List<String> names() {
        return List.copyOf(loaders.keySet());
    }
}
