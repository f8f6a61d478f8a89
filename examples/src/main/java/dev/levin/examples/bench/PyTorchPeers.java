package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * PyTorch and Lightning by a script that takes {@code --workload --engine --threads --json}: as fast as PyTorch gets eagerly
 * ({@code eager_tuned}) and compiled ({@code compile_tuned}), both in inference, too, its loader, and Lightning as it comes and in the environment
 * of the tuned ones.
 */
final class PyTorchPeers {
    private static final String SCRIPT = "import sys, os, json; sys.path.insert(0, os.path.dirname(sys.argv[1])); import peers, torch; "
            + "print(json.dumps(peers.tuned_env()))";
    private static final Set<String> WORKERS = Set.of("loader", "loader_w2");

    private PyTorchPeers() {
    }

    /**
     * @param command an interpreter and a script
     * @param cache where compiled code is kept
     * @param effort how many steps
     * @param tuned the environment in which PyTorch is fast, {@link #tunedEnvironment}
     */
    static List<Peer> of(List<String> command, Path cache, Map<String, String> tuned, Effort effort) {
        List<Peer> peers = new ArrayList<>();
        for (String engine : List.of("eager_tuned", "compile_tuned")) {
            peers.add(peer(engine, c -> c.kind() == Cell.Kind.TRAIN, command, cache, Map.of(), effort));
        }
        peers.add(peer("infer_tuned", c -> c.kind() == Cell.Kind.INFER, command, cache, Map.of(), effort));
        peers.add(new Peer("infer_compile", c -> c.kind() == Cell.Kind.INFER, c -> line(command, cache, c.workload(), "infer_compile", c, effort), tuned));
        peers.add(new Peer("pytorch_loader", c -> c.kind() == Cell.Kind.LOADER && WORKERS.contains(c.workload()),
                c -> line(command, cache, "dataloader", c.workload().endsWith("_w2") ? "workers2" : "workers0", c, effort), Map.of()));
        peers.add(peer("lightning", c -> c.kind() == Cell.Kind.TRAINER, command, cache, Map.of(), effort));
        peers.add(new Peer("lightning_tuned", c -> c.kind() == Cell.Kind.TRAINER, c -> line(command, cache, c.workload(), "lightning", c, effort), tuned));
        return peers;
    }

    private static Peer peer(String engine, Predicate<Cell> measures, List<String> command, Path cache, Map<String, String> environment,
                             Effort effort) {
        return new Peer(engine, measures, c -> line(command, cache, c.workload(), engine, c, effort), environment);
    }

    private static List<String> line(List<String> command, Path cache, String workload, String engine, Cell c, Effort effort) {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of("--workload", workload, "--engine", engine, "--threads", Integer.toString(c.threads()), "--json",
                "--steps", Integer.toString(effort.steps(c)), "--warmup", Integer.toString(effort.warmup(c))));
        if (engine.contains("compile")) {
            line.addAll(List.of("--inductor-cache", cache.toString()));
        }
        if (c.kind() == Cell.Kind.INFER && c.batch() != Workload.named(workload).batch()) {
            line.addAll(List.of("--batch", Integer.toString(c.batch())));
        }
        return line;
    }

    /** @throws IOException if the interpreter has no PyTorch, or the script does not say */
    static Map<String, String> tunedEnvironment(List<String> command) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(command.getFirst(), "-c", SCRIPT, command.getLast()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (p.waitFor() != 0) {
            throw new IOException("'" + command.getFirst() + "' cannot import torch and " + command.getLast());
        }
        JsonNode node = new ObjectMapper().readTree(out);
        Map<String, String> environment = new LinkedHashMap<>();
        node.properties().forEach(e -> environment.put(e.getKey(), e.getValue().asText()));
        return environment;
    }
}
