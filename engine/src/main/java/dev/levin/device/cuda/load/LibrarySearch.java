package dev.levin.device.cuda.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Looks for NVIDIA's libraries where people have them: a folder named by {@code -Dlevin.cuda.path}, the CUDA toolkit,
 * Python's {@code nvidia-*} packages, the library path, the system. Earlier places win, library by library.
 */
public final class LibrarySearch {
    /** Folders to search first, separated by colons. */
    public static final String PATH_PROPERTY = "levin.cuda.path";

    /** The libraries Levin uses, in the order in which they must be loaded. */
    public enum Library {
        CUDART("libcudart.so.13", true, "nvidia-cuda-runtime"),
        NVRTC_BUILTINS("libnvrtc-builtins.so.13*", true, "nvidia-cuda-nvrtc"),
        NVRTC("libnvrtc.so.13", true, "nvidia-cuda-nvrtc"),
        CUBLAS_LT("libcublasLt.so.13", true, "nvidia-cublas"),
        CUBLAS("libcublas.so.13", true, "nvidia-cublas"),
        CUDNN_GRAPH("libcudnn_graph.so.9", false, "nvidia-cudnn-cu13"),
        CUDNN_OPS("libcudnn_ops.so.9", false, "nvidia-cudnn-cu13"),
        CUDNN_CNN("libcudnn_cnn.so.9", false, "nvidia-cudnn-cu13"),
        CUDNN_ADV("libcudnn_adv.so.9", false, "nvidia-cudnn-cu13"),
        NCCL("libnccl.so.2", false, "nvidia-nccl-cu13"),
        NVML("libnvidia-ml.so.1", false, "(comes with the driver)");

        private final String file;
        private final boolean required;
        private final String pipPackage;

        Library(String file, boolean required, String pipPackage) {
            this.file = file;
            this.required = required;
            this.pipPackage = pipPackage;
        }

        /** File name; a trailing star stands for a minor version. */
        public String file() {
            return file;
        }

        /** Without it there is no CUDA device; without the others only some operations are slower or missing. */
        public boolean required() {
            return required;
        }

        /** The Python package that holds it. */
        public String pipPackage() {
            return pipPackage;
        }
    }

    /**
     * @param found the file of each library that was found
     * @param searched the folders that exist, in order
     */
    public record Found(Map<Library, Path> found, List<Path> searched) {
        public Path of(Library l) {
            return found.get(l);
        }

        /** Required libraries that were not found. */
        public List<Library> missing() {
            return List.of(Library.values()).stream().filter(l -> l.required() && !found.containsKey(l)).toList();
        }

        public boolean hasCudnn() {
            return found.containsKey(Library.CUDNN_GRAPH) && found.containsKey(Library.CUDNN_OPS)
                    && found.containsKey(Library.CUDNN_CNN) && found.containsKey(Library.CUDNN_ADV);
        }

        public boolean hasNccl() {
            return found.containsKey(Library.NCCL);
        }
    }

    private LibrarySearch() {
    }

    /** Searches this machine. */
    public static Found search() {
        return search(System::getenv, System.getProperty(PATH_PROPERTY, ""), System.getProperty("user.home", "/"), Path.of("/"));
    }

    /**
     * @param environment value of an environment variable, or null
     * @param first folders to search before all others, separated by colons
     * @param root where system folders are; {@code /} but for tests
     */
    static Found search(Function<String, String> environment, String first, String home, Path root) {
        Set<Path> folders = new LinkedHashSet<>();
        split(first, folders);
        toolkits(environment, root, folders);
        python(environment, home, root, folders);
        split(environment.apply("LD_LIBRARY_PATH"), folders);
        for (String s : List.of("usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib/wsl/lib", "usr/local/nvidia/lib64", "usr/local/lib", "usr/lib")) {
            folders.add(root.resolve(s));
        }
        List<Path> there = folders.stream().filter(Files::isDirectory).toList();
        Map<Library, Path> found = new LinkedHashMap<>();
        for (Library l : Library.values()) {
            for (Path folder : there) {
                Path file = file(folder, l.file());
                if (file != null) {
                    found.put(l, file);
                    break;
                }
            }
        }
        return new Found(Map.copyOf(found), there);
    }

    private static void toolkits(Function<String, String> environment, Path root, Set<Path> folders) {
        for (String name : List.of("CUDA_HOME", "CUDA_PATH")) {
            String value = environment.apply(name);
            if (value != null && !value.isBlank()) {
                toolkit(Path.of(value), folders);
            }
        }
        toolkit(root.resolve("usr/local/cuda"), folders);
        children(root.resolve("usr/local"), "cuda-13*").forEach(p -> toolkit(p, folders));
        toolkit(root.resolve("opt/cuda"), folders);
    }

    private static void toolkit(Path home, Set<Path> folders) {
        folders.add(home.resolve("lib64"));
        folders.add(home.resolve("targets/x86_64-linux/lib"));
        folders.add(home.resolve("lib"));
    }

    /** {@code site-packages/nvidia/cu13/lib} and {@code site-packages/nvidia/cudnn/lib} and the like. */
    private static void python(Function<String, String> environment, String home, Path root, Set<Path> folders) {
        List<Path> prefixes = new ArrayList<>();
        for (String name : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String value = environment.apply(name);
            if (value != null && !value.isBlank()) {
                prefixes.add(Path.of(value));
            }
        }
        prefixes.add(Path.of(home, ".local"));
        prefixes.add(root.resolve("usr/local"));
        prefixes.add(root.resolve("usr"));
        prefixes.add(root.resolve("opt/conda"));
        for (Path prefix : prefixes) {
            for (Path version : children(prefix.resolve("lib"), "python3*")) {
                for (String packages : List.of("site-packages", "dist-packages")) {
                    for (Path part : children(version.resolve(packages).resolve("nvidia"), "*")) {
                        folders.add(part.resolve("lib"));
                    }
                }
            }
        }
    }

    private static void split(String list, Set<Path> folders) {
        if (list == null) {
            return;
        }
        for (String s : list.split(":")) {
            try {
                if (!s.isBlank()) {
                    folders.add(Path.of(s.trim()));
                }
            } catch (InvalidPathException e) {
                // a library path may hold anything; what is no path holds no library
            }
        }
    }

    private static Path file(Path folder, String name) {
        if (!name.endsWith("*")) {
            Path p = folder.resolve(name);
            return Files.isReadable(p) ? p : null;
        }
        int fixed = name.length() - 1;
        List<Path> all = children(folder, name).stream().filter(p -> p.getFileName().toString().substring(fixed).matches("[.0-9]*")).toList();
        return all.isEmpty() ? null : all.getLast();
    }

    /** Sorted by name; empty if there is no such folder. */
    private static List<Path> children(Path folder, String glob) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(all::add);
        } catch (IOException | UncheckedIOException | java.nio.file.DirectoryIteratorException e) {
            // a folder that can't be read holds nothing we could load
            return List.of();
        }
        all.sort(null);
        return all;
    }
}
