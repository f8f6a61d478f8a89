package dev.levin.trainer.config;

import dev.levin.trainer.MisconfigurationException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds classes by name, in a list of packages only: what a config file names can be nothing else than a class of a package
 * that the person at the command line allowed.
 */
public final class AllowedClasses {
    /** Packages of Levin from which a configuration may name classes. */
    public static final List<String> OWN = List.of("dev.levin.callbacks", "dev.levin.loggers", "dev.levin.optim", "dev.levin.trainer.demo");

    private final ClassLoader loader;
    private final List<String> packages;

    /** Looks in these packages, in this order, and in packages below them. */
    public AllowedClasses(ClassLoader loader, List<String> packages) {
        this.loader = loader;
        this.packages = List.copyOf(packages);
    }

    /** Levin's own callbacks, loggers, optimizers and schedulers, and these packages. */
    public static AllowedClasses in(String... packages) {
        List<String> all = new ArrayList<>(List.of(packages));
        all.addAll(OWN);
        return new AllowedClasses(AllowedClasses.class.getClassLoader(), all);
    }

    /**
     * The class of a simple or full name.
     *
     * @param what for the message: {@code model}, {@code data}, {@code callback}
     * @throws MisconfigurationException naming the nearest class, or the package that would have to be allowed
     */
    public Class<?> find(String name, Class<?> kind, String what) {
        Class<?> found = null;
        if (name.contains(".")) {
            String home = name.substring(0, name.lastIndexOf('.'));
            if (packages.stream().noneMatch(p -> home.equals(p) || home.startsWith(p + "."))) {
                throw new MisconfigurationException(what + " " + name + " is in the package " + home + ", which is not allowed; allow it with --package "
                        + home + " (allowed are " + packages + ")");
            }
            found = load(name);
        } else {
            for (String p : packages) {
                found = found == null ? load(p.isEmpty() ? name : p + "." + name) : found;
            }
        }
        if (found == null) {
            String simple = name.substring(name.lastIndexOf('.') + 1);
            throw new MisconfigurationException("there is no " + what + " class " + name + Nearest.to(simple, names(kind))
                    .map(c -> "; did you mean " + c + "?").orElse("; looked in the packages " + packages + ", more by --package and --class-path"));
        }
        if (!kind.isAssignableFrom(found)) {
            throw new MisconfigurationException(what + " " + found.getName() + " is no " + kind.getSimpleName());
        }
        return found;
    }

    private Class<?> load(String name) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            return null;
        } catch (LinkageError e) {
            return null; // a name that differs in case only, on a file system that does not
        }
    }

    /** Simple names of the public classes of a kind that can be made. */
    public Set<String> names(Class<?> kind) {
        Set<String> names = new TreeSet<>();
        for (String p : packages) {
            for (String simple : inPackage(p)) {
                Class<?> c = load(p.isEmpty() ? simple : p + "." + simple);
                if (c != null && kind.isAssignableFrom(c) && !c.isInterface() && !java.lang.reflect.Modifier.isAbstract(c.getModifiers())) {
                    names.add(simple);
                }
            }
        }
        return names;
    }

    private Set<String> inPackage(String name) {
        Set<String> found = new TreeSet<>();
        String folder = name.replace('.', '/');
        try {
            for (URL url : java.util.Collections.list(loader.getResources(folder))) {
                switch (url.getProtocol()) {
                    case "file" -> {
                        try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
                            files.map(f -> f.getFileName().toString()).forEach(f -> add(found, f));
                        }
                    }
                    case "jar" -> {
                        JarURLConnection jar = (JarURLConnection) url.openConnection();
                        jar.getJarFile().stream().map(java.util.jar.JarEntry::getName).filter(n -> n.startsWith(folder + "/"))
                                .forEach(n -> add(found, n.substring(folder.length() + 1)));
                    }
                    default -> { }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the class path holds something that is no address: " + e.getInput(), e);
        }
        return found;
    }

    private static void add(Set<String> found, String file) {
        if (file.endsWith(".class") && !file.contains("$") && !file.contains("/") && !file.contains("-")) {
            found.add(file.substring(0, file.length() - ".class".length()));
        }
    }
}
