package dev.levin.trainer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Loaders that run one after another, by name. The name of a loader is the end of its metrics' names
 * ({@code val_loss/clean}); a single loader without a name leaves them as they are.
 */
public final class Loaders<B> {
    private final Map<String, Iterable<? extends B>> byName;
    private final boolean named;

    private Loaders(Map<String, Iterable<? extends B>> byName, boolean named) {
        byName.forEach((name, loader) -> {
            if (loader == null) {
                throw new IllegalArgumentException("the loader '" + name + "' is null");
            }
        });
        this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
        this.named = named;
    }

    /** One loader without a name; null gives {@link #none}. */
    public static <B> Loaders<B> of(Iterable<? extends B> loader) {
        return loader == null ? none() : new Loaders<>(Map.of("", loader), false);
    }

    public static <B> Loaders<B> none() {
        return new Loaders<>(Map.of(), false);
    }

    /** Loaders in the order of the map. */
    public static <B> Loaders<B> named(Map<String, ? extends Iterable<? extends B>> loaders) {
        return new Loaders<>(new LinkedHashMap<>(loaders), true);
    }

    /** Several loaders named {@code dataloader_idx_0}, {@code dataloader_idx_1}, ...; a single one gets no name. */
    public static <B> Loaders<B> list(List<? extends Iterable<? extends B>> loaders) {
        if (loaders.size() == 1) {
            return of(loaders.getFirst());
        }
        Map<String, Iterable<? extends B>> m = new LinkedHashMap<>();
        for (int i = 0; i < loaders.size(); i++) {
            m.put("dataloader_idx_" + i, loaders.get(i));
        }
        return new Loaders<>(m, true);
    }

    public int size() {
        return byName.size();
    }

    public boolean isEmpty() {
        return byName.isEmpty();
    }

    public List<String> names() {
        return new ArrayList<>(byName.keySet());
    }

    public List<Iterable<? extends B>> loaders() {
        return new ArrayList<>(byName.values());
    }

    /** Whether metrics carry the loader's name. */
    boolean areNamed() {
        return named;
    }
}
