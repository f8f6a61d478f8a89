package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.levin.examples.bench.Cell.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Runs Levin and peers in turn, one process per measurement, and writes tables of the medians and their ratios. What a peer's process
 * prints is one line of JSON with {@code steps_per_s}.
 */
@Command(name = "bench.sh", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Measures Levin and the peers that are there, in turn, and writes FILE.md and FILE.json.")
final class Compare implements Callable<Integer> {
    private static final List<String> TRAINED = List.of("mlp_mnist", "iris_mlp", "cnn_mnist", "autoencoder", "mlp_wide", "lstm_char", "gpt_tiny", "gpt_small",
            "resnet18_cifar", "mlp_wide_bf16", "cnn_mnist_bf16", "gpt_tiny_bf16");
    private static final List<String> INFERRED = List.of("cnn_mnist", "resnet18_cifar");
    private static final List<String> LOADERS = List.of("loader", "loader_w2");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--kinds", split = ",", paramLabel = "KIND", description = "of train, infer, loader, trainer; all unless said")
    private Set<Kind> kinds = EnumSet.allOf(Kind.class);

    @Option(names = "--workloads", split = ",", paramLabel = "NAME", description = "only these")
    private List<String> workloads;

    @Option(names = "--threads", split = ",", paramLabel = "N", description = "1,2 unless said; the Trainer and the loader are measured with the first")
    private List<Integer> threads = List.of(1, 2);

    @Option(names = "--rounds", paramLabel = "N", description = "of training; of the rest at most three. 5 unless said")
    private int rounds = 5;

    @Option(names = "--budget", paramLabel = "MINUTES", description = "no measurement begins that would end later; the first rounds of everything "
            + "come first. 25 unless said")
    private double budget = 25;

    @Option(names = "--pytorch", paramLabel = "COMMAND", description = "an interpreter and the peers' script, such as 'python3 peers.py': "
            + "PyTorch eager and compiled, its inference and loader, Lightning")
    private String pytorch;

    @Option(names = "--only-peers", split = ",", paramLabel = "NAME", description = "leave out the other peers")
    private List<String> only;

    @Option(names = "--peak", paramLabel = "GFLOPS", description = "of one thread; measured unless said")
    private Double peak;

    @Option(names = "--warmup", paramLabel = "SECONDS", description = "of Levin and of peers on the JVM. 3 unless said")
    private double warmup = 3;

    @Option(names = "--quick", description = "only a few steps each, to see that everything runs; the figures mean nothing")
    private boolean quick;

    @Option(names = "--prepare", description = "run each compiling peer once beforehand, so that its compiler's cache is full; not counted in the budget")
    private boolean prepare;

    private final Path home = Path.of(System.getProperty("levin.bench.home", "."));

    @Option(names = "--cache", paramLabel = "FOLDER", description = "where compiling peers keep what they compiled")
    private Path cache = home.resolve("examples/target/inductor");

    @Option(names = "--out", paramLabel = "FILE", description = "without an ending; bench unless said")
    private String out = "bench";

    @Option(names = "--report", description = "measure nothing: write FILE.md from FILE.json again")
    private boolean reportOnly;

    @Parameters(paramLabel = "NAME=COMMAND", description = "one's own peers in training; {workload} and {threads} in a command are replaced")
    private Map<String, String> own = new LinkedHashMap<>();

    static void main(String[] args) {
        CommandLine c = new CommandLine(new Compare()).setCaseInsensitiveEnumValuesAllowed(true);
        if (c.execute(args) != 0) {
            throw new IllegalStateException("nothing was measured, see above");
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path json = Path.of(out + ".json");
        if (reportOnly) {
            Files.writeString(Path.of(out + ".md"), MarkdownReport.of(JSON.readTree(json.toFile())));
            return 0;
        }
        ObjectNode document = JSON.createObjectNode();
        document.put("date", LocalDate.now().toString());
        document.put("machine", machine());
        document.put("java", System.getProperty("java.vm.version"));
        List<Peer> peers = peers(document);
        List<Cell> cells = cells();
        peakOf(document);
        if (prepare) {
            prepare(cells, peers);
        }
        new Session(document, json, Duration.ofMillis((long) (budget * 60_000))).run(cells, peers, new Session.Rounds(rounds, Math.min(rounds, 3)));
        String report = MarkdownReport.of(document);
        Files.writeString(Path.of(out + ".md"), report);
        System.out.println(report);
        return 0;
    }

    /** The options are those of the levin command; see examples/jvm.sh. */
    private List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(Arrays.asList(System.getProperty("levin.bench.java", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED").split(" ")));
        command.addAll(List.of("-Dlevin.bench.warmup=" + (quick ? 0 : warmup), "-cp", System.getProperty("java.class.path")));
        return command;
    }

    private List<Peer> peers(ObjectNode document) throws IOException, InterruptedException {
        List<Peer> peers = new ArrayList<>();
        Effort effort = new Effort(quick);
        peers.add(Peer.levin(java(), effort));
        Consumer<String> absent = a -> {
            System.out.println("not there: " + a);
            document.withArray("absent").add(a);
        };
        Map<String, String> tuned = Map.of();
        if (pytorch == null) {
            absent.accept("PyTorch and Lightning: no --pytorch COMMAND was given");
        } else {
            try {
                List<String> command = Arrays.asList(pytorch.split(" "));
                tuned = PyTorchPeers.tunedEnvironment(command);
                Files.createDirectories(cache);
                peers.addAll(PyTorchPeers.of(command, cache.toAbsolutePath(), tuned, effort));
            } catch (IOException e) {
                absent.accept("PyTorch and Lightning: " + e.getMessage());
            }
        }
        peers.addAll(JvmPeers.of(home, java(), threads.getFirst(), tuned, effort, absent));
        own.forEach((name, command) -> peers.add(Peer.of(name, command)));
        peers.removeIf(p -> only != null && !only.contains(p.name()) && !p.name().equals("levin"));
        return peers;
    }

    private List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (int t : threads) {
            boolean first = t == threads.getFirst();
            TRAINED.forEach(w -> cells.add(new Cell(Kind.TRAIN, w, t, Workload.named(w).batch())));
            for (String w : INFERRED) {
                cells.add(new Cell(Kind.INFER, w, t, Workload.named(w).batch()));
                cells.add(new Cell(Kind.INFER, w, t, 1));
            }
            if (first) {
                LOADERS.forEach(w -> cells.add(new Cell(Kind.LOADER, w, t, 256)));
                TRAINED.stream().filter(w -> !w.endsWith("_bf16")).forEach(w -> cells.add(new Cell(Kind.TRAINER, w, t, Workload.named(w).batch())));
            }
        }
        cells.removeIf(c -> !kinds.contains(c.kind()) || workloads != null && !workloads.contains(c.workload()));
        return cells;
    }

    private void peakOf(ObjectNode document) throws IOException, InterruptedException {
        ObjectNode peaks = document.putObject("peak_gflops");
        for (int t : threads) {
            if (peak != null) {
                peaks.put(Integer.toString(t), peak * t);
                continue;
            }
            List<String> command = new ArrayList<>(java());
            command.addAll(List.of(Peak.class.getName(), Integer.toString(t)));
            JsonNode r = Measurement.run(new Peer("peak", _ -> true, _ -> command, Map.of()), null, 60);
            peaks.put(Integer.toString(t), r.path("gflops").asDouble());
        }
    }

    private static void prepare(List<Cell> cells, List<Peer> peers) throws IOException, InterruptedException {
        for (Peer p : peers) {
            for (Cell c : cells) {
                if (p.name().contains("compile") && p.measures().test(c)) {
                    System.out.println("preparing " + p.name() + ", " + c.id());
                    Peer once = new Peer(p.name(), p.measures(), x -> {
                        List<String> line = new ArrayList<>(p.command().apply(x));
                        line.addAll(List.of("--steps", "1", "--warmup", "1"));
                        return line;
                    }, p.environment());
                    Measurement.run(once, c, 240);
                }
            }
        }
    }

    private static String machine() throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        Path info = Path.of("/proc/cpuinfo");
        String name = Files.exists(info) ? Files.readAllLines(info).stream().filter(l -> l.startsWith("model name")).map(l -> l.substring(l.indexOf(':') + 1).strip())
                .findFirst().orElse("unknown processor") : System.getProperty("os.arch");
        return name + ", " + cores + " cores, " + System.getProperty("os.name") + " " + System.getProperty("os.version");
    }
}
