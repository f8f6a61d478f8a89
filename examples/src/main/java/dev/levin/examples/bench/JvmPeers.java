package dev.levin.examples.bench;

import dev.levin.examples.bench.measure.PeerWorkload;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Other libraries on the JVM, each built by a Maven profile of its own ({@code peer-libtorch}, {@code peer-djl}, {@code peer-dl4j}) and
 * in a process of its own.
 */
enum JvmPeers {
    LIBTORCH("dev.levin.peers.libtorch.Libtorch", 1),
    DJL("dev.levin.peers.djl.Djl", 1),
    /** So slow that fewer steps take as long as the others' do. */
    DL4J("dev.levin.peers.dl4j.Dl4j", 4);

    private final String main;
    private final int fewer;

    JvmPeers(String main, int fewer) {
        this.main = main;
        this.fewer = fewer;
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static boolean knows(String peer) {
        return Arrays.stream(values()).anyMatch(p -> p.label().equals(peer));
    }

    /**
     * Those that are built.
     *
     * @param home the checkout
     * @param java the command that starts a JVM, with a class path as its last argument
     * @param threads how many a measured cell has
     * @param effort how many steps
     * @param tuned what makes PyTorch's libraries fast
     * @param absent takes a line for each that is not
     */
    static List<Peer> of(Path home, List<String> java, int threads, Map<String, String> tuned, Effort effort,
                         Consumer<String> absent) throws IOException {
        List<Peer> peers = new ArrayList<>();
        for (JvmPeers p : values()) {
            Path target = home.resolve("examples/peers/" + p.label() + "/target");
            if (!Files.isDirectory(target.resolve("lib"))) {
                absent.accept(p.label() + ": build it with mvn -Ppeer-" + p.label() + " -pl examples/peers/" + p.label() + " -am package -DskipTests");
                continue;
            }
            Map<String, String> environment = new LinkedHashMap<>(tuned);
            environment.putAll(openBlas(threads));
            peers.add(new Peer(p.label(), c -> c.kind() == Cell.Kind.TRAIN && c.threads() == threads
                    && Arrays.stream(PeerWorkload.values()).anyMatch(w -> w.label().equals(c.workload())), c -> p.command(c, java, target, effort), environment));
        }
        return peers;
    }

    private List<String> command(Cell c, List<String> java, Path target, Effort effort) {
        List<String> command = new ArrayList<>(java.subList(0, java.size() - 1));
        command.removeIf(o -> o.startsWith("-XX:AOTCache") || o.startsWith("--add-modules"));
        command.addAll(List.of(target.resolve("classes") + File.pathSeparator + target.resolve("lib") + "/*", main, c.workload(),
                Integer.toString(c.threads()), Integer.toString(effort.quick() ? effort.steps(c) : effort.steps(c) / fewer), Integer.toString(effort.warmup(c) / fewer)));
        return command;
    }

    /** OpenBLAS takes a new AMD processor for an old one; waiting threads of two pools must not spin on each other's processors. */
    private static Map<String, String> openBlas(int threads) throws IOException {
        Map<String, String> e = new LinkedHashMap<>();
        e.put("OMP_NUM_THREADS", Integer.toString(threads));
        e.put("OPENBLAS_NUM_THREADS", Integer.toString(threads));
        if (threads > 1) {
            e.put("OMP_WAIT_POLICY", "PASSIVE");
        }
        Path info = Path.of("/proc/cpuinfo");
        String cpu = Files.exists(info) ? Files.readString(info) : "";
        if (cpu.contains("AuthenticAMD") && cpu.contains("avx512f")) {
            e.put("OPENBLAS_CORETYPE", cpu.contains("avx512_bf16") ? "COOPERLAKE" : "SKYLAKEX");
        }
        return e;
    }
}
